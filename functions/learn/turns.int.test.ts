// Several writers of one model set in a real Redis, each with more to learn than fits into a commit.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../lib/clock.ts";
import { newNamespace, redisForTests } from "../lib/store/fixtures/redis-server.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import { example, LINE, learner, range, rejection, stateOf, WINDOW, wrapped } from "./fixtures/line.ts";

const redis = await redisForTests();

const openIn = (namespace: string) =>
  openRedisStore({ ...(redis as RedisAddress), namespace }, { now: Date.now, joinWindowMs: () => WINDOW });

describe.runIf(redis)("writers of one model set in Redis", { tags: ["redis"] }, () => {
  test("none gives up while the others commit, and every example is learned once", async () => {
    const work = fc.record({
      writers: fc.integer({ min: 2, max: 8 }),
      examples: fc.integer({ min: 1, max: 400 }),
      shared: fc.nat({ max: 40 }),
      groupLimit: fc.integer({ min: 8, max: 64 }),
    });
    await fc.assert(
      fc.asyncProperty(work, async ({ writers, examples, shared, groupLimit }) => {
        const namespace = newNamespace();
        const stores = range(writers).map(() => openIn(namespace));
        const learners = stores.map((store) => learner(store, LINE, { groupLimit, conflictBudgetMs: 5000 }));

        // The first of each writer's are those of all; the rest are its own.
        const numbered = (writer: number, i: number) => (i < shared ? i : 10_000 * (writer + 1) + i);
        const answers = learners.flatMap(({ handle }, writer) =>
          range(examples).map((i) => rejection(handle(example(numbered(writer, i))))),
        );

        expect(new Set(await Promise.all(answers))).toEqual(new Set([undefined]));
        const [{ pipeline }, store] = [learners[0] as (typeof learners)[0], stores[0] as (typeof stores)[0]];
        const distinct = new Set(range(writers).flatMap((w) => range(examples).map((i) => numbered(w, i)))).size;
        const { count, learned, models } = await stateOf(store, pipeline);
        expect({ count, learned, n: models["mean"]?.n }).toEqual({ count: distinct, learned: distinct, n: distinct });
        for (const one of stores) await one.close();
      }),
      { numRuns: 8 },
    );
  }, 60_000);

  test("a writer whose tries come after the other's next commit, each of them, gets through while the other rests", async () => {
    const namespace = newNamespace();
    const stores = [openIn(namespace), openIn(namespace)] as const;
    let resting = false;
    let moved = Promise.withResolvers<void>();
    const move = () => {
      moved.resolve();
      moved = Promise.withResolvers();
    };
    const clock: Clock = {
      now: systemClock.now,
      after(ms, run) {
        resting = true;
        move();
        return systemClock.after(ms, () => {
          resting = false;
          run();
        });
      },
    };
    const busyPort = wrapped(stores[0], {
      commit: (set, commit) => stores[0].models.commit(set, commit).finally(move),
    });
    const slowPort = wrapped(stores[1], {
      async commit(set, commit) {
        // The first answer may be to the commit that this one was computed on.
        for (const _ of range(2)) if (!resting) await moved.promise;
        return stores[1].models.commit(set, commit);
      },
    });
    const busy = learner(busyPort, LINE, { groupLimit: 64, clock });
    const slow = learner(slowPort, LINE, { conflictBudgetMs: 5000 });
    let sent = 0;
    let stop = false;
    const lanes = range(256).map(async () => {
      while (!stop) await busy.handle(example(sent++));
    });

    const refused = await rejection(slow.handle(example(1e9)));
    stop = true;
    await Promise.all(lanes);

    expect(refused).toBeUndefined();
    const { count, learned } = await stateOf(stores[0], busy.pipeline);
    expect({ count, learned }).toEqual({ count: sent + 1, learned: sent + 1 });
    for (const store of stores) await store.close();
  }, 60_000);
});
