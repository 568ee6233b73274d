import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ChampionChange, Prediction } from "../events/vocabulary.ts";
import { type BestSpec, choiceState, type OpenChoice, openChoice, readBest } from "./champion.ts";
import type { Part } from "./learner.ts";
import { createModelSet, type ModelSetSpec } from "./model-set.ts";
import type { LabelledExample, ModelSetState } from "./model-set-state.ts";
import { SeededRandom } from "./seeded-random.ts";

const SPEC: BestSpec = { best: "mae", over: 100, margin: 0.02, after: 50 };

type Predictions = Readonly<Record<string, Prediction>>;

const opened = (spec: BestSpec, models = ["a", "b"]): OpenChoice => openChoice(spec, "a", choiceState(spec, models));

/** The changes, and after how many examples each was made. The truth is 0. */
function changesOf(choice: OpenChoice, examples: number, predictionsOf: (i: number) => Predictions) {
  const changes: (ChampionChange & { at: number })[] = [];
  for (let i = 0; i < examples; i++) {
    const predictions = predictionsOf(i);
    const change = choice.take(0, (model) => predictions[model] ?? null);
    if (change !== undefined) changes.push({ ...change, at: i + 1 });
  }
  return changes;
}

/** Around 0, small ones more often. */
const noise = (random: SeededRandom) => random.next() + random.next() + random.next() - 1.5;

test("a better model serves once there were enough examples, and says why", () => {
  const choice = opened(SPEC);

  const changes = changesOf(choice, 500, (i) => ({ a: 2 + (i % 3), b: 1 }));

  const why = "its mae over 50 examples is 1, that of a 2.98";
  expect(changes).toEqual([{ from: "a", to: "b", at: 50, why }]);
  expect(choice.champion).toBe("b");
});

test("of several better models the best one serves", () => {
  const [change] = changesOf(opened(SPEC, ["a", "b", "c", "d"]), 50, () => ({ a: 3, b: 2, c: 1, d: 1 }));

  expect(change).toMatchObject({ from: "a", to: "c" });
});

test("a model that is better by less than the margin does not serve", () => {
  expect(changesOf(opened(SPEC), 1000, () => ({ a: 1, b: 0.985 }))).toEqual([]);
  expect(changesOf(opened({ ...SPEC, margin: 0.01 }), 1000, () => ({ a: 1, b: 0.985 }))).toHaveLength(1);
});

test("after a change the old champion comes back where it is better again, and not before enough examples", () => {
  const spec = { ...SPEC, after: 300 };
  const changes = changesOf(opened(spec), 1000, (i) => (i < 300 ? { a: 2, b: 1 } : { a: 1, b: 2 }));

  expect(changes.map(({ to, at }) => ({ to, at }))).toEqual([
    { to: "b", at: 300 },
    { to: "a", at: 600 },
  ]);
});

describe("two models that are equally good", () => {
  test.each(["mae", "rmse", "r2"])(
    "change at most once in 100,000 examples by %s, with errors of their own",
    (best) => {
      for (const seed of [1, 2]) {
        const random = new SeededRandom(seed);
        const choice = opened(readBest({ best }));
        let changes = 0;
        for (let i = 0; i < 100_000; i++) {
          const y = 3 * noise(random);
          const predictions: Predictions = { a: y + noise(random), b: y + noise(random) };
          if (choice.take(y, (model) => predictions[model] ?? null) !== undefined) changes++;
        }

        expect(changes).toBeLessThanOrEqual(1);
      }
    },
    60_000,
  );

  test("change at most once where they learn the same noisy line in two ways", () => {
    const random = new SeededRandom(4);
    const set = createModelSet({
      ...SET,
      models: {
        sgd: ["standard-scaler", { "linear-regression": { optimizer: { sgd: { learningRate: 0.01 } } } }],
        adagrad: ["standard-scaler", { "linear-regression": { optimizer: { adagrad: { learningRate: 0.1 } } } }],
      },
      serve: "sgd",
      best: readBest({ best: "mae" }),
    });
    const live = set.open(set.init(1));
    let changes = 0;
    for (let i = 0; i < 100_000; i += 100) {
      const group = Array.from({ length: 100 }, () => {
        const x = random.next();
        return { x: { x }, y: 3 * x + noise(random) };
      });
      if (live.learn(group, "g").champion !== undefined) changes++;
    }

    expect(changes).toBeLessThanOrEqual(1);
  }, 60_000);
});

describe("a model that predicts nothing", () => {
  test("for more than half of the examples never serves, however good it is", () => {
    expect(changesOf(opened(SPEC), 1000, (i) => ({ a: 1 + (i % 2), b: i % 10 > 6 ? 0 : null }))).toEqual([]);
  });

  test("gives way to one that predicts", () => {
    const changes = changesOf(opened(SPEC), 1000, (i) => ({ a: i < 200 ? 1 : null, b: 5 }));

    expect(changes).toEqual([
      { from: "a", to: "b", at: 255, why: "a predicted less than half of the last 100 examples" },
    ]);
  });

  test("now and then is compared on what both predicted", () => {
    const changes = changesOf(opened(SPEC), 1000, (i) => (i % 4 === 0 ? { a: null, b: 50 } : { a: 2, b: 1 }));

    expect(changes).toMatchObject([{ to: "b", why: "its mae over 37 examples is 1, that of a 2" }]);
  });
});

test("errors beyond doubles are worse than all others", () => {
  expect(changesOf(opened(SPEC), 50, () => ({ a: 1.7e308, b: 1 }))).toMatchObject([{ to: "b" }]);
  expect(changesOf(opened({ ...SPEC, best: "mse" }), 50, () => ({ a: 1e200, b: 1 }))).toMatchObject([{ to: "b" }]);
});

test("a model that was added later serves when it has shown enough", () => {
  const before = opened(SPEC);
  changesOf(before, 400, () => ({ a: 2, b: 2 }));
  const models = ["a", "b", "new"];
  const choice = openChoice(SPEC, "a", choiceState(SPEC, models, before.close()));

  const changes = changesOf(choice, 100, () => ({ a: 2, b: 2, new: 1 }));

  expect(changes).toMatchObject([{ to: "new", at: 50 }]);
});

// --- in a model set ---

const FAST: Part = { "linear-regression": { optimizer: { sgd: { learningRate: 0.1 } }, interceptLearningRate: 0.1 } };

const SET: ModelSetSpec = {
  models: { linear: [FAST], mean: ["mean-regressor"], median: ["median-regressor"] },
  modelDigests: { linear: "1", mean: "2", median: "3" },
  metrics: ["mae"],
  task: "regression",
  serve: "mean",
  context: { numbers: { matches: () => true } } as unknown as ModelSetSpec["context"],
  best: { best: "mae", over: 40, margin: 0.02, after: 20 },
};

const examples = (n: number): LabelledExample[] =>
  Array.from({ length: n }, (_, i) => ({ x: { x: (i % 9) / 4 }, y: i < n / 2 ? 2 * (i % 9) + 5 : (i % 2) * 80 - 35 }));

/** @param sizes of the groups, over and over. With `json` the state is written and read between them. */
function learned(all: readonly LabelledExample[], sizes: readonly number[], json: boolean, spec = SET) {
  const set = createModelSet(spec);
  let live = set.open(set.init(1));
  const changes: string[] = [];
  for (let from = 0, i = 0; from < all.length; i++) {
    const size = sizes[i % sizes.length] as number;
    const { champion } = live.learn(all.slice(from, from + size), "g");
    if (champion !== undefined) changes.push(`${champion.from} ${champion.to}: ${champion.why}`);
    if (json) live = set.open(set.carryOver(JSON.parse(JSON.stringify(live.close(1))) as ModelSetState));
    from += size;
  }
  return { state: JSON.stringify(live.close(1)), champion: live.champion, changes };
}

test("the choice is the same to the bit however the examples are grouped, and whether the state was stored between or not", () => {
  const all = examples(400);
  const alone = learned(all, [1], false);

  expect(alone.changes.length).toBeGreaterThanOrEqual(2);
  const sizes = fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sizes, fc.boolean(), (groups, json) => {
      expect(learned(all, groups, json)).toEqual(alone);
    }),
    { numRuns: 30 },
  );
});

test("models are compared by what was served, where it was", () => {
  const set = createModelSet(SET);
  const live = set.open(set.init(1));
  const values = { linear: 50, mean: 40, median: 6 };
  const served = { generation: "g", version: 1, model: "mean", values };

  const { champion } = live.learn(
    Array.from({ length: 40 }, (_, i) => ({ x: { x: 1 }, y: 5 + (i % 2), served })),
    "g",
  );

  expect(champion).toMatchObject({ from: "mean", to: "median" });
});

test("labels are compared by their metrics, too", () => {
  const spec = { best: "accuracy", over: 200, margin: 0.02, after: 100 };
  const choice = opened(spec);
  const changes: (ChampionChange | undefined)[] = [];
  for (let i = 0; i < 400; i++) changes.push(choice.take(i % 2 === 0, (name) => (name === "a" ? 0.7 : (i + 1) % 2)));

  expect(changes.flatMap((change) => change ?? [])).toMatchObject([
    { to: "b", why: "its accuracy over 100 examples is 1, that of a 0.5" },
  ]);
});

describe("carried over to a changed file", () => {
  const { state: text, champion } = learned(examples(1000).slice(0, 100), [10], false);
  const state = JSON.parse(text) as ModelSetState;
  const carried = (spec: ModelSetSpec) => createModelSet(spec).carryOver(state);

  test("the champion and what the next choice follows from stay", () => {
    expect(champion).toBe("linear");
    expect(carried(SET)).toEqual(state);
    expect(createModelSet(SET).open(carried(SET)).champion).toBe("linear");
  });

  test("a champion that is gone from the file gives way to the first", () => {
    const { linear: _gone, ...models } = SET.models;

    expect(carried({ ...SET, models })).toMatchObject({ champion: "mean" });
    expect(Object.keys(carried({ ...SET, models }).choice?.windows ?? {})).toEqual(["mean", "median"]);
  });

  test("a file that names the model that serves has it serve, and nothing is kept for a choice", () => {
    const after = carried({ ...SET, best: undefined });

    expect(after.champion).toBe("mean");
    expect(after).not.toHaveProperty("choice");
  });

  test("with another metric the windows start afresh, and the champion stays", () => {
    const after = carried({ ...SET, best: { ...SPEC, best: "rmse" } });

    expect(after).toMatchObject({ champion: "linear", choice: { since: 0, windows: { linear: "", mean: "" } } });
  });

  test("with a shorter window the newest examples count", () => {
    const set = createModelSet({ ...SET, best: { ...SPEC, over: 20 } });
    const live = set.open(carried({ ...SET, best: { ...SPEC, over: 20 } }));
    live.learn(examples(1), "g");

    const kept = Buffer.from(live.close(1).choice?.windows["mean"] ?? "", "base64");
    expect(kept.length).toBe(20 * 8);
  });
});

test("a set that starts with what another has learned starts with its champion, and compares afresh", () => {
  const { state } = learned(examples(1000).slice(0, 100), [10], false);
  const first = createModelSet(SET).startFrom(JSON.parse(state) as ModelSetState, 1);

  expect(first).toMatchObject({ champion: "linear", choice: { since: 0, windows: { linear: "" } } });
});

test("the state of a choice grows by 8 bytes an example and model, up to the window", () => {
  const choice = opened({ ...SPEC, over: 1000 });
  changesOf(choice, 5000, () => ({ a: 1, b: 1 }));

  expect(JSON.stringify(choice.close()).length).toBeLessThan((2 * 1000 * 8 * 4) / 3 + 200);
});
