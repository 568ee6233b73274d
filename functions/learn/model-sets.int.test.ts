// A thousand model sets side by side in a real Redis: learned by several processes, and by more than there may be.

import { describe, expect, onTestFinished, test } from "vitest";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Handle } from "../lib/serve/step.ts";
import { newNamespace, pause, redisForTests } from "../lib/store/fixtures/redis-server.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import type { Store } from "../lib/store/store.ts";
import { example, LINE, learner, range, rejection, WINDOW, wrapped } from "./fixtures/line.ts";

const redis = await redisForTests();

const SETS = 1000;
const per = (options: string) =>
  `${LINE.replace("{ name: x, type: double }", "{ name: x, type: double }\n        - { name: shop, type: string }")}modelPer: { field: shop${options} }\n`;
const of = (i: number, set: number) => example(i, { set: `line/s${set}` });

function opener() {
  const namespace = newNamespace();
  return () => {
    const options = { now: Date.now, joinWindowMs: () => WINDOW };
    const store = openRedisStore({ ...(redis as RedisAddress), namespace }, options);
    onTestFinished(() => store.close());
    return store;
  };
}

/** As a broker does it: an event that could not be handled for now comes again. So much at once may take a slow machine too long. */
async function deliver(handle: Handle | undefined, event: Event): Promise<void> {
  for (;;) {
    const code = await rejection(handle?.(event) ?? Promise.reject(new Error("no learner")));
    if (code === undefined) return;
    if (code !== "store-unavailable") throw new Error(code);
    await pause(50);
  }
}

async function countOf({ models }: Store, set: string): Promise<number> {
  return (JSON.parse((await models.load(set)).state) as { count: number }).count;
}

describe.runIf(redis)("model sets in Redis", { tags: ["redis"] }, () => {
  test("a thousand learn side by side, by two learners: each example once, and their commits go out together", async () => {
    const open = opener();
    const stores = [open(), open()] as const;
    let underWay = 0;
    let most = 0;
    const learners = stores.map((store) => {
      const port = wrapped(store, {
        commit(set, commit) {
          most = Math.max(most, ++underWay);
          return store.models.commit(set, commit).finally(() => underWay--);
        },
      });
      return learner(port, per(""));
    });

    // Each example comes to both, in a different order.
    const examples = range(3 * SETS).map((i) => of(i, i % SETS));
    const answers = [
      ...examples.map((one) => deliver(learners[0]?.handle, one)),
      ...examples.reverse().map((one) => deliver(learners[1]?.handle, one)),
    ];
    await Promise.all(answers);

    expect(most).toBeGreaterThan(SETS / 2);
    const { models } = stores[0];
    expect(await models.setCount("line/")).toBe(SETS);
    const names = await models.sets({ prefix: "line/" });
    const counts = await Promise.all(names.map((set) => countOf(stores[0], set)));
    expect(new Set(counts)).toEqual(new Set([3]));
    const ids = await Promise.all(names.map((set) => models.learnedCount(set)));
    expect(new Set(ids)).toEqual(new Set([3]));
  });

  test("a learner that keeps few of them open learns them all, each example once", async () => {
    const store = opener()();
    const { handle } = learner(store, per(""), { openSets: 20 });

    for (const round of range(3)) await Promise.all(range(200).map((set) => handle(of(round * 200 + set, set))));

    const counts = await Promise.all(range(200).map((set) => countOf(store, `line/s${set}`)));
    expect(new Set(counts)).toEqual(new Set([3]));
  });

  test("of several learners that each make the last ones, no more get through than there is room for", async () => {
    const open = opener();
    const learners = range(4).map(() => learner(open(), per(", most: 25")));

    // Every set comes to every learner.
    const work = range(100).flatMap((set) => learners.map(({ handle }, n) => rejection(handle(of(set * 4 + n, set)))));
    const answers = await Promise.all(work);

    const { models } = open();
    expect(await models.setCount("line/")).toBe(25);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(25 * 4);
    expect(new Set(answers)).toEqual(new Set([undefined, "too-many-models"]));
  });
});
