import { UnavailableError } from "../lib/errors.ts";
import { learnedWindowMs, takenWindowMs } from "../lib/retention.ts";
import type { Build } from "../lib/serve/build.ts";
import { atRevision, checkStoredModel, createLearn } from "./handler.ts";

export const build = ((tools) => {
  const { pipelines, store, clock, telemetry, log, watch, revision, random, settings } = tools;
  const { retention } = store;
  const models = atRevision(store.models, settings.pipelineRevision);
  const horizonOf = (name: string) => pipelines.get(name)?.labelHorizonMs ?? 0;
  const byRetention = {
    learnedWindowMs: (name: string) => learnedWindowMs(horizonOf(name), retention.current()),
    takenWindowMs: (name: string, recordedTime: number) =>
      takenWindowMs(horizonOf(name), retention.current(), recordedTime),
  };
  const handle = createLearn({
    pipelines,
    models,
    clock,
    telemetry,
    log,
    revision,
    random,
    ...(watch && { watch }),
    ...(settings.groupLimit !== undefined && { groupLimit: settings.groupLimit }),
    maxStateBytes: settings.maxStateBytes,
    agreed: retention.agreed,
    isAgreed: retention.isAgreed,
    ...(tools.learnedWindowMs ? { learnedWindowMs: tools.learnedWindowMs } : byRetention),
  });
  /** Throws for a file that cannot go on. A store that is away, or a newer revision at work, only makes requests fail with 503. */
  const prepare = async () => {
    for (const pipeline of pipelines.values()) {
      await checkStoredModel(models, pipeline).catch((error: unknown) => {
        if (!(error instanceof UnavailableError)) throw error;
      });
    }
  };
  return { handle, prepare };
}) satisfies Build;
