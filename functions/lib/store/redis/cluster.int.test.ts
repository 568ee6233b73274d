// A Redis Cluster of three nodes: everything one script touches lies on one of them.

import { spawnSync } from "node:child_process";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { UnavailableError } from "../../errors.ts";
import { hasRedisServer, newNamespace, pause, type RedisServer, startRedis } from "../fixtures/redis-server.ts";
import { describeStore } from "../store.contract.ts";
import { commitOf, HOUR, idsOf } from "../store-under-test.contract.ts";
import type { RedisAddress } from "./address.ts";
import { openRedisStore } from "./redis.ts";

const NODES = 3;

async function startCluster(): Promise<readonly RedisServer[]> {
  const args = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000"];
  const nodes = await Promise.all(Array.from({ length: NODES }, () => startRedis(...args)));
  const places = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const made = spawnSync("redis-cli", ["--cluster", "create", ...places, "--cluster-yes"], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`no cluster: ${made.stdout}${made.stderr}`);
  for (const { cli } of nodes) while (!cli("CLUSTER", "INFO").includes("cluster_state:ok")) await pause(50);
  return nodes;
}

const nodes = hasRedisServer ? await startCluster() : [];

const address = (): RedisAddress => {
  const [first, ...others] = nodes.map(({ port }) => ({ host: "127.0.0.1", port }));
  return {
    kind: "redis",
    cluster: true,
    tls: false,
    db: 0,
    namespace: newNamespace(),
    nodes: [first as { host: string; port: number }, ...others],
  };
};

describe.runIf(hasRedisServer)("a store in a Redis Cluster", { tags: ["redis"] }, () => {
  describeStore("in a cluster", async (options) => {
    const place = address();
    return async (own) => openRedisStore(place, { ...options, ...own }, options.now);
  });

  test("sets and joins lie on all of its nodes", async () => {
    const clock = manualClock();
    const store = openRedisStore(address(), { now: clock.now, joinWindowMs: () => HOUR }, clock.now);
    onTestFinished(() => store.close());
    const sizes = () => nodes.map(({ cli }) => Number(cli("DBSIZE")));
    const before = sizes();

    const sets = Array.from({ length: 60 }, (_, n) => `set-${n}`);
    await Promise.all(sets.map((set) => store.models.commit(set, commitOf({ ids: idsOf(clock, 1, 2), history: "h" }))));

    expect(await store.models.setCount()).toBe(60);
    expect((await store.models.sets({ after: "set-58", limit: 2 })).length).toBe(2);
    for (const [n, size] of sizes().entries()) expect(size).toBeGreaterThan(before[n] ?? 0);
  });

  test("when a node is away its sets are refused, the others go on, and it is taken up again", async () => {
    for (const { cli } of nodes) cli("CONFIG", "SET", "cluster-require-full-coverage", "no");
    const store = openRedisStore(address(), { now: Date.now, joinWindowMs: () => HOUR });
    onTestFinished(() => store.close());
    const sets = Array.from({ length: 30 }, (_, n) => `set-${n}`);
    const commitAll = () => Promise.allSettled(sets.map((set) => store.models.commit(set, commitOf())));
    await store.check();

    await nodes[2]?.kill();
    const answers = await commitAll();
    await nodes[2]?.start();

    const refused = answers.filter(({ status }) => status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(sets.length);
    for (const { reason } of refused as PromiseRejectedResult[]) {
      expect(reason).toBeInstanceOf(UnavailableError);
      expect(reason.message).toMatch(/^the store redis\+cluster:/);
    }
    while ((await commitAll()).some(({ status }) => status === "rejected")) await pause(100);
  });
});
