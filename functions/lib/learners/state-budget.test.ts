import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../pipeline/parse.ts";
import { createModelSet } from "./model-set.ts";
import type { LabelledExample, ModelSetState } from "./model-set-state.ts";
import { Slots } from "./slots.ts";
import { StateBudget } from "./state-budget.ts";

const RIDES = parsePipeline(
  JSON.stringify({
    name: "rides",
    event: {
      schemas: {
        1: {
          type: "record",
          name: "Ride",
          fields: [
            { name: "rider", type: "string" },
            { name: "distance", type: "double" },
            { name: "minutes", type: "double" },
          ],
        },
      },
    },
    target: { field: "minutes", task: "regression" },
    features: [
      { from: "rider", as: "one-hot" },
      { from: "distance", as: "number" },
    ],
    models: {
      linear: [{ "standard-scaler": { only: "numbers" } }, { "linear-regression": { optimizer: "adagrad" } }],
      mean: ["mean-regressor"],
    },
    serve: "linear",
    metrics: ["mae"],
  }),
  "rides.yaml",
);
const ride = (rider: number, y = rider % 7): LabelledExample => ({
  x: { [`rider_${rider}`]: 1, distance: rider % 5 },
  y,
});
const rides = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ride(from + i));

/** Learned in groups of these sizes, with JSON between where the state is opened anew after each. */
function learned(examples: readonly LabelledExample[], maxBytes: number, groups: readonly number[], anew = false) {
  const set = createModelSet(RIDES, maxBytes);
  let live = set.open(set.init(1));
  let from = 0;
  for (const size of [...groups, examples.length]) {
    live.learn(examples.slice(from, from + size), "1");
    from += size;
    if (anew) live = set.open(JSON.parse(JSON.stringify(live.close(1))) as ModelSetState);
  }
  return live.close(1);
}

test("however many values come, the state stays about as large as its limit", () => {
  const state = learned(rides(0, 20_000), 200_000, []);

  // Half of it is the share of the other model.
  expect(JSON.stringify(state).length).toBeLessThan(110_000);
  expect(JSON.stringify(state).length).toBeGreaterThan(50_000);
});

test("what is known goes on learning, what is new is left out and counted, and predictions go on", () => {
  const set = createModelSet(RIDES, 20_000);
  const live = set.open(set.init(1));
  live.learn(rides(0, 1000), "1");
  const before = live.predict(ride(3).x);

  const told = live.learn([ride(3, 90), ride(9000, 90), ride(9001, 90)], "1");

  expect(told).toMatchObject({ served: 0, skipped: {}, leftOut: { linear: 2 } });
  expect(live.predict(ride(3).x)["linear"]).toBeGreaterThan(before["linear"] as number);
  expect(live.predict(ride(9000).x)).toEqual(live.predict({ distance: 0 }));
  const { linear, mean } = live.close(1).models;
  expect(linear).toMatchObject({ n: 1003, skipped: 0 });
  expect(linear?.leftOut).toBeGreaterThan(2);
  expect(mean).not.toHaveProperty("leftOut");
});

test("what is left out depends on the order of the examples alone, not on groups or on when it was opened", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 6 });
  const riders = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 150 });
  const text = (state: ModelSetState) => JSON.stringify(state);
  fc.assert(
    fc.property(riders, sizes, fc.integer({ min: 0, max: 10_000 }), (list, groups, maxBytes) => {
      const examples = list.map((rider) => ride(rider));

      const atOnce = learned(examples, maxBytes, []);

      expect(text(learned(examples, maxBytes, groups))).toBe(text(atOnce));
      expect(text(learned(examples, maxBytes, groups, true))).toBe(text(atOnce));
    }),
    { numRuns: 50 },
  );
});

test("an example that diverges after names were left out changes nothing of what is left out", () => {
  const examples = [...rides(0, 40), { x: { distance: 1e308 }, y: 1000 }, ...rides(40, 80)];

  const state = learned(examples, 4000, []);

  expect(state.models["linear"]).toMatchObject({ skipped: 1 });
  expect(JSON.stringify(state)).toBe(JSON.stringify(learned(examples, 4000, [41, 1, 7], true)));
});

test("where the limit is lowered below what is there, all of it stays", () => {
  const state = learned(rides(0, 100), 100_000, []);
  const smaller = createModelSet(RIDES, 1000);

  const live = smaller.open(state);
  const told = live.learn([ride(5), ride(500)], "1");

  expect(told.leftOut).toEqual({ linear: 1 });
  expect(JSON.stringify(live.close(1).models["linear"]?.chain)).toContain("rider_99");
});

describe("a budget", () => {
  const names = fc.array(fc.string({ unit: "binary" }), { maxLength: 20 });

  test("is charged the same for names that are there and for the same names one after the other", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ unit: "binary" })),
        names,
        fc.integer({ max: 2000 }),
        (some, more, bytes) => {
          const oneByOne = new StateBudget(bytes);
          const taken = some.filter((name) => oneByOne.take(name, 2));
          const atOnce = new StateBudget(bytes);
          atOnce.charge(taken, 2);

          for (const name of more) expect(atOnce.take(name, 1)).toBe(oneByOne.take(name, 1));
        },
      ),
    );
  });

  test("that is spent refuses a name each time it comes, and counts that", () => {
    const budget = new StateBudget(60);
    const slots = new Slots([], { budget, numbersPerName: 2 });

    const first = [...slots.claim(["a", "b"])];
    const second = [...slots.claim(["b", "a"])];

    expect([first, second]).toEqual([
      [0, Slots.UNSEEN],
      [Slots.UNSEEN, 0],
    ]);
    expect(budget.refused).toBe(2);
  });
});
