// What a rollback, an import and the removal of a generation cost in Redis, and what they leave there.

import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { commitOf, HOUR, newRevision } from "../store-under-test.contract.ts";
import { openRedisStore } from "./redis.ts";

async function open() {
  const redis = await startRedis();
  const options = { now: Date.now, joinWindowMs: () => HOUR, snapshots: { every: 2, keep: 3 } };
  const store = openRedisStore(redis.address(), options);
  onTestFinished(() => store.close());
  const keys = (pattern: string) => redis.cli("--scan", "--pattern", pattern).split("\n").filter(Boolean).sort();
  const ids = (count: number) => {
    const random = randomBytes(8 * count);
    const expiresAt = Date.now() + 700 * HOUR;
    return Array.from({ length: count }, (_, i) => ({ id: String(random.readBigUInt64LE(8 * i) >> 1n), expiresAt }));
  };
  const figure = (section: string, name: string) =>
    Number(new RegExp(`${name}:(\\d+)`).exec(redis.cli("INFO", section))?.[1]);
  return { ...store, redis, keys, ids, figure };
}

describe.runIf(hasRedisServer)("what is kept of models in Redis", { tags: ["redis"] }, () => {
  test("no state crosses the wire for a snapshot, a list of them, or a rollback", async () => {
    const { models, figure } = await open();
    const state = "x".repeat(500_000);
    let revision = "";
    for (let n = 0; n < 2; n++) {
      const commit = commitOf({ expectedRevision: revision, state: `${state}${n}`, history: "{}" });
      await models.commit("a", commit);
      revision = commit.revision;
    }
    const traffic = () => figure("stats", "total_net_output_bytes") + figure("stats", "total_net_input_bytes");
    const before = traffic();

    const [snapshot] = await models.snapshots("a");
    await models.rollback("a", { snapshot: snapshot?.revision ?? "", revision: newRevision() });

    // The texts of the scripts, once.
    expect(traffic() - before).toBeLessThan(40_000);
  });

  test("all keys of a set have its tag, and a generation that is removed leaves none behind", async () => {
    const { models, keys, ids } = await open();
    for (const generation of ["1", "2", "3"]) {
      let expectedRevision = "";
      for (let n = 0; n < 4; n++) {
        const parts = { generation, expectedRevision, ids: ids(1000), history: "{}", state: generation };
        const commit = commitOf(parts);
        expect(await models.commitGeneration("a", commit)).toMatchObject({ outcome: "committed" });
        expectedRevision = commit.revision;
      }
    }
    await models.addLearned("a", "removed", ids(2000));
    await models.addLearned("a", "imported", ids(500));
    expect(keys("*").filter((key) => !key.startsWith("{a}:"))).toEqual(["wadi:sets"]);
    const generations = () => [...new Set(keys("{a}:*").map((key) => key.split(":")[2] ?? ""))].sort();
    expect(generations()).toEqual(["", "1", "2", "3", "imported", "removed"]);

    for (const generation of ["2", "3"]) {
      await models.hold("a", "mine", 10_000);
      const { revision } = await models.head("a");
      expect(await models.promote("a", { token: "mine", generation, expectedRevision: revision })).toBe(true);
    }
    expect(generations()).toEqual(["", "2", "3", "imported", "removed"]);
    const adoption = { generation: "imported", version: 1, revision: newRevision(), state: "s", ids: 500, history: [] };
    expect(await models.adopt("a", { ...adoption, replace: true })).toBe("adopted");

    expect(generations()).toEqual(["", "3", "imported"]);
    expect(keys("{a}:*").filter((key) => key.split(":").length === 2)).toEqual(["{a}:set"]);
  });

  test("a generation whose removal was interrupted is gone when a new one takes its name", async () => {
    const { models, redis, ids } = await open();
    const learned = ids(1000);
    await models.commitGeneration("a", commitOf({ generation: "2", ids: learned }));
    redis.cli("SADD", "{a}:retired", "2"); // as promote leaves it

    expect(await models.loadGeneration("a", "2")).toMatchObject({ version: 0, revision: "", state: "" });

    const anew = commitOf({ generation: "2", ids: learned });
    expect(await models.commitGeneration("a", anew)).toEqual({ outcome: "committed", version: 1 });
    await models.hold("a", "mine", 10_000);
    expect(await models.promote("a", { token: "mine", generation: "2", expectedRevision: "" })).toBe(true);
  });

  test("imported ids are packed as learned ones are, and have a time to live past their end", async () => {
    const { redis, models, keys, ids, figure } = await open();
    // What the server keeps for commands of this size is no part of the ids.
    await models.addLearned("b", "new", ids(2000));
    const before = figure("memory", "used_memory");
    const imported = ids(10_000);
    for (let from = 0; from < imported.length; from += 2000) {
      expect(await models.addLearned("a", "new", imported.slice(from, from + 2000))).toBe(true);
    }

    expect((figure("memory", "used_memory") - before) / imported.length).toBeLessThan(16);
    const buckets = keys("{a}:ids:*");
    expect(new Set(buckets.map((key) => redis.cli("OBJECT", "ENCODING", key)))).toEqual(new Set(["intset"]));
    for (const key of buckets) expect(Number(redis.cli("PTTL", key))).toBeGreaterThan(700 * HOUR - 60_000);
  });
});
