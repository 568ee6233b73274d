// The champion on its way: chosen with the commit, told in model.updated and in the history, the same for all writers.

import { afterEach, describe, expect, test } from "vitest";
import type { Event, ModelUpdatedData } from "../lib/events/vocabulary.ts";
import { createModelSet } from "../lib/learners/model-set.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, learner, open, range, wrapped, yaml } from "./fixtures/line.ts";

afterEach(closeAll);

const FAST = "{ linear-regression: { optimizer: { sgd: { learningRate: 0.1 } }, interceptLearningRate: 0.1 } }";
const BEST = yaml(`{ mean: [ mean-regressor ], line: [ ${FAST} ] }`).replace(
  "serve: line",
  "serve: { best: mae, over: 60, margin: 0.02, after: 40 }",
);

/** A line, and then what leaps, which the mean is better at. */
const at = (i: number) =>
  example(i, { x: { x: (i % 9) / 4 }, y: i < 200 ? 2 * (i % 9) + 5 : (i % 2) * 80 - 35, time: i });

async function stateIn({ models }: Store) {
  return JSON.parse((await models.load("line")).state) as ModelSetState;
}

const updates = (answers: readonly (Event | undefined)[]) =>
  answers.flatMap((answer) => (answer === undefined ? [] : [answer.data as ModelUpdatedData]));

describe("a change of the champion", () => {
  test("is told in the model.updated of its commit and in that version's history, and is in the state", async () => {
    const store = open();
    const { handle } = learner(store, BEST);

    const told = [];
    for (const i of range(60)) told.push(...updates([await handle(at(i))]));

    const changes = told.filter(({ champion }) => champion !== undefined);
    expect(changes).toMatchObject([{ version: 52, champion: { from: "mean", to: "line" } }]);
    expect(changes[0]?.champion?.why).toMatch(/^its mae over 52 examples is [\d.]+, that of mean [\d.]+$/);
    const points = (await store.models.history("line", 100)).map(({ version, point }) => {
      return { version, champion: (JSON.parse(point) as { champion?: unknown }).champion };
    });
    expect(points.filter(({ champion }) => champion !== undefined)).toEqual([
      { version: 52, champion: changes[0]?.champion },
    ]);
    expect((await stateIn(store)).champion).toBe("line");
  });

  test("comes at the same example whatever the groups are, to the bit", async () => {
    const states = [];
    for (const groupLimit of [1, 7, 256]) {
      const store = open();
      const { handle } = learner(store, BEST, { groupLimit });
      await Promise.all(range(400).map((i) => handle(at(i))));
      states.push(await stateIn(store));
    }

    expect(states[0]?.choice?.since).toBeLessThan(200);
    expect(states[1]).toEqual(states[0]);
    expect(states[2]).toEqual(states[0]);
  });
});

test("two writers that race choose what one alone would have chosen from the examples in the order of the commits", async () => {
  const store = open();
  const order: string[] = [];
  const told: ModelUpdatedData[] = [];
  const ids = new Map(range(400).map((i) => [String(at(i)["learnedid"]), i]));
  const port = wrapped(store, {
    async commit(set, commit) {
      await new Promise(setImmediate); // the other one gets in between
      const answer = await store.models.commit(set, commit);
      if (answer.outcome === "committed") order.push(...commit.ids.map(({ id }) => id));
      return answer;
    },
  });
  const writers = range(2).map(() => learner(port, BEST, { groupLimit: 3 }));

  await Promise.all(
    writers.map(async ({ handle }, which) => {
      for (let from = which * 10; from < 400; from += 20) {
        told.push(...updates(await Promise.all(range(10).map((i) => handle(at(from + i))))));
      }
    }),
  );

  const { pipeline } = writers[0] as (typeof writers)[0];
  const set = createModelSet(pipeline);
  const alone = set.open(set.init(1));
  const changes = order.flatMap((id) => {
    const { x, y } = at(ids.get(id) as number).data as { x: { x: number }; y: number };
    const { champion } = alone.learn([{ x, y }], "1");
    return champion === undefined ? [] : [champion];
  });
  expect(order.length).toBe(400);
  expect(changes.length).toBeGreaterThan(0);
  const inOrder = told.sort((a, b) => a.version - b.version);
  expect(inOrder.flatMap(({ champion }) => champion ?? [])).toEqual(changes);
  const { champion, choice } = await stateIn(store);
  expect({ champion, choice }).toEqual({ champion: alone.champion, choice: alone.close(1).choice });
});
