// The checks of `wadi doctor`, in order; each returns its findings.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readTopology } from "../../lib/broker/topology.ts";
import { readRetention } from "../../lib/config.ts";
import { asError, ConfigurationError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import { DEFAULT_RETENTION } from "../../lib/retention.ts";
import { findRunning } from "../admin-access.ts";
import type { CommandContext } from "../context.ts";
import { kafkaAddress } from "../run/addresses.ts";
import { foldersOf, readRunning } from "../run/running.ts";
import { checkArchive } from "./archive.ts";
import { checkClock } from "./clock.ts";
import { type Finding, fail, ok, warn } from "./finding.ts";
import { checkFolder } from "./folder.ts";
import { checkKafka } from "./kafka.ts";
import { checkModels } from "./models.ts";
import { checkPort } from "./ports.ts";
import { checkSteps } from "./steps.ts";
import { checkRunning, checkStored } from "./wadi.ts";

export interface DoctorFlags {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly adminPort: number;
  readonly pipelines: string;
  readonly values: string;
  readonly kafka?: string;
  readonly archive?: string;
  readonly steps?: string;
}

const OLDEST_NODE = 24;

export function createChecks(
  flags: DoctorFlags,
  context: CommandContext,
): readonly (() => Finding[] | Promise<Finding[]>)[] {
  const { data, port, host, adminPort, pipelines, values } = flags;
  const kafka = flags.kafka ?? context.env["WADI_KAFKA"]?.trim() ?? "";
  const archive = flags.archive ?? context.env["WADI_ARCHIVE"]?.trim() ?? "";
  const steps = flags.steps ?? context.env["WADI_STEPS"]?.trim() ?? "";
  // The one that runs on this data folder; addresses in the environment are ignored.
  const running = () => findRunning({ ...context, env: {} }, { data, pipelines, values });
  // Those that run on the other default folders.
  const others = (what: "ingress" | "url") =>
    foldersOf(undefined)
      .filter((folder) => resolve(folder) !== resolve(data))
      .flatMap((folder) => {
        const address = readRunning(folder)?.[what] ?? "";
        return address === "" ? [] : [{ folder, address }];
      });
  return [
    () => [checkNode(process.versions.node)],
    () => [checkPipelines(pipelines)],
    () => [checkTopology(values)],
    () => checkFolder(data),
    async () => [await checkClock(context.clock)],
    () =>
      kafka === "" ? [] : checkKafka(kafkaAddress(kafka), { ...DEFAULT_RETENTION, ...readRetention(context.env) }),
    () => (archive === "" ? [] : checkArchive(archive, context)),
    () => (steps === "" ? [] : checkSteps(steps, context)),
    async () => {
      const live = await running();
      const own = live?.where.kind === "process" ? live.where.running : undefined;
      return [
        await checkPort({ name: "port", host, port, flag: "--port", own: own?.ingress, others: others("ingress") }),
        await checkPort({
          name: "admin",
          host,
          port: adminPort,
          flag: "--admin-port",
          own: own?.url,
          others: others("url"),
        }),
      ];
    },
    async () => {
      const live = await running();
      if (live !== undefined) return checkRunning(live.admin, context.clock.now());
      if (!existsSync(join(data, "store.db")))
        return [ok("store", `nothing in ${data} yet; it is created at the start`)];
      // Their own checks report what is wrong.
      if ([checkPipelines(pipelines), checkTopology(values)].some(({ level }) => level === "fail")) {
        return [
          warn(
            "store",
            `${data} was not checked: that needs valid pipeline files`,
            "correct the files, then run wadi doctor again",
          ),
        ];
      }
      const stored = await checkStored({ dataFolder: data, pipelinesFolder: pipelines, valuesFile: values });
      return [...stored, ...(await checkModels(data, pipelines, context.clock.now))];
    },
  ];
}

export function checkNode(version: string): Finding {
  const major = Number(version.split(".")[0]);
  if (major >= OLDEST_NODE) return ok("node", `Node ${version}`);
  return fail(
    "node",
    `Node ${version}, and Wadi needs ${OLDEST_NODE} or newer`,
    "start Wadi with ./wadi, which brings its own Node (make install)",
  );
}

function checkPipelines(folder: string): Finding {
  try {
    const names = [...loadPipelines(folder).keys()];
    return ok("pipelines", `${plural(names.length, "valid pipeline")} in ${folder}: ${names.join(", ")}`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return fail("pipelines", error.message, "correct the file, then check it: wadi pipeline check");
  }
}

function checkTopology(file: string): Finding {
  try {
    const triggers = readTopology(file);
    return ok("topology", `${file}: ${triggers.map(({ name }) => name).join(", ")}`);
  } catch (error) {
    return fail("topology", asError(error).message, "correct it, or name another with --values");
  }
}
