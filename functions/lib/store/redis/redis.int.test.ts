import { describe } from "vitest";
import { describeAgreement } from "../agreement.contract.ts";
import { newNamespace, redisForTests } from "../fixtures/redis-server.ts";
import { describeStore } from "../store.contract.ts";
import type { MakeStore } from "../store-under-test.contract.ts";
import type { RedisAddress } from "./address.ts";
import { openRedisStore } from "./redis.ts";

const redis = await redisForTests();

describe.runIf(redis)("a store in Redis", { tags: ["redis"] }, () => {
  const make: MakeStore = async (options) => {
    const address = { ...(redis as RedisAddress), namespace: newNamespace() };
    return async (own) => openRedisStore(address, { ...options, ...own }, options.now);
  };
  describeStore("in Redis", make);
  describeAgreement("in Redis", make);
});
