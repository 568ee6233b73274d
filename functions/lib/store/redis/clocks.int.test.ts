// Processes whose clocks are wrong: what has expired in a Redis is decided by its own clock alone.

import { describe, expect, onTestFinished, test } from "vitest";
import { hasRedisServer, startRedis } from "../fixtures/redis-server.ts";
import { commitOf, HOUR } from "../store-under-test.contract.ts";
import { openRedisStore } from "./redis.ts";

const DAY = 24 * HOUR;
const WINDOW = 30 * DAY;

async function open() {
  const redis = await startRedis();
  /** A handle of a process whose clock is so much ahead. */
  const another = (aheadMs: number) => {
    const store = openRedisStore(redis.address(), { now: () => Date.now() + aheadMs, joinWindowMs: () => WINDOW });
    onTestFinished(() => store.close());
    return store;
  };
  /** Everything with a time to live, and how many minutes that is. */
  const minutesToLive = () => {
    const keys = redis.cli("--scan").split("\n").filter(Boolean).sort();
    return keys.map((key) => [key, Math.round(Number(redis.cli("PTTL", key)) / 60_000)]);
  };
  return { redis, right: another(0), another, minutesToLive };
}

type Store = ReturnType<Awaited<ReturnType<typeof open>>["another"]>;

const kept = (...ids: readonly number[]) => ids.map((id) => ({ id: String(id), expiresAt: Date.now() + 8 * DAY }));
const observe = (store: Store, key: string) =>
  store.joins.putObservation({
    ...{ pipeline: "p", key, source: "/s", id: key, learnedId: "1", set: "p" },
    ...{ time: 0, recordedTime: Date.now(), x: { a: 1 } },
  });
const tell = (store: Store, key: string) =>
  store.joins.putLabel({ pipeline: "p", key, eventId: "l", recordedTime: Date.now(), y: 1 });

describe.runIf(hasRedisServer)("a process whose clock is wrong", { timeout: 60_000 }, () => {
  test.each([40, -40])("by %i days forgets no learned id, and knows those of the others", async (days) => {
    const { right, another } = await open();
    const wrong = another(days * DAY);
    const [first, second] = [commitOf({ ids: kept(1, 2) }), commitOf({ ids: kept(3) })];

    await right.models.commit("a", first);
    expect(await wrong.models.learnedOf("a", ["1", "2"])).toEqual(["1", "2"]);
    await wrong.models.commit("a", { ...second, expectedRevision: first.revision });

    for (const { models } of [right, wrong]) {
      expect(await models.learnedOf("a", ["1", "2", "3"])).toEqual(["1", "2", "3"]);
      expect((await models.learnedPage("a")).ids).toHaveLength(3);
      const again = commitOf({ expectedRevision: second.revision, ids: kept(1, 2, 3) });
      expect(await models.commit("a", again)).toEqual({ outcome: "duplicate", learned: ["1", "2", "3"] });
    }
  });

  test.each([40, -40])("by %i days joins labels and counts as all others do", async (days) => {
    const { right, another } = await open();
    const wrong = another(days * DAY);

    await observe(right, "there");
    await observe(wrong, "here");

    expect(await tell(wrong, "there")).toMatchObject({ outcome: "joined" });
    expect(await tell(right, "here")).toMatchObject({ outcome: "joined" });
    const counted = { opened: 2, joined: 2, expiredUnlabelled: 0, orphanedLabels: 0 };
    for (const { joins } of [right, wrong]) expect(await joins.counts("p")).toEqual(counted);
  });

  test.each([40, -40])("by %i days keeps and respects a hold for as long as it is", async (days) => {
    const { right, another } = await open();
    const wrong = another(days * DAY);
    await right.models.commit("a", commitOf());

    expect(await right.models.hold("a", "mine", HOUR)).toBe(true);
    expect(await wrong.models.hold("a", "another", HOUR)).toBe(false);
    expect(await wrong.models.commit("a", commitOf())).toMatchObject({ outcome: "held" });
    await right.models.release("a", "mine");

    expect(await wrong.models.hold("a", "another", 1)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await right.models.hold("a", "mine", HOUR)).toBe(true);
  });

  test("writes what one whose clock is right writes, with the same times to live", async () => {
    const written = [];
    for (const days of [0, 40, -40, 36_500]) {
      const { another, minutesToLive } = await open();
      const store = another(days * DAY);
      const before = Date.now();
      const commit = commitOf({ ids: kept(1, 2, 3), state: "{}", history: "{}" });
      await store.models.commit("a", commit);
      await store.models.addLearned("a", "new", kept(4, 5));
      await observe(store, "k");
      await tell(store, "waiting");
      await store.models.rollback("a", { snapshot: commit.revision, revision: "0" });
      const [snapshot] = await store.models.snapshots("a");
      written.push(minutesToLive());
      if (snapshot !== undefined) expect(Math.abs(snapshot.time - before)).toBeLessThan(60_000);
    }

    for (const one of written) {
      expect(one.map(([key]) => key)).toEqual(written[0]?.map(([key]) => key));
      for (const [i, [key, minutes]] of one.entries()) {
        const apart = Math.abs(Number(minutes) - Number(written[0]?.[i]?.[1])) * 60_000;
        // Ids are kept in epochs of four days, and the runs may lie on both sides of an hour.
        expect(apart, `${key}`).toBeLessThan(5 * DAY);
      }
    }
  });
});
