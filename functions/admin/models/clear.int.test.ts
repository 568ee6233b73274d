import { afterAll, describe } from "vitest";
import { WINDOW } from "../../learn/fixtures/line.ts";
import { newNamespace, redisForTests } from "../../lib/store/fixtures/redis-server.ts";
import type { RedisAddress } from "../../lib/store/redis/address.ts";
import { openRedisStore } from "../../lib/store/redis/redis.ts";
import type { Store } from "../../lib/store/store.ts";
import { describeClear } from "./clear.contract.ts";

const redis = await redisForTests();
const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
});

describe.runIf(redis)("a clear in Redis", { tags: ["redis"] }, () => {
  const namespace = newNamespace();
  describeClear("in Redis", async () => {
    const options = { now: Date.now, joinWindowMs: () => WINDOW };
    const store = openRedisStore({ ...(redis as RedisAddress), namespace }, options);
    stores.push(store);
    return store;
  });
});
