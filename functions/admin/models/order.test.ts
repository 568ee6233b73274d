import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../lib/clock.ts";
import { RejectedError, UnavailableError } from "../../lib/errors.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import type { ModelStore } from "../../lib/store/store.ts";
import { newRevision } from "../../lib/store/store-under-test.contract.ts";
import { createOrder, type Sort } from "./order.ts";

function pipelineOf(name: string, task: string, metrics: string): Pipeline {
  const type = task === "binary" ? "boolean" : "double";
  return parsePipeline(
    `name: ${name}
description: a test
event: { schemas: { 1: { type: record, name: P, fields: [ { name: a, type: double }, { name: y, type: [ 'null', ${type} ], default: null } ] } } }
target: { field: y, task: ${task} }
labelHorizon: 1h
features: [ { from: a, as: number } ]
models: { first: [ ${task === "binary" ? "prior-classifier" : "mean-regressor"} ], second: [ ${task === "binary" ? "no-change-classifier" : "median-regressor"} ] }
serve: first
metrics: ${metrics}
`,
    `${name}.yaml`,
  );
}

const PIPELINES = new Map([
  ["p", pipelineOf("p", "regression", "[ mae, r2, { rolling: mae, over: 10 } ]")],
  ["c", pipelineOf("c", "binary", "[ accuracy ]")],
]);

type Metrics = Readonly<Record<string, number>>;

function begin() {
  const clock = manualClock(1_000_000);
  const store = openSqliteStore(":memory:", { now: () => clock.now(), joinWindowMs: () => 1 });
  onTestFinished(() => store.close());
  const { models } = store;
  const commit = async (set: string, time: number, first: Metrics, more: object = {}) => {
    const head = await models.head(set);
    const history = JSON.stringify({ time, count: 1, metrics: { first, second: { mae: 1000 } }, ...more });
    const made = { generation: head.generation, expectedRevision: head.revision, revision: newRevision(), history };
    await models.commit(set, { ...made, state: "{}", ids: [] });
  };
  return { clock, models, commit, ordered: createOrder(models, PIPELINES, clock) };
}

type Ordered = ReturnType<typeof begin>["ordered"];

async function paged(ordered: Ordered, sort: Sort, limit: number, between?: () => Promise<void>): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await ordered({ sort, limit, ...(after !== undefined && { after }) });
    found.push(...page.sets);
    after = page.next;
    await between?.();
  }
  return found;
}

test("the worst come first by the rolling score of the champion, whatever better means for it; without a score they come last", async () => {
  const { commit, ordered } = begin();
  await commit("p/good", 1, { mae: 90, mae_rolling_10: 1 });
  await commit("p/bad", 1, { mae: 1, mae_rolling_10: 9 });
  await commit("p/infinite", 1, { mae: 1, mae_rolling_10: Number.MAX_VALUE });
  await commit("p/none", 1, {});
  await commit("p/pinned", 1, { mae_rolling_10: 1 }, { serves: "second" });
  await commit("c/right", 1, { accuracy: 0.9 });
  await commit("c/wrong", 1, { accuracy: 0.2 });

  const sorted = async (prefix: string) => (await ordered({ sort: "worst", prefix, limit: 10 })).sets;

  expect(await sorted("p/")).toEqual(["p/infinite", "p/pinned", "p/bad", "p/good", "p/none"]);
  expect(await sorted("c/")).toEqual(["c/wrong", "c/right"]);
});

test("the newest and the longest silent are told by the last commit; what has no history comes last in both", async () => {
  const { commit, models, ordered } = begin();
  await commit("p/b", 20, {});
  await commit("p/a", 20, {});
  await commit("p/c", 10, {});
  await commit("p/c", 30, {});
  await models.commit("p/0", { generation: "1", expectedRevision: "", revision: newRevision(), state: "{}", ids: [] });

  expect((await ordered({ sort: "newest", limit: 10 })).sets).toEqual(["p/c", "p/a", "p/b", "p/0"]);
  expect((await ordered({ sort: "silent", limit: 10 })).sets).toEqual(["p/a", "p/b", "p/c", "p/0"]);
});

test("page by page each set comes once, in order, and so does each that is not committed to meanwhile", async () => {
  const scores = fc.array(fc.option(fc.constantFrom(-1e308, -0.5, 0, 0.1, 1, 1e-7, 16.02, 1e21)), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(scores, fc.integer({ min: 1, max: 5 }), fc.nat(11), async (all, limit, mover) => {
      const { commit, ordered, clock } = begin();
      const nameOf = (i: number) => `p/:${i},é "`;
      for (const [i, mae] of all.entries()) await commit(nameOf(i), 1, mae === null ? {} : { mae });
      const expected = all
        .map((mae, i) => ({ mae: mae ?? Number.NEGATIVE_INFINITY, name: nameOf(i) }))
        .sort((a, b) => (a.mae === b.mae ? (a.name < b.name ? -1 : 1) : b.mae - a.mae))
        .map(({ name }) => name);

      expect(await paged(ordered, "worst", limit)).toEqual(expected);

      let moves = 0;
      const moved = nameOf(mover % all.length);
      const seen = await paged(ordered, "worst", limit, async () => {
        clock.advance(100_000);
        if (moves++ < 20) await commit(moved, 2, { mae: moves % 2 === 0 ? 1e300 : -1e300 });
      });
      expect(seen.filter((name) => name !== moved)).toEqual(expected.filter((name) => name !== moved));
    }),
    { numRuns: 40 },
  );
});

test.each(["p/a", "x:p/a", "1:", "NaN:p/a", "0x1:p/a", "1e999999999999:p/a".replace("e999", "e+-999"), ""])(
  "%j is no cursor, and is refused with the cure",
  async (after) => {
    const { commit, ordered } = begin();
    await commit("p/a", 1, {});

    await expect(ordered({ sort: "worst", after, limit: 1 })).rejects.toThrow(RejectedError);
  },
);

/** The store, and how often histories were read. */
function counted(models: ModelStore) {
  const reads = { count: 0, away: false };
  const port: ModelStore = {
    ...models,
    history: async (set, limit) => {
      reads.count++;
      if (reads.away) throw new UnavailableError("store-unavailable", "away");
      return models.history(set, limit);
    },
  };
  return { reads, port };
}

test("what was read is kept for some seconds, by many who ask at once, too; a failure is not kept", async () => {
  const { commit, models, clock } = begin();
  for (const set of ["p/a", "p/b", "p/c"]) await commit(set, 1, { mae: 1 });
  const { reads, port } = counted(models);
  const ordered = createOrder(port, PIPELINES, clock);
  const ask = () => ordered({ sort: "worst", limit: 2 });

  reads.away = true;
  await expect(Promise.all([ask(), ask()])).rejects.toThrow("away");
  reads.away = false;
  reads.count = 0;
  await Promise.all([ask(), ask(), ordered({ sort: "silent", limit: 1 })]);
  clock.advance(2_999);
  await ask();
  expect(reads.count).toBe(3);

  await commit("p/c", 2, { mae: 9 });
  clock.advance(1);
  const again = await Promise.all([ask(), ask()]);
  expect(again.map(({ sets }) => sets)).toEqual(Array(2).fill(["p/c", "p/a"]));
  expect(reads.count).toBe(6);
});

test("many who sort many sets at once are asked to wait", async () => {
  const { commit, models, clock } = begin();
  await commit("p/a", 1, { mae: 1 });
  const ordered = createOrder(models, PIPELINES, clock);

  const asked = ["", "a", "b", "c", "d"].map((prefix) => ordered({ sort: "worst", prefix, limit: 1 }));

  const failed = (await Promise.allSettled(asked)).map(({ status }) => status === "rejected");
  expect(failed).toEqual([false, false, false, false, true]);
  await expect(asked[4]).rejects.toMatchObject({ code: "busy" });
});

test("what took long to read is kept ten times as long", async () => {
  const { commit, models, clock } = begin();
  await commit("p/a", 1, { mae: 1 });
  const { reads, port } = counted(models);
  const slow: ModelStore = {
    ...port,
    async sets(page) {
      clock.advance(2_000);
      return models.sets(page);
    },
  };
  const ordered = createOrder(slow, PIPELINES, clock);
  const ask = () => ordered({ sort: "worst", limit: 2 });

  await ask();
  clock.advance(19_999);
  await ask();
  expect(reads.count).toBe(1);

  // As old as that it still answers, and is read anew meanwhile.
  await commit("p/b", 2, { mae: 9 });
  clock.advance(1);
  expect((await ask()).sets).toEqual(["p/a"]);
  await expect.poll(() => reads.count).toBe(3);
  await new Promise(setImmediate);
  expect((await ask()).sets).toEqual(["p/b", "p/a"]);

  // Twice as old it does not.
  await commit("p/c", 3, { mae: 99 });
  clock.advance(40_000);
  expect((await ask()).sets).toEqual(["p/c", "p/b"]);
});

test("ten thousand sets are sorted, and others have their turn meanwhile", async () => {
  const { commit, ordered } = begin();
  for (let i = 0; i < 10_000; i++) await commit(`p/${i}`, i, { mae: (i * 7919) % 10_007 });
  let turns = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; turns++) await new Promise(setImmediate);
  })();

  const { sets, next } = await ordered({ sort: "silent", limit: 3 });
  isOver = true;
  await others;

  expect(sets).toEqual(["p/0", "p/1", "p/2"]);
  expect(next).toBe("2:p/2");
  expect(turns).toBeGreaterThan(20);
}, 60_000);

test("more sets than are sorted are refused, with the cure", async () => {
  const { models, clock } = begin();
  const many = { ...models, sets: async () => Array.from({ length: 100_001 }, (_, i) => `p/${i}`) };

  await expect(createOrder(many, PIPELINES, clock)({ sort: "worst", limit: 1 })).rejects.toThrow(/\(prefix\)/);
});
