import { UnavailableError } from "../lib/errors.ts";
import { learnedWindowMs } from "../lib/retention.ts";
import type { Build } from "../lib/serve/build.ts";
import { atRevision, checkStoredModel, createLearn } from "./handler.ts";

export const build = ((tools) => {
  const { pipelines, store, clock, telemetry, watch, revision, random, settings } = tools;
  const { retention } = store;
  const models = atRevision(store.models, settings.pipelineRevision);
  const byRetention = (name: string) => {
    return learnedWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, retention.current());
  };
  const handle = createLearn({
    pipelines,
    models,
    clock,
    telemetry,
    revision,
    random,
    ...(watch && { watch }),
    ...(settings.groupLimit !== undefined && { groupLimit: settings.groupLimit }),
    agreed: retention.agreed,
    learnedWindowMs: tools.learnedWindowMs ?? byRetention,
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
