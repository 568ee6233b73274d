// Commits of many model sets in one call of a real Redis: each is answered by itself, and whatever becomes of the call, each
// is made once.

import { describe, expect, test } from "vitest";
import type { Commit } from "../commit.ts";
import { counted, countedIn, learnIds } from "../fixtures/counter.ts";
import { hasRedisServer, pause, startRedis } from "../fixtures/redis-server.ts";
import { proxyBefore } from "../fixtures/tcp-proxy.ts";
import { ids, open, refusalOf, SECRET_STATE, untilAnswered } from "../fixtures/unwell-redis.ts";
import { commitOf, newRevision } from "../store-under-test.contract.ts";
import { createKeys } from "./keys.ts";

const range = (count: number) => Array.from({ length: count }, (_, n) => n);
const sets = range(100).map((n) => `set-${n}`);
const NOTHING = counted({ count: 0, sum: "0" }, []);

async function start() {
  const redis = await startRedis();
  const store = open(redis.address());
  await store.check();
  /** How many calls of scripts `work` takes. */
  const callsOf = async (work: () => Promise<unknown>) => {
    redis.cli("CONFIG", "RESETSTAT");
    await work();
    const stats = redis.cli("INFO", "commandstats");
    return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
  };
  return { redis, store, ...store, callsOf };
}

describe.runIf(hasRedisServer)("commits of many sets in one call", { tags: ["redis"] }, () => {
  test("are committed, held, refused and told from duplicates one by one, in few calls", async () => {
    const { models, callsOf } = await start();
    const bases = sets.map(() => commitOf({ state: "s", ids: ids(1) }));
    await Promise.all(sets.map((set, n) => models.commit(set, bases[n] as Commit)));
    await models.hold("set-3", "mine", 60_000);
    const frames = sets.map((_, n) => {
      const { state: _state, ...frame } = commitOf({ expectedRevision: bases[n]?.revision ?? "", ids: ids(2) });
      return { ...frame, entry: `e${n}`, expectedVersion: 1, history: "{}" };
    });
    const commits: Record<string, Commit> = Object.fromEntries(sets.map((set, n) => [set, frames[n] as Commit]));
    commits["set-5"] = { ...(frames[5] as Commit), expectedRevision: newRevision() };
    commits["set-7"] = { ...(frames[7] as Commit), ids: ids(9, 1) };
    commits["none"] = { ...(frames[0] as Commit), expectedRevision: "" };
    commits["set-9"] = bases[9] as Commit;
    const answers: Record<string, unknown> = {};

    const calls = await callsOf(() =>
      Promise.all(
        Object.entries(commits).map(async ([set, commit]) => {
          answers[set] = await models.commit(set, commit).catch((error: Error) => error);
        }),
      ),
    );

    expect(calls).toBe(2);
    const { "set-3": held, "set-5": conflict, "set-7": duplicate, "set-9": again, none, ...others } = answers;
    expect(held).toEqual({ outcome: "held", until: expect.any(Number) });
    const current = { generation: "1", version: 1, revision: bases[5]?.revision, base: "s", tail: [] };
    expect(conflict).toEqual({ outcome: "conflict", current, learned: [] });
    expect(duplicate).toEqual({ outcome: "duplicate", learned: ["1"] });
    expect(again).toEqual({ outcome: "committed", version: 1 });
    expect(none).toBeInstanceOf(RangeError);
    expect(Object.keys(others)).toHaveLength(sets.length - 4);
    for (const [set, answer] of Object.entries(others)) {
      expect(answer).toEqual({ outcome: "committed", version: 2 });
      expect(await models.loadSince(set)).toMatchObject({ version: 2, base: "s", tail: [`e${set.slice(4)}`] });
      expect(await models.history(set, 9)).toEqual([{ version: 2, point: "{}" }]);
      expect(await models.learnedCount(set)).toBe(2);
    }
    for (const set of ["set-3", "set-5", "set-7", "set-9"]) {
      expect(await models.loadSince(set)).toMatchObject({ version: 1, base: "s", tail: [] });
      expect(await models.learnedCount(set)).toBe(1);
    }
  });

  test("by two writers that meet in every set: what each learns is learned once", async () => {
    const { redis, store } = await start();
    const stores = [store, open(redis.address())];
    const numbers = range(8);

    await Promise.all(
      stores.flatMap(({ models }, writer) =>
        sets.map(async (set) => {
          for (const n of writer === 0 ? numbers : numbers.toReversed()) {
            await learnIds(models, set, ids(n), newRevision);
          }
        }),
      ),
    );

    for (const set of sets) {
      const model = await store.models.load(set);
      expect(countedIn(model)).toEqual(counted(NOTHING, numbers.map(String)));
      expect(await store.models.learnedCount(set)).toBe(numbers.length);
      expect(model.version).toBe(numbers.length);
    }
  });

  test("go on where one of the sets is damaged, and are made once", async () => {
    const { redis, models } = await start();
    redis.cli("SET", createKeys("").set("set-50").replace(/set$/, "state:1"), "no hash");

    const answers = await Promise.allSettled(
      sets.map((set) => models.commit(set, commitOf({ history: "{}", ids: ids(1) }))),
    );

    for (const [n, answer] of answers.entries()) {
      if (n === 50) expect(String((answer as PromiseRejectedResult).reason)).toMatch(/WRONGTYPE/);
      else expect(answer).toEqual({ status: "fulfilled", value: { outcome: "committed", version: 1 } });
    }
    for (const set of sets.filter((_, n) => n !== 50)) {
      expect(await models.history(set, 9)).toHaveLength(1);
      expect(await models.learnedCount(set)).toBe(1);
    }
  });

  test("are refused whole by a Redis that is out of memory, and all go on when it has room", async () => {
    const { redis, models } = await start();
    const commits = sets.map(() => commitOf({ state: SECRET_STATE, ids: ids(1), history: "{}" }));
    const commitAll = () => sets.map((set, n) => models.commit(set, commits[n] as Commit));
    redis.cli("CONFIG", "SET", "maxmemory", "1");

    const refusals = await Promise.all(commitAll().map(refusalOf));

    for (const { message } of refusals) expect(message).toMatch(/it is out of memory; raise its maxmemory/);
    for (const set of sets) expect(await models.head(set)).toMatchObject({ version: 0 });
    redis.cli("CONFIG", "SET", "maxmemory", "0");
    for (const answer of await Promise.all(commitAll())) expect(answer).toEqual({ outcome: "committed", version: 1 });
  });

  test("are made once by a Redis that runs out of memory again and again", async () => {
    const { redis, models } = await start();
    const numbers = range(12);
    let refused = 0;
    const work = Promise.all(
      sets.map(async (set) => {
        for (const n of numbers) {
          await untilAnswered(() =>
            learnIds(models, set, ids(n), newRevision).catch((error: unknown) => {
              refused++;
              throw error;
            }),
          );
        }
      }),
    );
    for (const _ of range(5)) {
      redis.cli("CONFIG", "SET", "maxmemory", "1");
      await pause(30);
      redis.cli("CONFIG", "SET", "maxmemory", "0");
      await pause(30);
    }
    await work;

    expect(refused).toBeGreaterThan(0);
    for (const set of sets) {
      const model = await models.load(set);
      expect(countedIn(model)).toEqual(counted(NOTHING, numbers.map(String)));
      expect(model.version).toBe(numbers.length);
    }
  });

  test("are recognised where the answer to their call was lost", async () => {
    const redis = await startRedis();
    const proxy = await proxyBefore(redis.port);
    const { models, check } = open({ ...redis.address(), nodes: [{ host: "127.0.0.1", port: proxy.port }] });
    await check();
    const commits = sets.map(() => commitOf({ ids: ids(1), history: "{}" }));
    const lost = proxy.loseAnswerOf(commits[20]?.revision ?? "");

    const answers = Promise.all(sets.map((set, n) => models.commit(set, commits[n] as Commit)));
    await lost;

    for (const answer of await answers) expect(answer).toEqual({ outcome: "committed", version: 1 });
    for (const set of sets) expect(await models.history(set, 9)).toHaveLength(1);
  });

  test("are on disk also behind one that was refused, or that told its turn, in the same call", async () => {
    const { redis, models, callsOf } = await start();
    await models.commit("set-0", commitOf());

    // The first one meets a conflict, and every other one leaves a hint, which is not logged.
    const calls = await callsOf(() =>
      Promise.all(sets.slice(0, 50).map((set, n) => models.commit(set, { ...commitOf(), turnMs: n % 2 }))),
    );
    await redis.kill();
    await redis.start();

    expect(calls).toBe(1);
    for (const set of sets.slice(0, 50)) {
      expect(await untilAnswered(() => models.head(set))).toMatchObject({ version: 1 });
    }
  });
});
