import { systemClock } from "../lib/clock.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { runStep } from "../lib/serve/run.ts";
import { agreeOnRetention } from "../lib/store/agreement.ts";
import { openStore } from "../lib/store/open.ts";
import { createFeaturize } from "./handler.ts";

await runStep("featurize", process.env, async ({ config, telemetry }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = await openStore(config.store, pipelines, config.retention, Date.now);
  return {
    handle: createFeaturize({
      ...{ pipelines, joins: store.joins, models: store.models, telemetry, clock: systemClock },
      learnOrder: config.learnOrder,
    }),
    prepare: () => agreeOnRetention(store.retention),
    check: () => store.check(),
    close: () => store.close(),
  };
});
