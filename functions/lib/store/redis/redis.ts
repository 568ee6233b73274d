// The shared store: a Redis, a Valkey, or a Redis Cluster of either.

import type { Store, StoreOptions } from "../store.ts";
import { createRedisActivity } from "./activity.ts";
import type { RedisAddress } from "./address.ts";
import { connectRedis } from "./connection.ts";
import { createRedisJoins } from "./joins.ts";
import { createKeys } from "./keys.ts";
import { createRedisModels } from "./models.ts";

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
