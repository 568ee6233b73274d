// One step as a process of its own: what the four main.ts have in common.

import { systemClock } from "../clock.ts";
import { type Env, readStepConfig, type StepConfig } from "../config.ts";
import { asError, ConfigurationError } from "../errors.ts";
import { MAX_DOOR_BODY_BYTES } from "../events/derive.ts";
import type { StepName } from "../events/vocabulary.ts";
import { createLog, type Log } from "../telemetry/log.ts";
import { createTelemetry, type Telemetry } from "../telemetry/metrics.ts";
import { stopOnSignal } from "./lifecycle.ts";
import type { JsonRoute, ServerOptions } from "./route.ts";
import { createServer } from "./server.ts";
import { createStep, type Handle } from "./step.ts";

/** A derived event may have 768 KiB, and its attributes come beside it. */
export const MAX_STEP_BODY_BYTES = 1024 * 1024;

export interface StepParts {
  readonly handle: Handle;
  readonly json?: readonly JsonRoute[];
  readonly tell?: ServerOptions["tell"];
  /** Before it listens. @throws ConfigurationError for what no retry can mend; what is only away is no reason to stop. */
  prepare?(): Promise<void>;
  /** Rejects, with the cure, while something it needs is away. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** What a step is built with. */
export interface StepTools {
  readonly config: StepConfig;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** Reads the settings, builds, serves and, at SIGTERM, drains. A start that cannot succeed says why and exits 1. */
export async function runStep(
  name: StepName,
  env: Env,
  build: (tools: StepTools) => StepParts | Promise<StepParts>,
): Promise<void> {
  let log = createLog("info", name);
  try {
    const config = readStepConfig(env);
    log = createLog(config.logLevel, name);
    await serve(name, config, log, build);
  } catch (error) {
    if (error instanceof ConfigurationError) log.error({}, error.message);
    else log.error({ err: asError(error) }, "could not start");
    process.exit(1);
  }
}

async function serve(
  name: StepName,
  config: StepConfig,
  log: Log,
  build: (tools: StepTools) => StepParts | Promise<StepParts>,
): Promise<void> {
  const telemetry = createTelemetry(true);
  const parts = await build({ config, telemetry, log });
  const { queueBound } = config;
  const step = createStep({ name, handle: parts.handle, clock: systemClock, log, telemetry, queueBound });
  const maxBodyBytes = name === "validate" ? MAX_DOOR_BODY_BYTES : MAX_STEP_BODY_BYTES;
  const server = createServer({
    events: [{ path: "/", maxBodyBytes, accept: (event) => step.answer(event) }],
    json: parts.json ?? [],
    ...(parts.tell && { tell: parts.tell }),
    missing: () => whatIsMissing({ store: parts.check }),
    log,
    telemetry,
  });
  // Before listening: to the first process of a container a signal without a handler means nothing.
  stopOnSignal(async () => {
    await server.drain(config.drainMs);
    await parts.close();
  }, log);
  await parts.prepare?.();
  const url = await server.listen(config.port, config.host);
  log.info({ url }, `${name} is ready`);
}

/** By name, what is away and the cure; nothing of what is well. */
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
