import { systemClock } from "../lib/clock.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { createStoreWatch } from "../lib/regression/watch.ts";
import { runStep } from "../lib/serve/run.ts";
import { agreeOnRetention } from "../lib/store/agreement.ts";
import { openStore } from "../lib/store/open.ts";
import { createPredict } from "./handler.ts";
import { tellProblem } from "./problem.ts";
import { inferRoutes } from "./routes.ts";

await runStep("predict", process.env, async ({ config, telemetry, log }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = await openStore(config.store, pipelines, config.retention, Date.now);
  const { models, joins, activity } = store;
  const watch = createStoreWatch({ clock: systemClock, telemetry, log, activity });
  const { maxStalenessMs } = config;
  const predict = createPredict({
    pipelines,
    models,
    joins,
    clock: systemClock,
    telemetry,
    log,
    watch,
    maxStalenessMs,
  });
  // Loaded only where there is a broker to post to: an HTTP client takes 13 MB.
  const http = config.broker === undefined ? undefined : await import("./http-publisher.ts");
  const publisher = config.broker === undefined ? undefined : http?.createHttpPublisher(config.broker);
  return {
    handle: predict.handle,
    json: inferRoutes({ pipelines, predict, joins, models, clock: systemClock, publish: publisher?.publish }),
    tell: tellProblem,
    prepare: () => agreeOnRetention(store.retention),
    check: () => store.check(),
    async close() {
      publisher?.close();
      await store.close();
    },
  };
});
