// What lies in Redis: how ids are packed, what has a time to live, how little crosses the wire.

import { randomBytes } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { commitOf, HOUR, newRevision, WINDOW } from "../store-under-test.contract.ts";
import { openRedisStore } from "./redis.ts";

const DAY = 24 * HOUR;

async function open() {
  const redis = await startRedis();
  const clock = manualClock();
  const store = openRedisStore(redis.address(), { now: clock.now, joinWindowMs: () => WINDOW }, clock.now);
  onTestFinished(() => store.close());
  let revision = "";
  /** Learns so many new ids, in groups; they are kept for a while. */
  const learn = async (count: number, keptMs = 8 * DAY, group = 250) => {
    const learned: string[] = [];
    for (let left = count; left > 0; left -= group) {
      const random = randomBytes(8 * Math.min(group, left));
      const ids = Array.from({ length: random.length / 8 }, (_, i) => String(random.readBigUInt64LE(8 * i) >> 1n));
      const commit = commitOf({
        expectedRevision: revision,
        ids: ids.map((id) => ({ id, expiresAt: clock.now() + keptMs })),
      });
      expect(await store.models.commit("a", commit)).toMatchObject({ outcome: "committed" });
      revision = commit.revision;
      learned.push(...ids);
    }
    return learned;
  };
  const buckets = () => redis.cli("--scan", "--pattern", "{a}:ids:*").split("\n").filter(Boolean);
  const observe = (key: string) =>
    store.joins.putObservation({
      pipeline: "p",
      key,
      source: "/s",
      id: key,
      learnedId: "1",
      set: "p",
      time: 0,
      recordedTime: clock.now(),
      x: { text: "x".repeat(500) },
    });
  return { ...store, redis, clock, learn, buckets, observe };
}

/** The end of the epoch that was begun last. */
async function lastEpoch(redis: Awaited<ReturnType<typeof startRedis>>): Promise<number> {
  return JSON.parse(redis.cli("HGET", "{a}:state:1", "ids")).epochs.at(-1)[0];
}

describe.runIf(hasRedisServer)("what lies in Redis", { tags: ["redis"] }, () => {
  test("sets that were counted before are not listed again to count them, however many there are", async () => {
    const { models, redis } = await open();
    const names = Array.from({ length: 2500 }, (_, i) => `p/${i}`);
    for (let n = 0; n < names.length; n += 250) {
      const some = names.slice(n, n + 250);
      await Promise.all(some.map((set) => models.reserve(set, 10_000)));
      await Promise.all(some.slice(n === 0 ? 100 : 0).map((set) => models.commit(set, commitOf())));
    }
    const other = openRedisStore(redis.address(), { now: Date.now, joinWindowMs: () => WINDOW });
    onTestFinished(() => other.close());
    const calls = () => Number(/cmdstat_zrangebylex:calls=(\d+)/.exec(redis.cli("INFO", "commandstats"))?.[1] ?? 0);
    expect(await other.models.setCount()).toBe(2400);
    const listed = calls();

    await models.commit("p/0", commitOf());

    expect(await Promise.all(["", "p/", "p/24", "q"].map((prefix) => other.models.setCount(prefix)))).toEqual([
      2401, 2401, 110, 0,
    ]);
    expect(calls()).toBe(listed);
    await models.commit("q", commitOf());
    expect(await other.models.setCount()).toBe(2402);
  });

  test("ids are packed as integers, at most 16 bytes each with all that is around them, while buckets double many times", async () => {
    const { redis, models, learn, buckets } = await open();
    const used = () => Number(/used_memory:(\d+)/.exec(redis.cli("INFO", "memory"))?.[1]);
    await learn(1);
    const before = used();

    const learned = await learn(40_000);

    expect((used() - before) / learned.length).toBeLessThan(16);
    const encodings = new Set(buckets().map((key) => redis.cli("OBJECT", "ENCODING", key)));
    expect([...encodings]).toEqual(["intset"]);
    expect(buckets().length).toBeGreaterThan(150);
    expect(await models.learnedCount("a")).toBe(40_001);
    expect(await models.learnedOf("a", learned)).toEqual(learned);
    expect(
      await models.learnedOf(
        "a",
        learned.map((id) => String(BigInt(id) ^ 1n)),
      ),
    ).toEqual([]);
  });

  test("a first commit of very many ids is packed as well", async () => {
    const { redis, models, learn, buckets } = await open();

    const learned = await learn(5000, DAY, 5000);

    expect(await models.learnedOf("a", learned)).toEqual(learned);
    expect(new Set(buckets().map((key) => redis.cli("OBJECT", "ENCODING", key)))).toEqual(new Set(["intset"]));
  });

  test("ids are kept in a few epochs however long learning goes on, and every id within its window is known", async () => {
    const { redis, models, clock, learn } = await open();
    const learned: string[][] = [];

    for (let day = 0; day < 40; day++) {
      learned.push(await learn(3));
      clock.advance(DAY);
    }

    expect(await models.learnedOf("a", learned.slice(-7).flat())).toEqual(learned.slice(-7).flat());
    expect(await models.learnedOf("a", learned.slice(0, 29).flat())).toEqual([]);
    const { epochs } = JSON.parse(redis.cli("HGET", "{a}:state:1", "ids"));
    expect(epochs.length).toBeLessThanOrEqual(4);
  });

  test("a longer window holds for new ids, and older ids are kept as long as before", async () => {
    const { models, clock, learn } = await open();
    const [first, longer] = [await learn(3, 2 * HOUR), await learn(3, 30 * DAY)];

    clock.advance(2 * HOUR - 1);
    expect(await models.learnedOf("a", [...first, ...longer])).toEqual([...first, ...longer]);
    clock.advance(30 * DAY - 2 * HOUR);

    expect(await models.learnedOf("a", [...first, ...longer])).toEqual(longer);
  });

  test("epochs that one id made wide become narrow again within two days and a half, and no id is forgotten early", async () => {
    const { redis, models, clock, learn } = await open();
    const width = () => JSON.parse(redis.cli("HGET", "{a}:state:1", "ids")).width as number;
    await learn(3);
    expect(width()).toBe((8 * 24) / 2);
    await learn(1, 3650 * DAY);
    expect(width()).toBeGreaterThan(24 * 365);

    const learned: string[][] = [];
    for (let hour = 0; hour < 60; hour += 5) {
      learned.push(await learn(2));
      clock.advance(5 * HOUR);
    }

    expect(width()).toBe((8 * 24) / 2);
    expect(await models.learnedOf("a", learned.flat())).toEqual(learned.flat());
    expect(Number(redis.cli("PTTL", `{a}:ids:1:${await lastEpoch(redis)}:0`))).toBeLessThan(13 * DAY);
  });

  test("every bucket of ids has a time to live past its end, and no two have the same", async () => {
    const { redis, learn, buckets } = await open();
    await learn(2000);

    const ttls = buckets().map((key) => Number(redis.cli("PTTL", key)));

    // Kept for eight days, in epochs of four, and half a day and a margin at the most beyond these.
    for (const ttl of ttls) {
      expect(ttl).toBeGreaterThan(8 * DAY);
      expect(ttl).toBeLessThan(12 * DAY + 15 * HOUR);
    }
    expect(new Set(ttls.map((ttl) => Math.round(ttl / 1000))).size).toBe(ttls.length);
  });

  test("a join record and its counters are removed by themselves, some time after they expire", async () => {
    const { redis, observe, joins } = await open();
    await observe("k");
    await joins.putServed("p", "k", { generation: "1", version: 1, model: "m", values: { m: 1 } });

    const keys = redis.cli("--scan", "--pattern", "{p/j*").split("\n");
    const ttls = keys.map((key) => Number(redis.cli("PTTL", key)));

    expect(keys).toHaveLength(2);
    for (const ttl of ttls) expect(ttl).toBeGreaterThan(WINDOW);
    for (const ttl of ttls) expect(ttl).toBeLessThan(WINDOW + 30 * HOUR);
  });

  test("the head of a large model is answered without its state", async () => {
    const { redis, models } = await open();
    const commit = commitOf({ state: "x".repeat(100_000) });
    await models.commit("a", commit);
    const sent = () => Number(/total_net_output_bytes:(\d+)/.exec(redis.cli("INFO", "stats"))?.[1]);
    const before = sent();

    for (let i = 0; i < 20; i++) expect(await models.head("a")).toMatchObject({ revision: commit.revision });

    expect(sent() - before).toBeLessThan(50_000);
  });

  test("the puts of one turn go out together", async () => {
    const { redis, observe, check } = await open();
    await check();
    const reads = () => Number(/total_reads_processed:(\d+)/.exec(redis.cli("INFO", "stats"))?.[1]);
    await observe("first");
    const before = reads();

    await Promise.all(Array.from({ length: 100 }, (_, n) => observe(`k${n}`)));

    expect(reads() - before).toBeLessThan(20);
  });

  test("the history keeps its last ten thousand points, and drops those before at each hundredth version", async () => {
    const { redis, models } = await open();
    const first = commitOf({ history: "first" });
    await models.commit("a", first);
    redis.cli("HSET", "{a}:state:1", "version", "99");
    redis.cli("EVAL", "for i = 1, 9999 do redis.call('LPUSH', KEYS[1], i .. ' x') end", "1", "{a}:history:1");

    await models.commit("a", commitOf({ expectedRevision: first.revision, history: "last" }));

    const points = await models.history("a", 20_000);
    expect(points).toHaveLength(10_000);
    expect(points[0]).toEqual({ version: 100, point: "last" });
    expect(points.some(({ point }) => point === "first")).toBe(false);
  });

  test("a set whose name has braces is like any other", async () => {
    const { models } = await open();

    for (const set of ["}", "{x}y", "p/%7B", "a b", "é"]) {
      expect(await models.commit(set, commitOf({ state: set, revision: newRevision() }))).toMatchObject({ version: 1 });
    }

    expect(await models.sets()).toEqual(["a b", "p/%7B", "{x}y", "}", "é"]);
    expect(await models.load("{x}y")).toMatchObject({ state: "{x}y" });
  });

  test("a reserved slot is asked for once: an event of a known set costs no round trip", async () => {
    const { redis, models } = await open();
    const asked = () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(redis.cli("INFO", "commandstats"))?.[1] ?? 0);
    for (const set of ["p/a", "p/b"]) await models.reserve(set, 2);
    await models.commit("p/c", commitOf());
    const before = asked();

    for (const set of ["p/a", "p/b", "p/c", "p/a"]) expect(await models.reserve(set, 2)).toBe(true);

    expect(asked()).toBe(before);
    expect(await models.reserve("p/d", 2)).toBe(false);
    expect(asked()).toBe(before + 1);
    expect(redis.cli("ZCARD", "wadi:sets")).toBe("3");
  });
});
