// wadi doctor: checks what Wadi needs to run; each finding has its cure.

import { Command } from "commander";
import stringWidth from "string-width";
import { type ClusterFlags, DEFAULT_NAMESPACE, isOfCluster } from "../../cluster/flags.ts";
import { plural } from "../../lib/figures.ts";
import type { CommandContext } from "../context.ts";
import { withStartOptions } from "../run/start.ts";
import { ExitCode } from "../terminal/exit.ts";
import { writeJson, writeLines } from "../terminal/json-answer.ts";
import type { Output } from "../terminal/output.ts";
import { printable } from "../terminal/printable.ts";
import { wrap } from "../terminal/wrap.ts";
import type { DoctorFlags } from "./checks.ts";
import type { Finding } from "./finding.ts";

const HELP = `
Examples:
  wadi doctor
  wadi doctor --data .wadi/other --port 8081     with the options that \`wadi start\` would get
  wadi doctor --kafka localhost:9092
  wadi doctor --archive s3://bucket/prefix
  wadi doctor --steps http://{step}.default.example.com/     asks each step, and says what its platform answers instead
  wadi doctor --cluster                          the Wadi on a cluster: versions, steps, Broker, Triggers, store, topics

It starts nothing and changes nothing; to test the disk it writes a file of 4 kB and removes it, and to test the store of an archive
in s3:// an object.
With --steps it posts to each step what is no event: the step refuses it, and does nothing.

--json writes {ok, checks: [{name, level, message, cure}]}; level is ok, warn or fail.

Exit codes: 0 no check failed (there may be warnings); 1 a check failed; 2 wrong use.`;

export function doctorCommand(context: CommandContext): Command {
  const { terminal, exitWith } = context;
  const { out } = terminal;
  return withStartOptions(new Command("doctor"), ".wadi/data")
    .summary("check what Wadi needs to run here; each problem with its cure")
    .description("Checks what Wadi needs here: Node, pipelines, data folder, disk, clock, ports, store, broker.")
    .option(
      "--kafka <address>",
      "the Kafka that `wadi start` would use (WADI_KAFKA); with --cluster Kafka's address as seen from here",
    )
    .option("--archive <place>", "the archive that `wadi start` would keep (WADI_ARCHIVE)")
    .option("--steps <url>", "the steps that `wadi start` would call by URL (WADI_STEPS)")
    .option("--json", "the findings as JSON")
    .optionsGroup("On a cluster:")
    .option("--cluster", "look at the Wadi on the cluster of the kube config instead")
    .option("--context <name>", "the context of the kube config (its current one)")
    .option("--namespace <name>", `the namespace where Wadi is installed (${DEFAULT_NAMESPACE})`)
    .option("--redis <url>", "Redis address to use if the chart's is unreachable from here")
    .addHelpText("after", HELP)
    .action(async (flags: DoctorFlags & ClusterFlags & { json?: boolean }) => {
      const findings: Finding[] = [];
      const { kafka: _, ...elsewhere } = flags;
      const { checks, close } = isOfCluster(elsewhere)
        ? await (await import("./cluster.ts")).createClusterChecks(context, flags)
        : { checks: (await import("./checks.ts")).createChecks(flags, context), close: async () => {} };
      try {
        for (const check of checks) {
          for (const finding of await check()) {
            findings.push(finding);
            if (flags.json !== true) writeLines(findingLines(finding, out), out);
          }
        }
      } finally {
        await close();
      }
      const failed = findings.filter(({ level }) => level === "fail").length;
      const warned = findings.filter(({ level }) => level === "warn").length;
      if (flags.json === true) writeJson({ ok: failed === 0, checks: findings }, out);
      else out.write(`\n${verdict(failed, warned, out)}\n`);
      exitWith(failed === 0 ? ExitCode.done : ExitCode.failed);
    });
}

const NAME_COLUMNS = 9;

function findingLines({ name, level, message, cure }: Finding, { palette, signs, columns, interactive }: Output) {
  const [sign, paint] = {
    ok: [signs.ok, palette.good] as const,
    warn: [signs.warning, palette.warn] as const,
    fail: [signs.failed, palette.bad] as const,
  }[level];
  const indent = " ".repeat(stringWidth(sign) + NAME_COLUMNS + 2);
  const room = interactive ? columns() - indent.length : Number.POSITIVE_INFINITY;
  const text = message.split("\n").flatMap((line) => wrap(printable(line), room));
  const cures =
    cure === undefined
      ? []
      : wrap(printable(cure), room - 3).map((line, i) => `${i === 0 ? `${signs.to} ` : "  "}${line}`);
  const [first = "", ...rest] = [...text, ...cures];
  return [`${paint(sign)} ${name.padEnd(NAME_COLUMNS)} ${first}`, ...rest.map((line) => indent + line)];
}

function verdict(failed: number, warned: number, { palette }: Output): string {
  const warnings = warned === 0 ? "" : `, ${plural(warned, "warning")}`;
  return failed === 0
    ? `${palette.good("No check failed")}${warnings}.`
    : palette.bad(`${plural(failed, "check")} failed${warnings}.`);
}
