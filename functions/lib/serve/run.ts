// A step as a process of its own: what the main.ts of all steps share.

import { systemClock } from "../clock.ts";
import { type Env, readStepConfig, type StepConfig } from "../config.ts";
import { asError, ConfigurationError } from "../errors.ts";
import { MAX_DOOR_BODY_BYTES } from "../events/derive.ts";
import type { StepName } from "../events/vocabulary.ts";
import { createStoreWatch } from "../lost-commits/watch.ts";
import { loadPipelines } from "../pipeline/load.ts";
import { newRevision, systemRandom } from "../random.ts";
import { agreeOnRetention } from "../store/agreement.ts";
import { openStore } from "../store/open.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import type { Build, BuiltStep, StepTools } from "./build.ts";
import { stopOnSignal } from "./lifecycle.ts";
import { createServer } from "./server.ts";
import { createStep } from "./step.ts";
import { createStoreClock, onceCompared } from "./store-clock.ts";

/** The data of a derived event may have 768 KiB; its attributes come on top. */
const MAX_STEP_BODY_BYTES = 1024 * 1024;

/** Reads the settings, builds and serves the step, and drains at SIGTERM. Where it cannot start it says why and exits 1. */
export function serve(name: StepName, build: Build, env: Env): Promise<void> {
  return start(name, env, async (tools, config) => {
    const { pipelines, telemetry, log } = tools;
    const store = await openStore(config.store, pipelines, config.retention, tools.clock.now, config.snapshots);
    const clock = createStoreClock({ clock: tools.clock, time: store.time, telemetry, log });
    const watch = createStoreWatch({ clock, telemetry, log, activity: store.activity });
    const built = await build({
      ...tools,
      ...{ clock, compared: clock.compared, store, watch, random: systemRandom, revision: newRevision },
    });
    return {
      ...built,
      handle: onceCompared(clock, built.handle),
      clockAheadMs: clock.aheadMs,
      check: () => store.check(),
      async prepare() {
        await agreeOnRetention(store.retention);
        await built.prepare?.();
      },
      async close() {
        built.close?.();
        clock.stop();
        await store.close();
      },
    };
  });
}

/** As `serve`, for a step without a store. */
export function serveStateless(name: StepName, build: Build<StepTools>, env: Env): Promise<void> {
  return start(name, env, async (tools) => ({ check: async () => {}, ...(await build(tools)) }));
}

interface RunningStep extends Omit<BuiltStep, "close"> {
  /** Rejects, with the cure, while something that it needs is away. */
  check(): Promise<void>;
  clockAheadMs?(): number | undefined;
  close?(): void | Promise<void>;
}

type Open = (tools: StepTools, config: StepConfig) => Promise<RunningStep>;

async function start(name: StepName, env: Env, open: Open): Promise<void> {
  let log = createLog("info", name);
  try {
    const config = readStepConfig(env);
    log = createLog(config.logLevel, name);
    await listen(name, config, log, open);
  } catch (error) {
    if (error instanceof ConfigurationError) log.error({}, error.message);
    else log.error({ err: asError(error) }, "could not start");
    process.exit(1);
  }
}

async function listen(name: StepName, config: StepConfig, log: Log, open: Open): Promise<void> {
  const telemetry = createTelemetry(true);
  const pipelines = loadPipelines(config.pipelinesFolder);
  // A step that runs alone gets its events from Knative's Broker.
  const settings = { ...config, namesMaySpoil: true };
  const running = await open({ pipelines, clock: systemClock, telemetry, log, settings }, config);
  const { queueBound } = config;
  const step = createStep({ name, handle: running.handle, clock: systemClock, log, telemetry, queueBound });
  const maxBodyBytes = name === "validate" ? MAX_DOOR_BODY_BYTES : MAX_STEP_BODY_BYTES;
  const server = createServer({
    events: [{ path: "/", maxBodyBytes, step: name, accept: (event) => step.answer(event) }],
    plain: running.plain ?? [],
    ...(running.tell && { tell: running.tell }),
    missing: () => whatIsMissing({ store: running.check }),
    ...(running.clockAheadMs && { clockAheadMs: running.clockAheadMs }),
    log,
    telemetry,
  });
  // Before listening: the first process of a container ignores signals without a handler.
  stopOnSignal(async () => {
    await server.drain(config.drainMs);
    await running.close?.();
  }, log);
  await running.prepare?.();
  const url = await server.listen(config.port, config.host);
  log.info({ url }, `${name} is ready`);
}

/** What is away, and the cure, by name; what is well is left out. */
export async function whatIsMissing(
  checks: Readonly<Record<string, () => Promise<void>>>,
): Promise<Record<string, string>> {
  const missing: Record<string, string> = {};
  for (const [name, check] of Object.entries(checks)) {
    await check().catch((error: unknown) => {
      missing[name] = asError(error).message;
    });
  }
  return missing;
}
