import { afterAll, describe } from "vitest";
import { newNamespace, redisForTests } from "../lib/store/fixtures/redis-server.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import type { Store } from "../lib/store/store.ts";
import { WINDOW } from "./fixtures/line.ts";
import { describeRollback } from "./rollback.contract.ts";

const redis = await redisForTests();
const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
});

describe.runIf(redis)("a rollback in Redis", { tags: ["redis"] }, () => {
  const namespace = newNamespace();
  describeRollback("in Redis", async () => {
    const options = { now: Date.now, joinWindowMs: () => WINDOW, snapshots: { every: 3, keep: 1000 } };
    const store = openRedisStore({ ...(redis as RedisAddress), namespace }, options);
    stores.push(store);
    return store;
  });
});
