// The shared store: a Redis, a Valkey, or a Redis Cluster of either.

import { createRedisActivity } from "./redis-activity.ts";
import type { RedisAddress } from "./redis-address.ts";
import { connectRedis } from "./redis-connection.ts";
import { createRedisJoins } from "./redis-joins.ts";
import { createKeys } from "./redis-keys.ts";
import { createRedisModels } from "./redis-models.ts";
import type { Store, StoreOptions } from "./store.ts";

/** Never fails: what is missing shows in `check` and in every call, until it is there. */
export function openRedisStore(address: RedisAddress, { now, joinWindowMs, snapshots }: StoreOptions): Store {
  const redis = connectRedis(address);
  const keys = createKeys(address.namespace);
  return {
    models: createRedisModels(redis, keys, now, snapshots),
    joins: createRedisJoins(redis, keys, now, joinWindowMs),
    activity: createRedisActivity(redis, keys),
    check: redis.check,
    close: redis.close,
  };
}
