// The shared store: a Redis, a Valkey, or a Redis Cluster of either.

import { joinsOnceAgreed } from "../agreed-joins.ts";
import { createStoreRetention } from "../agreement.ts";
import { foldState } from "../fold.ts";
import type { Store, StoreOptions } from "../store.ts";
import { createRedisActivity } from "./activity.ts";
import type { RedisAddress } from "./address.ts";
import { createRedisAgreement } from "./agreement.ts";
import { connectRedis } from "./connection.ts";
import { createRedisJoins } from "./joins.ts";
import { createKeys } from "./keys.ts";
import { createRedisModels } from "./models.ts";
import { createStoreTime } from "./time.ts";

/**
 * Never fails: a Redis that is missing shows in `check` and in every call until it is there. The clock of the Redis, not
 * `now`, decides what has expired; a test that lets days pass brings its own, `testTime`.
 */
export function openRedisStore(address: RedisAddress, options: StoreOptions, testTime?: () => number): Store {
  const { now, joinWindowMs, snapshots, fold = foldState } = options;
  const redis = connectRedis(address);
  const time = createStoreTime(redis, testTime);
  const keys = createKeys(address.namespace);
  const agreement = createRedisAgreement(redis, keys, time.testTime);
  const retention = createStoreRetention(agreement, options.retention, now);
  const windowMs = (pipeline: string) => joinWindowMs(pipeline, retention.current());
  return {
    models: createRedisModels(redis, keys, time.testTime, fold, snapshots),
    joins: joinsOnceAgreed(createRedisJoins(redis, keys, time, windowMs), retention),
    activity: createRedisActivity(redis, keys),
    agreement,
    retention,
    time: time.time,
    check: redis.check,
    close: redis.close,
  };
}
