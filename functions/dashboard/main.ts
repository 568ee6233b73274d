// The dashboard on a cluster as a process: the admin API, scaled to zero like the steps while nobody looks.

import { readDashboardConfig, readStepConfig } from "../lib/config.ts";
import { asError, ConfigurationError } from "../lib/errors.ts";
import { stopOnSignal } from "../lib/serve/lifecycle.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { openDashboard } from "./dashboard.ts";

const NAME = "dashboard";
const { env } = process;
let log = createLog("info", NAME);
try {
  const step = readStepConfig(env);
  const config = readDashboardConfig(env);
  log = createLog(step.logLevel, NAME);
  const dashboard = await openDashboard({ step, config, env, log });
  // Before listening: the first process of a container ignores signals without a handler.
  stopOnSignal(() => dashboard.close(), log);
  const url = await dashboard.listen();
  log.info({ url }, "the dashboard is ready");
} catch (error) {
  if (error instanceof ConfigurationError) log.error({}, error.message);
  else log.error({ err: asError(error) }, "could not start");
  process.exit(1);
}
