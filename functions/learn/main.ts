import { randomBytes } from "node:crypto";
import { systemClock } from "../lib/clock.ts";
import { learnedWindowMs } from "../lib/config.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { openStore } from "../lib/store/open.ts";
import { createLearn } from "./handler.ts";

await runStep("learn", process.env, ({ config, telemetry }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = openStore(config.store, pipelines, config.retention, Date.now);
  const handle = createLearn({
    pipelines,
    models: store.models,
    clock: systemClock,
    telemetry,
    revision: () => randomBytes(16).toString("hex"),
    random: Math.random,
    learnedWindowMs: (name) => learnedWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, config.retention),
  });
  return { handle, check: () => store.check(), close: () => store.close() };
});
