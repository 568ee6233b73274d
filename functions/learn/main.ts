import { randomBytes } from "node:crypto";
import { systemClock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { createStoreWatch } from "../lib/regression/watch.ts";
import { learnedWindowMs } from "../lib/retention.ts";
import { runStep } from "../lib/serve/run.ts";
import { agreeOnRetention } from "../lib/store/agreement.ts";
import { openStore } from "../lib/store/open.ts";
import { atRevision, checkStoredModel, createLearn } from "./handler.ts";

await runStep("learn", process.env, async ({ config, telemetry, log }) => {
  const pipelines = loadPipelines(config.pipelinesFolder);
  const store = await openStore(config.store, pipelines, config.retention, Date.now, config.snapshots);
  const models = atRevision(store.models, config.pipelineRevision);
  const handle = createLearn({
    pipelines,
    models,
    clock: systemClock,
    telemetry,
    watch: createStoreWatch({ clock: systemClock, telemetry, log, activity: store.activity }),
    revision: () => randomBytes(16).toString("hex"),
    random: Math.random,
    agreed: store.retention.agreed,
    learnedWindowMs: (name) => learnedWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, store.retention.current()),
  });
  /** A file that cannot go on must not come up; a store that is away, or a successor at work, is answered with 503. */
  const prepare = async () => {
    await agreeOnRetention(store.retention);
    for (const pipeline of pipelines.values()) {
      await checkStoredModel(models, pipeline).catch((error: unknown) => {
        if (!(error instanceof UnavailableError)) throw error;
      });
    }
  };
  return { handle, prepare, check: () => store.check(), close: () => store.close() };
});
