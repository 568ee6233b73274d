import { describe } from "vitest";
import { newNamespace, redisForTests } from "../fixtures/redis-server.ts";
import { describeStore } from "../store.contract.ts";
import type { RedisAddress } from "./address.ts";
import { openRedisStore } from "./redis.ts";

const redis = await redisForTests();

describe.runIf(redis)("a store in Redis", () => {
  describeStore("in Redis", async (options) => {
    const address = { ...(redis as RedisAddress), namespace: newNamespace() };
    return async () => openRedisStore(address, options);
  });
});
