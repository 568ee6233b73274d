import { systemClock } from "../lib/clock.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { createValidate } from "./handler.ts";

await runStep("validate", process.env, ({ config, telemetry }) => ({
  handle: createValidate({
    pipelines: loadPipelines(config.pipelinesFolder),
    clock: systemClock,
    maybeSpoilt: (pipeline, attribute) => telemetry.spoiltNames.inc({ pipeline, attribute }),
  }),
  check: async () => {},
  close: async () => {},
}));
