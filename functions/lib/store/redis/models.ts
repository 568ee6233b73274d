// The ModelStore in Redis: its parts. What each checks and writes is in a script of its own.

import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../snapshots.ts";
import type { ModelStore } from "../store.ts";
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
  policy: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): ModelStore {
  const load = createLoad(redis, keys);
  const index = createSetIndex(redis, keys);
  return {
    head: async (set) => {
      const { state: _, ...head } = await load(set, "", "head");
      return head;
    },
    load: (set) => load(set, "", "state"),
    pipelineRevision: async (pipeline, digest) =>
      (await redis.run(SCRIPTS.pipeline, [keys.pipeline(pipeline)], [digest])) as number,
    ...index.port,
    ...createCommits(redis, keys, testTime, policy, index.add),
    ...createGenerations(redis, keys, testTime, load, index.add),
    ...createLearnedIds(redis, keys, testTime),
    ...createSnapshots(redis, keys, testTime, policy.keep),
  };
}
