// Several writers of one model set in a real Redis, each with more to learn than fits into a commit.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newNamespace, redisForTests } from "../lib/store/fixtures/redis-server.ts";
import { openRedisStore } from "../lib/store/redis.ts";
import type { RedisAddress } from "../lib/store/redis-address.ts";
import type { ModelStore } from "../lib/store/store.ts";
import { example, LINE, learner, range, rejection, stateOf, WINDOW } from "./fixtures/line.ts";

const redis = await redisForTests();

const openIn = (namespace: string) =>
  openRedisStore({ ...(redis as RedisAddress), namespace }, { now: Date.now, joinWindowMs: () => WINDOW });

/** Who committed, in the order of the answers. */
function noting(models: ModelStore, writer: number, commits: number[]) {
  const commit: ModelStore["commit"] = async (set, wanted) => {
    const answer = await models.commit(set, wanted);
    if (answer.outcome === "committed") commits.push(writer);
    return answer;
  };
  return { models: { ...models, commit } };
}

describe.runIf(redis)("writers of one model set in Redis", () => {
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

  test("who has always more to learn lets the others through: a few examples wait for a few turns, not for its end", async () => {
    const namespace = newNamespace();
    const stores = range(4).map(() => openIn(namespace));
    const commits: number[] = [];
    const learners = stores.map((store, writer) =>
      learner(noting(store.models, writer, commits), LINE, { groupLimit: 16 }),
    );
    const [busy, ...others] = learners.map(({ handle }) => handle);
    let stop = false;
    let last = 0;
    const lanes = range(64).map(async (lane) => {
      while (!stop) await busy?.(example(lane + 64 * last++));
    });

    for (const round of range(5)) {
      await Promise.all(others.map((handle, i) => handle(example(1e9 + 10 * round + i))));
    }
    stop = true;
    await Promise.all(lanes);

    for (const writer of range(4)) expect(commits).toContain(writer);
    for (const one of stores) await one.close();
  }, 60_000);
});
