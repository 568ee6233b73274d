// What `wadi doctor` looks at, in this order; each check answers with what it found.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { asError, ConfigurationError } from "../lib/errors.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { readTopology } from "../local/broker/topology.ts";
import { findRunning } from "./admin-access.ts";
import type { CommandContext } from "./context.ts";
import { checkClock } from "./doctor-clock.ts";
import { checkFolder } from "./doctor-folder.ts";
import { checkPort } from "./doctor-ports.ts";
import { checkRunning, checkStored } from "./doctor-wadi.ts";
import { plural } from "./figures.ts";

export interface Finding {
  readonly name: string;
  readonly level: "ok" | "warn" | "fail";
  /** What was found. */
  readonly message: string;
  /** What to do; absent where all is well. */
  readonly cure?: string;
}

export interface DoctorFlags {
  readonly data: string;
  readonly port: number;
  readonly host: string;
  readonly adminPort: number;
  readonly pipelines: string;
  readonly values: string;
}

const OLDEST_NODE = 24;

export const ok = (name: string, message: string): Finding => ({ name, level: "ok", message });
export const warn = (name: string, message: string, cure: string): Finding => ({ name, level: "warn", message, cure });
export const fail = (name: string, message: string, cure: string): Finding => ({ name, level: "fail", message, cure });

export function createChecks(
  flags: DoctorFlags,
  context: CommandContext,
): readonly (() => Finding[] | Promise<Finding[]>)[] {
  const { data, port, host, adminPort, pipelines, values } = flags;
  // One that runs on this data folder, and nothing that an address in the environment names.
  const running = () => findRunning({ ...context, env: {} }, { data, pipelines, values });
  return [
    () => [checkNode(process.versions.node)],
    () => [checkPipelines(pipelines)],
    () => [checkTopology(values)],
    () => checkFolder(data),
    async () => [await checkClock(context.clock)],
    async () => {
      const live = await running();
      const own = live?.where.kind === "process" ? live.where.running : undefined;
      return [
        await checkPort("port", host, port, own?.ingress, "--port"),
        await checkPort("admin", host, adminPort, own?.url, "--admin-port"),
      ];
    },
    async () => {
      const live = await running();
      if (live !== undefined) return checkRunning(live.admin, context.clock.now());
      if (!existsSync(join(data, "store.db"))) return [ok("store", `nothing in ${data} yet; it is made at the start`)];
      return checkStored({ dataFolder: data, pipelinesFolder: pipelines, valuesFile: values });
    },
  ];
}

export function checkNode(version: string): Finding {
  const major = Number(version.split(".")[0]);
  if (major >= OLDEST_NODE) return ok("node", `Node ${version}`);
  return fail(
    "node",
    `Node ${version}, and Wadi needs ${OLDEST_NODE} or newer`,
    "start Wadi by ./wadi, which brings its own Node (make install)",
  );
}

function checkPipelines(folder: string): Finding {
  try {
    const names = [...loadPipelines(folder).keys()];
    return ok("pipelines", `${plural(names.length, "sound pipeline")} in ${folder}: ${names.join(", ")}`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return fail("pipelines", error.message, "mend the file, then: wadi pipeline check");
  }
}

function checkTopology(file: string): Finding {
  try {
    const triggers = readTopology(file);
    return ok("topology", `${file}: ${triggers.map(({ name }) => name).join(", ")}`);
  } catch (error) {
    return fail("topology", asError(error).message, "mend it, or name another with --values");
  }
}
