// A state that was changed by hand, or by something that was not Wadi.

import { describe, expect, test } from "vitest";
import type { DriftSpec } from "../../lib/learners/drift/watch.ts";
import { createModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { fitOf } from "./fitting-state.ts";
import { checkSound } from "./sound-state.ts";

const pipeline = parsePipeline(
  `
name: line
event:
  schemas:
    1:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: key, type: string }
        - { name: y, type: [ "null", double ], default: null }
target: { field: y, task: regression }
labelHorizon: 1d
features: [ { from: x, as: number }, { from: key, as: text } ]
models:
  linear:
    - target-mean: { by: key }
    - standard-scaler
    - linear-regression: { l1: 0.001, optimizer: adagrad }
  mean: [ mean-regressor ]
  median: [ median-regressor ]
serve: linear
metrics: [ mae, rmse, r2, { rolling: mae, over: 5 } ]
`,
  "line.yaml",
);

/** What the learners themselves wrote after so many examples. */
function learned(examples: number): ModelSetState {
  const set = createModelSet(pipeline);
  const open = set.open(set.init(1));
  const all = Array.from({ length: examples }, (_, i) => ({ x: { x: i / 7, key: `k${i % 3}` }, y: i }));
  open.learn(all, "1");
  return JSON.parse(JSON.stringify(open.close(1))) as ModelSetState;
}

/** As an import does it. */
function checkAs(of: Pipeline, state: ModelSetState): void {
  fitOf(of, "the model set line", state);
  checkSound(of, "the model set line", state);
}

const check = (state: ModelSetState) => checkAs(pipeline, state);

test.each([0, 1, 3, 7, 20])("what learners wrote after %i examples is sound", (examples) => {
  expect(() => check(learned(examples))).not.toThrow();
});

test("models that the file does not have, and missing metrics, are not checked", () => {
  const { models, ...rest } = learned(7);
  const { mean, linear } = models;

  expect(() =>
    check({ ...rest, models: { gone: mean, linear: { ...linear, metrics: {} } } } as ModelSetState),
  ).not.toThrow();
});

test("a feature called __proto__ is a name as any other, and is learned on", () => {
  const state = spoilt(`${LINEAR}.names.1`, "__proto__");
  const set = createModelSet(pipeline);
  const live = set.open(set.carryOver(state));
  const weightOf = (of: ModelSetState) => {
    const part = of.models["linear"]?.chain.parts[2] as { readonly state: unknown };
    const { names, weights } = part.state as Record<"names" | "weights", unknown[]>;
    return weights[names.indexOf("__proto__")];
  };

  expect(() => check(state)).not.toThrow();
  live.learn(
    [3, 5].map((value) => ({ x: JSON.parse(`{"x":0.5,"__proto__":${value},"key":"k0"}`), y: 7 })),
    "1",
  );

  const after = JSON.parse(JSON.stringify(live.close(1))) as ModelSetState;
  expect(() => check(after)).not.toThrow();
  expect(weightOf(after)).not.toBe(weightOf(state));
});

/** With another value at a path like `models.mean.n`; undefined takes it away. */
function spoilt(path: string, value: unknown): ModelSetState {
  const state = learned(7);
  const keys = path.split(".");
  const last = keys.pop() as string;
  const parent = keys.reduce(
    (at, key) => at[key] as Record<string, unknown>,
    state as unknown as Record<string, unknown>,
  );
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return state;
}

const MEAN = "models.mean.chain.parts.0.state";
const GROUPS = "models.linear.chain.parts.0.state";
const LINEAR = "models.linear.chain.parts.2.state";
const HEIGHTS = "models.median.chain.parts.0.state.markers.heights";
const SCORES = "models.mean.metrics";

test.each<[string, string, unknown, RegExp]>([
  ["a mean in words", `${MEAN}.mean`, "1", /models\.mean\.chain\.parts\[0\]\.state\.mean must be a finite number/],
  ["a mean of null", `${MEAN}.mean`, null, /state\.mean must be a finite number/],
  ["no mean", `${MEAN}.mean`, undefined, /state\.mean must be a finite number/],
  ["half an example", `${MEAN}.n`, 1.5, /state\.n must be a whole number from 0, and is 1\.5/],
  ["fewer than no examples", `${MEAN}.n`, -60, /state\.n must be a whole number from 0, and is -60/],
  ["a weight of null", `${LINEAR}.weights.0`, null, /weights\[0\] must be a finite number/],
  ["a weight in words", `${LINEAR}.weights.0`, "7", /weights\[0\] must be a finite number/],
  ["weights that are no list", `${LINEAR}.weights`, {}, /weights must be a list/],
  ["more names than weights", `${LINEAR}.names.2`, "z", /weights has 2 items, and 3 belong there/],
  ["more weights than names", `${LINEAR}.weights.2`, 1, /weights has 3 items, and 2 belong there/],
  ["a name twice", `${LINEAR}.names`, ["x", "x"], /parts\[2\]\.state has a name twice/],
  ["a name that is a number", `${LINEAR}.names.0`, 7, /names\[0\] must be a text, and is 7/],
  ["no charge of l1", `${LINEAR}.l1`, null, /l1 must be an object/],
  ["half an example of a group", `${GROUPS}.counts.0`, 0.5, /counts\[0\] must be a whole number from 1, and is 0\.5/],
  ["groups without means", `${GROUPS}.means`, [], /means has 0 items, and 3 belong there/],
  ["a median in words", `${HEIGHTS}.0`, "a", /heights\[0\] must be a finite number/],
  ["a window that is garbage", `${SCORES}.mae_rolling_5.window`, "!!!", /mae_rolling_5\.window is no list of float64s/],
  ["a window that is a number", `${SCORES}.mae_rolling_5.window`, 5, /window must be a text, and is 5/],
  ["a score in words", `${SCORES}.mae.mean`, "0", /metrics\.mae\.mean must be a finite number/],
  ["more examples than were learned", "models.mean.n", 999, /mean\.n is 999, and only 7 examples were learned/],
  ["more scores than examples", `${SCORES}.mae.n`, 9, /metrics\.mae\.n is 9, and the model has only had 7 examples/],
  ["more served scores than examples", "scoredOnServed", 8, /scoredOnServed is 8, and only 7 examples were learned/],
  ["fewer examples than its models had", "count", 6, /\.n is 7, and only 6 examples were learned/],
  ["no models", "models", {}, /none of the models of line\.yaml \(linear, mean, median\)/],
  ["only strange models", "models", { other: {} }, /none of the models of line\.yaml/],
])("a state with %s is refused, and the place is named", (_what, path, value, words) => {
  expect(() => check(spoilt(path, value))).toThrow(words);
});

/** Of another task, with a model of each kind that keeps more than lists of numbers. */
function pipelineOf(task: string, type: string, ...learners: string[]) {
  const models = learners.map((learner) => `  ${learner}: [ ${learner} ]`).join("\n");
  const text = `
name: line
event:
  schemas:
    1:
      type: record
      name: Point
      fields:
        - { name: x, type: double }
        - { name: y, type: [ "null", ${type} ], default: null }
target: { field: y, task: ${task} }
labelHorizon: 1d
features: [ { from: x, as: number } ]
models:
${models}
serve: ${learners[0]}
metrics: [ ${task === "regression" ? "mae" : "accuracy"} ]
`;
  return parsePipeline(text, "line.yaml");
}

const OF_LABELS = [
  "gaussian-naive-bayes",
  "knn-classifier",
  "hoeffding-tree-classifier",
  "prior-classifier",
  "no-change-classifier",
];

const TASKS = [
  ["regression", "double", ["knn-regressor", "hoeffding-tree-regressor"], (i: number) => i % 5],
  ["binary", "boolean", OF_LABELS, (i: number) => i % 3 === 0],
] as const;

test.each(TASKS)(
  "what learners of a %s wrote is sound, and none of its numbers may be a word",
  (task, type, names, y) => {
    const other = pipelineOf(task, type, ...names);
    const set = createModelSet(other);
    const open = set.open(set.init(1));
    open.learn(
      Array.from({ length: 500 }, (_, i) => ({ x: { x: (i % 5) + i / 1000 }, y: y(i) })),
      "1",
    );
    const text = JSON.stringify(open.close(1));
    const state = JSON.parse(text) as ModelSetState;

    expect(() => checkAs(other, state)).not.toThrow();
    for (const name of names) {
      const { chain } = state.models[name] as ModelSetState["models"][string];
      const part = JSON.stringify(chain.parts[0]?.state);
      for (const wrong of [part.replace(/\d+\.\d+/, '"word"'), part.replace(/\[\{/, "[null,{")]) {
        if (wrong === part) continue;
        const spoiltText = text.replace(part, () => wrong);
        expect(() => checkAs(other, JSON.parse(spoiltText)), wrong.slice(0, 300)).toThrow(/cannot be read/);
      }
    }
  },
);

test("a tree whose branch leads back to itself is refused", () => {
  const other = pipelineOf("regression", "double", "hoeffding-tree-regressor");
  const set = createModelSet(other);
  const open = set.open(set.init(1));
  open.learn(
    Array.from({ length: 1000 }, (_, i) => ({ x: { x: i % 10 }, y: i % 10 > 4 ? 1 : 0 })),
    "1",
  );
  const text = JSON.stringify(open.close(1));

  expect(text).toContain('"left":1');
  expect(() => checkAs(other, JSON.parse(text.replace('"left":1', '"left":0')))).toThrow(
    /nodes\[0\] has no two nodes after it/,
  );
});

describe("the choice of the best model", () => {
  const best = { ...pipeline, best: { best: "mae", over: 40, margin: 0.02, after: 20 } };
  const set = createModelSet(best);
  const open = set.open(set.init(1));
  open.learn(
    Array.from({ length: 30 }, (_, i) => ({ x: { x: i / 7, key: "k" }, y: i })),
    "1",
  );
  const state = JSON.parse(JSON.stringify(open.close(1))) as ModelSetState;
  const checkChoice = (choice: object) =>
    checkAs(best, { ...state, choice: { ...state.choice, ...choice } } as ModelSetState);

  test("is sound as learners wrote it, and may be missing", () => {
    const { choice: _choice, ...without } = state;

    expect(() => checkChoice({})).not.toThrow();
    expect(() => checkAs(best, without as ModelSetState)).not.toThrow();
  });

  test.each<[string, object, RegExp]>([
    ["half an example", { since: 0.5 }, /choice\.since must be a whole number from 0, and is 0\.5/],
    ["a window that is garbage", { windows: { linear: "!!!" } }, /choice\.windows\.linear is no list of float64s/],
    ["half a number", { windows: { mean: "AAAA" } }, /choice\.windows\.mean is no list of float64s/],
    ["a window that is a number", { windows: { mean: 7 } }, /choice\.windows\.mean must be a text/],
  ])("with %s is refused, and the place is named", (_what, choice, words) => {
    expect(() => checkChoice(choice)).toThrow(words);
  });
});

describe("drift", () => {
  const drift: DriftSpec = {
    detectors: ["adwin", "kswin", { "page-hinkley": { threshold: 5 } }],
    onDrift: "restart",
    target: { field: "y", task: "regression" },
  };
  const drifting = { ...pipeline, drift };
  const set = createModelSet(drifting);
  const open = set.open(set.init(1));
  open.learn(
    Array.from({ length: 205 }, (_, i) => ({ x: { x: i / 70, key: "k" }, y: i < 200 ? i / 70 : -100 })),
    "1",
  );
  const text = JSON.stringify(open.close(1));
  const state = JSON.parse(text) as ModelSetState;

  test("is sound as learners wrote it, and may be missing", () => {
    const { watch, challenger, ...without } = state;

    expect(watch?.risen).toBeDefined();
    expect(challenger).toMatchObject({ model: "linear" });
    expect(() => checkAs(drifting, state)).not.toThrow();
    expect(() => checkAs(drifting, without)).not.toThrow();
    expect(() => check(state)).not.toThrow();
  });

  test.each<[string, (state: ModelSetState) => object | undefined, object, RegExp]>([
    [
      "a width that is none",
      ({ watch }) => watch?.detectors["adwin"]?.state,
      { width: -1 },
      /adwin\.state\.width must be a whole number from 0, and is -1/,
    ],
    [
      "rows that are none",
      ({ watch }) => watch?.detectors["adwin"]?.state,
      { rows: 7 },
      /adwin\.state\.rows must be a list/,
    ],
    [
      "half a row",
      ({ watch }) => watch?.detectors["adwin"]?.state,
      { rows: [{ totals: [1] }] },
      /adwin\.state\.rows\[0\]\.variances must be a list/,
    ],
    [
      "a window that is garbage",
      ({ watch }) => watch?.detectors["kswin"]?.state,
      { window: "AAAA" },
      /kswin\.state\.window is no list/,
    ],
    [
      "a mean that is a word",
      ({ watch }) => watch?.detectors["page-hinkley"]?.state,
      { mean: "x" },
      /page-hinkley\.state\.mean must/,
    ],
    [
      "a rise that is none",
      ({ watch }) => watch?.risen,
      { at: -7 },
      /watch\.risen\.at must be a whole number from 0, and is -7/,
    ],
    [
      "a challenger that began nowhere",
      ({ challenger }) => challenger,
      { at: "x" },
      /challenger\.at must be a whole number/,
    ],
    [
      "more examples than there were",
      ({ challenger }) => challenger?.learned,
      { n: 1e6 },
      /challenger\.learned\.n is 1000000/,
    ],
    [
      "a chain that is none",
      ({ challenger }) => challenger?.learned.chain,
      { parts: 7 },
      /challenger\.learned\.chain\.parts must/,
    ],
    [
      "a window of the two that is garbage",
      ({ challenger }) => challenger?.choice.windows,
      { linear: "!!" },
      /choice\.windows\.linear is no list/,
    ],
  ])("with %s is refused, and the place is named", (_what, part, wrong, words) => {
    const spoiltState = JSON.parse(text) as ModelSetState;
    Object.assign(part(spoiltState) as object, wrong);

    expect(() => checkAs(drifting, spoiltState)).toThrow(words);
  });
});

test("more truths in intervals, or more probabilities, than there were examples are refused", () => {
  const set = createModelSet(pipeline);
  const open = set.open(set.init(1));
  open.learn([{ x: { x: 1, key: "k" }, y: 2 }], "1");
  const state = open.close(1);
  const [name = ""] = Object.keys(state.models);
  const { conformal, ...one } = state.models[name] ?? {};
  const withCounts = (more: object) => ({
    ...state,
    models: { ...state.models, [name]: { ...one, conformal, ...more } },
  });
  const bins = { n: [5, ...Array(9).fill(0)], predicted: Array(10).fill(0), observed: Array(10).fill(0) };

  expect(() => checkAs(pipeline, withCounts({}) as ModelSetState)).not.toThrow();
  expect(() =>
    checkAs(pipeline, withCounts({ conformal: { ...conformal, n: 7, inside: 3 } }) as ModelSetState),
  ).toThrow(/conformal\.n is 7, and the model has only had 1 examples/);
  expect(() => checkAs(pipeline, withCounts({ calibration: { schema: 1, ...bins } }) as ModelSetState)).toThrow(
    /calibration\.n is 5/,
  );
});

test("scores of predictions that learning could not have made are refused", () => {
  const set = createModelSet(pipeline);
  const open = set.open(set.init(1));
  open.learn([{ x: { x: 1, key: "k" }, y: 2 }], "1");
  const text = JSON.stringify(open.close(1));

  expect(() => checkAs(pipeline, JSON.parse(text))).not.toThrow();
  for (const [from, to] of [
    [/(?<="conformal":\{[^}]*"window":)"[^"]*"/, '"AAA="'],
    [/"alpha":[\d.]+/, '"alpha":7'],
    [/"conformal":\{[^}]*\}/, '"conformal":null'],
  ] as const) {
    expect(text).toMatch(from);
    expect(() => checkAs(pipeline, JSON.parse(text.replace(from, to)))).toThrow(/models\.\w+\.conformal must have/);
  }
});
