import { systemClock } from "../lib/clock.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { createValidate } from "./handler.ts";

await runStep("validate", process.env, ({ config }) => ({
  handle: createValidate({ pipelines: loadPipelines(config.pipelinesFolder), clock: systemClock }),
  check: async () => {},
  close: async () => {},
}));
