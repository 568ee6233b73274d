import { describe, onTestFinished } from "vitest";
import { hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import { describeKilled } from "./killed.contract.ts";

describe.runIf(hasRedisServer)("predict processes, killed", { tags: ["redis"] }, () => {
  describeKilled("on one Redis", async () => {
    const redis = await startRedis();
    const store = openRedisStore(redis.address(), { now: Date.now, joinWindowMs: () => 3_600_000 });
    onTestFinished(() => store.close());
    return { store, address: `redis://127.0.0.1:${redis.port}` };
  });
});
