// The shared store: a Redis, a Valkey, or a Redis Cluster of either.

import { joinsOnceAgreed } from "../agreed-joins.ts";
import { createStoreRetention } from "../agreement.ts";
import type { Store, StoreOptions } from "../store.ts";
import { createRedisActivity } from "./activity.ts";
import type { RedisAddress } from "./address.ts";
import { createRedisAgreement } from "./agreement.ts";
import { connectRedis } from "./connection.ts";
import { createRedisJoins } from "./joins.ts";
import { createKeys } from "./keys.ts";
import { createRedisModels } from "./models.ts";

/** Never fails: a Redis that is missing shows in `check` and in every call until it is there. */
export function openRedisStore(address: RedisAddress, options: StoreOptions): Store {
  const { now, joinWindowMs, snapshots } = options;
  const redis = connectRedis(address);
  const keys = createKeys(address.namespace);
  const agreement = createRedisAgreement(redis, keys);
  const retention = createStoreRetention(agreement, options.retention, now);
  const windowMs = (pipeline: string) => joinWindowMs(pipeline, retention.current());
  return {
    models: createRedisModels(redis, keys, now, snapshots),
    joins: joinsOnceAgreed(createRedisJoins(redis, keys, now, windowMs), retention),
    activity: createRedisActivity(redis, keys),
    agreement,
    retention,
    check: redis.check,
    close: redis.close,
  };
}
