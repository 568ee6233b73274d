// The programs that are measured: the functions, each as a cluster runs it, `wadi start`, and the anchors.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bundleSteps } from "../functions/bundle.ts";
import type { StepName } from "../functions/lib/events/vocabulary.ts";
import { assert } from "./row.ts";
import { ROOT, type Running, type Session, type Start } from "./session.ts";

export interface Program {
  /** Ours: worth a profile. */
  readonly own?: true;
  readonly command: string;
  readonly args: readonly string[];
  readonly start: Start;
}

const here = (path: string) => join(import.meta.dirname, path);

/** Made before a row asks for a function, once a run. */
export async function bundleFunctions(session: Session): Promise<void> {
  bundles ??= session.folder();
  await bundleSteps(bundles);
}

let bundles: string | undefined;

/** What the image gives a function: bounds of Node and of malloc. @throws Error where it does not say. */
function imageSettings(): { readonly options: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const text = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const [, options] = /NODE_OPTIONS="([^"]+)"/.exec(text) ?? [];
  assert(options !== undefined, "the Dockerfile has no NODE_OPTIONS");
  const malloc = [...text.matchAll(/\b(MALLOC_\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]);
  return { options: options.split(" "), env: Object.fromEntries(malloc) };
}

/** As a cluster runs it: its bundle, with a warm compile cache. */
export function stepProgram(name: StepName, store: string, port: number): Program {
  const env = { PORT: String(port), HOST: "127.0.0.1", WADI_STORE: `sqlite:${store}`, WADI_LOG_LEVEL: "info" };
  const { options, env: bounds } = imageSettings();
  return {
    own: true,
    command: process.execPath,
    args: [...options, join(bundles ?? "", name, "start.js")],
    start: { env: { ...env, ...bounds, WADI_PIPELINES: join(ROOT, "helm/pipelines") }, read: "stderr" },
  };
}

/** As `func` starts it. It listens on all addresses and has no setting for that; what is sent goes to 127.0.0.1. */
export function emptyFunction(port: number): Program {
  const cli = here("node_modules/faas-js-runtime/bin/cli.js");
  const args = [cli, here("anchors/empty-function.mjs"), "--port", String(port)];
  return { command: process.execPath, args, start: {} };
}

export function expressSdk(port: number): Program {
  return { command: process.execPath, args: [here("anchors/express-sdk.ts")], start: { env: { PORT: String(port) } } };
}

/** With the flights of `file` learned before it listens. */
export function fastApiRiver(python: string, file: string, port: number): Program {
  const args = [here("anchors/fastapi_river.py"), file, String(port)];
  return { command: python, args, start: { read: "stderr" } };
}

/** On one core of this machine, where the system can be told so: all its threads together then have no more. */
export function onOneCore({ command, args, ...rest }: Program): Program {
  if (spawnSync("taskset", ["-c", "0", "true"], { stdio: "ignore" }).status !== 0) return { command, args, ...rest };
  return { ...rest, command: "taskset", args: ["-c", "0", command, ...args] };
}

export function run(session: Session, { own, command, args, start }: Program): Running {
  return session.start(command, own ? [...profiling(session), ...args] : args, start);
}

/** Written at a clean end. */
function profiling({ profiles }: Session): readonly string[] {
  return profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`];
}

/** The very command that people run, and its address. */
export async function startWadi(
  session: Session,
  folder: string,
  more: readonly string[] = [],
): Promise<{ running: Running; url: string }> {
  const args = ["start", ...more, "--data", folder, "--port", "0", "--admin-port", "0", "--log-level", "error"];
  const options = profiling(session).join(" ");
  const env = { NO_COLOR: "1", ...(options === "" ? {} : { WADI_NODE_OPTIONS: options }) };
  const running = session.start(join(ROOT, "wadi"), args, { env });
  const [, url = ""] = await running.find(/Wadi takes events at (http:\S+)\//);
  return { running, url };
}
