import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { openStore } from "../lib/store/open.ts";
import { createPredict } from "./handler.ts";
import { inferRoutes } from "./routes.ts";

await runStep("predict", process.env, ({ config, telemetry }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = openStore(config.store, pipelines, config.retention, Date.now);
  const predict = createPredict({ pipelines, models: store.models, joins: store.joins, telemetry });
  return {
    handle: predict.handle,
    json: inferRoutes(pipelines, predict),
    check: () => store.check(),
    close: () => store.close(),
  };
});
