// make e2e: tries a whole Wadi on the cluster that k8s/e2e names, and prints a timeline. Exit code 0: every expectation
// was met.

import { ExitCode, explain } from "../cli/terminal/exit.ts";
import { catchInterrupt } from "../cli/terminal/interrupt.ts";
import { createTerminal } from "../cli/terminal/output.ts";
import { printable } from "../cli/terminal/printable.ts";
import { systemClock } from "../lib/clock.ts";
import { duration, plural } from "../lib/figures.ts";
import { runE2e } from "./run.ts";
import { startTimeline } from "./timeline.ts";

const MOST_FLIGHTS = 13_000;
const MOST_WAKES = 50;

const { env } = process;
const terminal = createTerminal(env);
const { out, err } = terminal;
const interrupt = catchInterrupt(() => err.write("Stopping; what was made is taken away first.\n"));
const timeline = startTimeline(out, systemClock);
const context = { terminal, env, clock: systemClock, exitWith: () => {} };
const flights = Number(env["N"] || 2000);
const wakes = Number(env["WAKES"] || 1);

function verdict(): boolean {
  const { failed, met } = timeline;
  const took = duration(timeline.elapsed());
  if (failed.length === 0) {
    out.write(`${out.palette.good(`All is well: ${plural(met, "expectation")} met, in ${took}.`)}\n`);
    return true;
  }
  out.write(
    `${out.palette.bad(`${failed.length} of ${plural(met + failed.length, "expectation")} not met, in ${took}:`)}\n`,
  );
  for (const one of failed) out.write(`  ${out.palette.bad(out.signs.failed)} ${printable(one)}\n`);
  return false;
}

if (!Number.isInteger(flights) || flights < 100 || flights > MOST_FLIGHTS) {
  err.write(`make e2e: N is ${env["N"]}: write a whole number of flights, from 100 to ${MOST_FLIGHTS}\n`);
  process.exitCode = ExitCode.usage;
} else if (!Number.isInteger(wakes) || wakes < 1 || wakes > MOST_WAKES) {
  err.write(`make e2e: WAKES is ${env["WAKES"]}: write how often to wake from zero, from 1 to ${MOST_WAKES}\n`);
  process.exitCode = ExitCode.usage;
} else {
  try {
    const summary = await runE2e({
      ...{ context, flights, wakes, timeline, signal: interrupt.signal },
      namespace: env["NAMESPACE"] || "wadi",
      ingress: env["BROKER_INGRESS"] || undefined,
      keep: env["KEEP"] === "1",
    });
    out.write(`\n${summary.join("\n")}\n\n`);
  } catch (error) {
    const why = explain(error, env["VERBOSE"] === "1").replace(/^wadi: /, "");
    timeline.expect("end", "the run comes to its end", false, why.trim());
  }
  const isWell = verdict();
  process.exitCode = interrupt.signal.aborted ? interrupt.exitCode() : isWell ? ExitCode.done : ExitCode.failed;
}
interrupt.dispose();
