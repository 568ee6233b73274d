// A model that begins anew at a drift: when it begins, what it is compared on, when it replaces the old one.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DriftFound, ModelRestart, Prediction } from "../events/vocabulary.ts";
import { type DriftSpec, watchState } from "./drift/watch.ts";
import type { Part } from "./learner.ts";
import { createModelSet, type ModelSetSpec } from "./model-set.ts";
import type { LabelledExample, LearnedGroup, ModelSetState } from "./model-set-state.ts";
import { SeededRandom } from "./seeded-random.ts";

// It learns ever more slowly, so what it has learned it keeps.
const SLOW: Part = {
  "linear-regression": {
    optimizer: { adagrad: { learningRate: 0.3 } },
    interceptLearningRate: { "inverse-scaling": { learningRate: 0.3 } },
  },
};
const HINKLEY: Part = { "page-hinkley": { threshold: 20, mode: "up", alpha: 1 } };

const RESTART: DriftSpec = {
  detectors: [HINKLEY],
  onDrift: "restart",
  target: { field: "y", task: "regression" },
};

const of = (drift: DriftSpec | undefined, more: Partial<ModelSetSpec> = {}): ModelSetSpec => ({
  task: "regression",
  models: { line: [SLOW], mean: ["mean-regressor"] },
  modelDigests: { line: "l", mean: "m" },
  metrics: ["mae", { rolling: "mae", over: 100 }],
  serve: "line",
  context: { isIndicator: () => false },
  drift,
  ...more,
});
const SPEC = of(RESTART);

/** A line with little noise, whose slope and level change after so many examples. */
function line(examples: number, ...drifts: readonly number[]): LabelledExample[] {
  const random = new SeededRandom(7);
  return Array.from({ length: examples }, (_, i) => {
    const x = 4 * random.next() - 2;
    const up = drifts.filter((at) => i >= at).length % 2 === 0;
    return { x: { x }, y: (up ? 3 * x + 1 : 9 - 5 * x) + random.next() / 5 };
  });
}

type Told = Pick<LearnedGroup, "champion"> & { drift: DriftFound[]; restarted: ModelRestart[] };

/** The state after these examples, with JSON between the groups, and what was told. */
function learned(spec: ModelSetSpec, examples: readonly LabelledExample[], groups: readonly number[] = [50]) {
  const set = createModelSet(spec);
  let state: ModelSetState = set.init(1);
  const told: Told = { drift: [], restarted: [] };
  for (let at = 0, g = 0; at < examples.length; g++) {
    const size = groups[g % groups.length] as number;
    const live = set.open(set.carryOver(JSON.parse(JSON.stringify(state))));
    const { champion, drift, restarted } = live.learn(examples.slice(at, at + size), "1");
    told.drift.push(...drift);
    told.restarted.push(...restarted);
    Object.assign(told, champion && { champion });
    state = live.close(1);
    at += size;
  }
  return { state: JSON.parse(JSON.stringify(state)) as ModelSetState, told };
}

const rolling = (spec: ModelSetSpec, state: ModelSetState) =>
  createModelSet(spec).open(state).scores()["line"]?.["mae_rolling_100"] as number;

describe("on a line that drifts", () => {
  const examples = line(4000, 2000);

  test("a rise is told soon after, a model begins anew for it, and replaces the old one once it is better", () => {
    const { state, told } = learned(SPEC, examples);

    const [rise] = told.drift;
    expect(rise).toMatchObject({ model: "line", detector: "page-hinkley", change: "rise" });
    expect(rise?.at).toBeGreaterThan(2000);
    expect(rise?.at).toBeLessThan(2050);
    expect(rise?.challenger).toBe(`line@${rise?.at}`);
    expect(told.restarted).toEqual([
      {
        ...{ model: "line", challenger: rise?.challenger, at: rise?.at },
        why: expect.stringMatching(/^its mae over \d+ examples is [\d.]+, that of line [\d.]+$/),
      },
    ]);
    expect(Object.keys(state.models)).toEqual(["line", "mean"]);
    expect(state.challenger).toBeUndefined();
  });

  test("gets better sooner than without, and is announced alike", () => {
    const announce = of({ ...RESTART, onDrift: "announce" });
    const soon = examples.slice(0, 2500);

    const [restarted, announced, never] = [SPEC, announce, of(undefined)].map((spec) => learned(spec, soon));

    expect(announced?.told.drift.map(({ at, change }) => ({ at, change }))[0]).toEqual(
      restarted?.told.drift.map(({ at, change }) => ({ at, change }))[0],
    );
    expect(announced?.state.models).toEqual(never?.state.models);
    const [with_, without] = [restarted, announced].map((one) => rolling(of(undefined), one?.state as ModelSetState));
    expect(with_).toBeLessThan((without as number) / 3);
  });

  test("what was learned before the drift is forgotten: the weights are those of a model that saw nothing else", () => {
    const { state, told } = learned(SPEC, examples);
    const from = told.drift[0]?.at as number;

    const { state: alone } = learned(of(undefined), examples.slice(from));

    expect(state.models["line"]?.chain).toEqual(alone.models["line"]?.chain);
    expect(state.models["line"]?.n).toBe(4000);
    expect(state.models["mean"]?.n).toBe(4000);
  });

  test("all of it is the same to the bit however the examples are grouped, with the state stored between", () => {
    const drifts = line(3200, 1000, 1150, 2200);
    const byOne = learned(SPEC, drifts, [1]);
    expect(byOne.told.drift.length).toBeGreaterThan(2);
    expect(byOne.told.restarted.length).toBeGreaterThan(1);

    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 9 }), (groups) => {
        expect(learned(SPEC, drifts, groups)).toEqual(byOne);
      }),
      { numRuns: 4 },
    );
  });
});

test("a stream without drift: no rise in 50,000 examples, and so no new model", () => {
  const spec = of({ ...RESTART, detectors: ["adwin", HINKLEY] });
  const steady = line(50_000);

  const { state, told } = learned(spec, steady, [1000]);

  expect(told.drift.filter(({ change }) => change === "rise")).toEqual([]);
  expect(told.restarted).toEqual([]);
  expect(state.challenger).toBeUndefined();
}, 60_000);

describe("while a challenger learns", () => {
  const begun = (more: Partial<ModelSetSpec> = {}) => {
    const spec = of(RESTART, more);
    const examples = line(2060, 2000);
    const { state, told } = learned(spec, examples, [1]);
    expect(state.challenger?.at).toBe(told.drift[0]?.at);
    return { spec, state, name: told.drift[0]?.challenger as string };
  };
  const opened = (spec: ModelSetSpec, state: ModelSetState) => {
    const set = createModelSet(spec);
    return set.open(set.carryOver(state));
  };
  /** Examples of which this was served. The truth is 0. */
  const served = (n: number, values: Readonly<Record<string, Prediction>>): LabelledExample[] =>
    Array.from({ length: n }, () => ({
      ...{ x: { x: 0 }, y: 0 },
      served: { generation: "1", version: 1, model: "line", values },
    }));

  test("it predicts and is scored under a name of its own, and the old one serves", () => {
    const { spec, state, name } = begun();
    const live = opened(spec, state);

    expect(Object.keys(live.predict({ x: 1 }))).toEqual(["line", "mean", name]);
    expect(Object.keys(live.scores())).toEqual(["line", "mean", name]);
    expect(live.champion).toBe("line");
  });

  test("both are compared on what was served for both: what was served before it began leaves it as it is", () => {
    const { spec, state, name } = begun();
    const before = opened(spec, state);
    before.learn(served(150, { line: 9 }), "1");
    expect(before.close(1).challenger?.learned.n).toBe(state.challenger?.learned.n);
    expect(before.close(1).challenger?.choice).toEqual(state.challenger?.choice);

    const live = opened(spec, state);
    const { restarted } = live.learn(served(250, { line: 9, [name]: 0.1 }), "1");

    expect(restarted.map(({ challenger }) => challenger)).toEqual([name]);
  });

  test("one that is worse never serves, and the old one goes on", () => {
    const { spec, state, name } = begun();
    const live = opened(spec, state);

    const { restarted } = live.learn(served(3000, { line: 1, [name]: 1.5 }), "1");

    expect(restarted).toEqual([]);
  });

  test("a further rise leaves a young one learning, and lets a new one begin in place of one that had its time", () => {
    const { spec, state, name } = begun();
    const watch = watchState(RESTART, "line");
    const rise = (n: number, live = opened(spec, { ...state, watch })) => {
      const first = live.learn(served(n, { line: 1, [name]: 1.5 }), "1").drift;
      expect(first.filter(({ change }) => change === "rise")).toEqual([]);
      return live.learn(served(9, { line: 90, [name]: 90 }), "1").drift;
    };

    const [early, late] = [rise(30), rise(300)];

    expect(early[0]).toMatchObject({ change: "rise" });
    expect(early[0]).not.toHaveProperty("challenger");
    expect(late[0]).toMatchObject({ change: "rise", challenger: `line@${late[0]?.at}` });
  });

  test("a new file ends it where its model is gone or nothing restarts any more, and keeps it otherwise", () => {
    const { state } = begun();
    const carried = (more: Partial<ModelSetSpec>, drift: DriftSpec | undefined = RESTART) =>
      createModelSet(of(drift, more)).carryOver(state).challenger;

    expect(carried({})).toEqual(state.challenger);
    expect(carried({ serve: "mean" })).toEqual(state.challenger);
    expect(carried({ metrics: ["rmse"] })?.learned.chain).toEqual(state.challenger?.learned.chain);
    expect(Object.keys(carried({ metrics: ["rmse"] })?.learned.metrics ?? {})).toEqual(["rmse"]);
    expect(carried({ best: { best: "rmse", over: 100, margin: 0, after: 20 } })?.choice.metric).toBe("rmse");
    expect(carried({ models: { mean: ["mean-regressor"] }, serve: "mean" })).toBeUndefined();
    expect(carried({}, { ...RESTART, onDrift: "announce" })).toBeUndefined();
    expect(createModelSet(of(undefined)).carryOver(state)).not.toHaveProperty("watch");
  });

  test("a set that starts from another one's models starts without its detectors' states and its challenger", () => {
    const { spec, state } = begun();
    const set = createModelSet(spec);

    expect(set.startFrom(state, 1).watch).toEqual(set.init(1).watch);
    expect(set.startFrom(state, 1)).not.toHaveProperty("challenger");
  });
});

test("a state without detectors, as an earlier Wadi wrote it, opens, and they begin there", () => {
  const { state } = learned(of(undefined), line(100));

  const set = createModelSet(SPEC);
  const { drift } = set.open(set.carryOver(state)).learn(line(3000, 1000), "1");

  expect(drift[0]?.at).toBeGreaterThan(1100);
  expect(() => set.open(state).learn(line(10), "1")).not.toThrow();
});

test("where the best model serves, it is judged as the file says, and the choice goes on with the new one's scores", () => {
  const best = { best: "mae", over: 200, margin: 0.02, after: 60 };
  const spec = of(RESTART, { best, serve: "line" });

  const { state, told } = learned(spec, line(2600, 2000));

  expect(told.restarted).toHaveLength(1);
  expect(told.restarted[0]?.why).toMatch(/^its mae over \d+ examples/);
  expect(state.champion).toBe("line");
});
