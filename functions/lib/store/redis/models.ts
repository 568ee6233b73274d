// The ModelStore in Redis: its parts. What each checks and writes is in a script of its own.

import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../snapshots.ts";
import type { ModelStore } from "../store.ts";
import { type Fold, wholeOf } from "../stored-model.ts";
import { createCommits } from "./commits.ts";
import type { RedisConnection } from "./connection.ts";
import { createGenerations } from "./generations.ts";
import type { RedisKeys } from "./keys.ts";
import { createLearnedIds } from "./learned-ids.ts";
import { SCRIPTS } from "./scripts.ts";
import { createSetIndex } from "./set-index.ts";
import { createSnapshots } from "./snapshots.ts";
import { createLoad } from "./stored.ts";
import type { TestTime } from "./time.ts";

export function createRedisModels(
  redis: RedisConnection,
  keys: RedisKeys,
  testTime: TestTime,
  fold: Fold,
  policy: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): ModelStore {
  const load = createLoad(redis, keys);
  const index = createSetIndex(redis, keys);
  return {
    head: load.head,
    load: async (set) => wholeOf(await load.since(set, ""), fold),
    loadSince: (set, known) => load.since(set, "", known),
    pipelineRevision: async (pipeline, digest) =>
      (await redis.run(SCRIPTS.pipeline, [keys.pipeline(pipeline)], [digest])) as number,
    ...index.port,
    ...createCommits(redis, keys, testTime, policy, index.add),
    ...createGenerations(redis, keys, testTime, load, fold, index.add),
    ...createLearnedIds(redis, keys, testTime),
    ...createSnapshots(redis, keys, testTime, fold, policy.keep),
  };
}
