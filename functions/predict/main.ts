import { systemClock } from "../lib/clock.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { openStore } from "../lib/store/open.ts";
import { createPredict } from "./handler.ts";
import { createHttpPublisher } from "./http-publisher.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

await runStep("predict", process.env, async ({ config, telemetry }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = await openStore(config.store, pipelines, config.retention, Date.now);
  const { models, joins } = store;
  const predict = createPredict({ pipelines, models, joins, telemetry });
  const publisher = config.broker === undefined ? undefined : createHttpPublisher(config.broker);
  return {
    handle: predict.handle,
    json: inferRoutes({ pipelines, predict, joins, clock: systemClock, publish: publisher?.publish }),
    tell: tellProblem,
    check: () => store.check(),
    async close() {
      publisher?.close();
      await store.close();
    },
  };
});
