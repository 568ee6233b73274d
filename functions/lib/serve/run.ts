// A step as a process of its own: what the main.ts of all steps share.

import { systemClock } from "../clock.ts";
import { type Env, readStepConfig, type StepConfig } from "../config.ts";
import { asError, ConfigurationError } from "../errors.ts";
import { MAX_DOOR_BODY_BYTES } from "../events/derive.ts";
import type { Event, StepName } from "../events/vocabulary.ts";
import { loadPipelines } from "../pipeline/load.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import type { Build, StepTools } from "./build.ts";
import { stopOnSignal } from "./lifecycle.ts";
import { type Open, withoutStore, withStore } from "./opened.ts";
import { createRest } from "./rest.ts";
import { createServer } from "./server.ts";
import { createStep } from "./step.ts";
import { wake } from "./wake.ts";

/** The data of a derived event may have 768 KiB; its attributes come on top. */
const MAX_STEP_BODY_BYTES = 1024 * 1024;

/** Reads the settings, builds and serves the step, and drains at SIGTERM. Where it cannot start it says why and exits 1. */
export function serve(name: StepName, build: Build, env: Env): Promise<void> {
  return start(name, env, withStore(build));
}

/** As `serve`, for a step without a store. */
export function serveStateless(name: StepName, build: Build<StepTools>, env: Env): Promise<void> {
  return start(name, env, withoutStore(build));
}

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
  wake(config.wakes, log);
  const telemetry = createTelemetry(true);
  const pipelines = loadPipelines(config.pipelinesFolder);
  // A step that runs alone gets its events from Knative's Broker.
  const settings = { ...config, namesMaySpoil: true };
  const running = await open({ pipelines, clock: systemClock, telemetry, log, settings }, config);
  const { queueBound } = config;
  const step = createStep({ name, handle: running.handle, clock: systemClock, log, telemetry, queueBound });
  const maxBodyBytes = name === "validate" ? MAX_DOOR_BODY_BYTES : MAX_STEP_BODY_BYTES;
  const rest = createRest(systemClock);
  const accept = (event: Event) => {
    rest.stir();
    return step.answer(event);
  };
  const server = createServer({
    events: [{ path: "/", maxBodyBytes, step: name, accept }],
    plain: running.plain ?? [],
    ...(running.tell && { tell: running.tell }),
    missing: () => whatIsMissing({ store: running.check }),
    ...(running.clockAheadMs && { clockAheadMs: running.clockAheadMs }),
    log,
    telemetry,
  });
  // Before listening: the first process of a container ignores signals without a handler.
  stopOnSignal(async () => {
    rest.stop();
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
