// The archive on a cluster as a process of its own, beside the steps.

import { readArchiveConfig, readStepConfig } from "../lib/config.ts";
import { asError, ConfigurationError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import { stopOnSignal } from "../lib/serve/lifecycle.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { openArchiveServer } from "./server.ts";

const NAME = "archive";
const { env } = process;
let log = createLog("info", NAME);
try {
  const step = readStepConfig(env);
  const config = readArchiveConfig(env);
  log = createLog(step.logLevel, NAME);
  const archive = await openArchiveServer({ step, config, env, log });
  // Before listening: the first process of a container ignores signals without a handler.
  stopOnSignal(() => archive.close(), log);
  const url = await archive.listen();
  log.info({ url }, "the archive is ready");
} catch (error) {
  if (error instanceof ConfigurationError || error instanceof FailedError) log.error({}, error.message);
  else log.error({ err: asError(error) }, "could not start");
  process.exit(1);
}
