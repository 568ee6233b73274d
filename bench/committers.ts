// Committers of model sets, as `learn` makes them.

import { type Committer, createCommitter } from "../functions/learn/committer.ts";
import { systemClock } from "../functions/lib/clock.ts";
import { createModelSet } from "../functions/lib/learners/model-set.ts";
import { createStoreWatch } from "../functions/lib/lost-commits/watch.ts";
import type { Pipeline } from "../functions/lib/pipeline/pipeline.ts";
import { newRevision } from "../functions/lib/random.ts";
import { ENGINE } from "../functions/lib/states/learned-by.ts";
import { parseRedisAddress } from "../functions/lib/store/redis/address.ts";
import { openRedisStore } from "../functions/lib/store/redis/redis.ts";
import type { ModelStore, Store } from "../functions/lib/store/store.ts";
import { createTelemetry } from "../functions/lib/telemetry/metrics.ts";
import { assert } from "./row.ts";

const HOUR = 3_600_000;
const DAYS = 29;
/** As createLearn has it. */
const GROUP_LIMIT = 256;

export interface Committers {
  readonly store: ModelStore;
  of(set: string): Committer;
  close(): Promise<void>;
}

export interface Settings {
  /** For how long a group may lose. Default: as createLearn has it. */
  readonly conflictBudgetMs?: number;
  /** Most examples in a commit. Default: as createLearn has it. */
  readonly groupLimit?: number;
  /** What is put around the store. */
  readonly around?: (store: ModelStore) => ModelStore;
}

/** In the Redis of this port. @throws UnavailableError where it does not answer. */
export async function openCommitters(port: number, pipeline: Pipeline, settings: Settings = {}): Promise<Committers> {
  const address = parseRedisAddress(`redis://127.0.0.1:${port}`);
  assert(address !== undefined, `${port} is no port`);
  const store = openRedisStore(address, { now: Date.now, joinWindowMs: () => HOUR });
  await store.check();
  return committersOf(store, pipeline, settings);
}

export async function committersOf(
  store: Store,
  pipeline: Pipeline,
  { conflictBudgetMs = 5000, groupLimit = GROUP_LIMIT, around = (models) => models }: Settings = {},
): Promise<Committers> {
  const revision = await store.models.pipelineRevision(pipeline.name, pipeline.digest);
  const by = { engine: ENGINE, maxStateBytes: Number.POSITIVE_INFINITY, file: pipeline.text };
  const numbered = { name: pipeline.name, revision, models: createModelSet(pipeline), by };
  const telemetry = createTelemetry();
  const models = around(store.models);
  return {
    store: store.models,
    of: (set) =>
      createCommitter({
        set,
        pipeline: numbered,
        models,
        clock: systemClock,
        telemetry,
        watch: createStoreWatch({ clock: systemClock, telemetry }),
        revision: newRevision,
        random: Math.random,
        groupLimit,
        conflictBudgetMs,
      }),
    close: () => store.close(),
  };
}

/** Until when an id that is learned now is kept. */
export function idExpiry(): number {
  return Date.now() + DAYS * 24 * HOUR;
}
