import { expect, test } from "vitest";
import { createModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { openSqliteStore } from "../../lib/store/sqlite/sqlite.ts";
import type { ModelStore } from "../../lib/store/store.ts";
import { newRevision } from "../../lib/store/store-under-test.contract.ts";
import type { Weights } from "../shapes/weights.ts";
import { createWeights } from "./weights.ts";

const LINEAR = "linear: [linear-regression]";

function pipelineOf(models: string, more = "target: { field: y, task: regression }"): Pipeline {
  const fields =
    "{ name: a, type: double }, { name: b, type: double }, { name: y, type: [ 'null', TYPE ], default: null }";
  const type = more.includes("regression") ? "double" : more.includes("binary") ? "boolean" : "string";
  return parsePipeline(
    `name: p
description: a test
event: { schemas: { 1: { type: record, name: P, fields: [ ${fields.replace("TYPE", type)} ] } } }
${more}
labelHorizon: 1h
features: [ { from: a, as: number }, { from: b, as: number } ]
models: { ${models} }
serve: ${/^\w+/.exec(models)?.[0]}
metrics: [ ${more.includes("regression") ? "mae" : "accuracy"} ]
`,
    "p.yaml",
  );
}

/** A store that keeps every version. */
function begin(pipeline: Pipeline, keep = 100) {
  const { models } = openSqliteStore(":memory:", {
    now: () => 7,
    joinWindowMs: () => 1,
    snapshots: { every: 1, keep },
  });
  return { models, ask: (limit = 30) => weightsOf(models, pipeline, limit) };
}

function weightsOf(models: ModelStore, pipeline: Pipeline, limit = 30): Promise<Weights> {
  return createWeights({ models, pipelines: new Map([["p", pipeline]]), known: async () => {} }).weights("p", {
    limit,
  });
}

async function commit(models: ModelStore, state: unknown, time = 1): Promise<void> {
  const { revision: expectedRevision } = await models.head("p");
  const text = typeof state === "string" ? state : JSON.stringify(state);
  const history = JSON.stringify({ time, count: 0, metrics: {} });
  const answer = await models.commit("p", {
    ...{ generation: "1", expectedRevision, revision: newRevision(), state: text, ids: [], history },
  });
  expect(answer.outcome).toBe("committed");
}

type X = Readonly<Record<string, number>>;

/** Of the set after these examples, from an earlier state or from the beginning. */
function learned(
  pipeline: Pipeline,
  rows: readonly (readonly [x: X, y: number | boolean | string])[],
  from?: ModelSetState,
) {
  const set = createModelSet(pipeline);
  const open = set.open(from ?? set.init(1));
  open.learn(
    rows.map(([x, y]) => ({ x, y })),
    "1",
  );
  return open.close(1);
}

test("the weights of a model that is a sum are shown as they are now and at each snapshot before, oldest first; other models are left out", async () => {
  const pipeline = pipelineOf(`${LINEAR}, mean: [mean-regressor], tree: [hoeffding-tree-regressor]`);
  const { models, ask } = begin(pipeline);
  const first = learned(pipeline, [[{ a: 1 }, 1]]);
  const second = learned(pipeline, [[{ a: 1, b: 2 }, 3]], first);
  const third = learned(pipeline, [[{ a: 1, b: 2 }, 3]], second);
  for (const [i, state] of [first, second, third].entries()) await commit(models, state, 10 * i);

  const { models: items, ...rest } = await ask();

  expect(rest).toEqual({
    set: "p",
    version: 3,
    versions: [
      { version: 1, time: 0, count: 1 },
      { version: 2, time: 10, count: 2 },
    ],
  });
  // By hand: sgd of rate 0.01 on the squared error, whose gradient is 2 (p - y), and the intercept's step comes first.
  const step = (p: number, y: number) => 0.01 * 2 * (p - y);
  let [a, b, intercept] = [0, 0, 0];
  const seen: number[][] = [];
  for (const [x, y] of [
    [0, 1],
    [2, 3],
    [2, 3],
  ] as const) {
    const s = step(a + b * x + intercept, y);
    [a, b, intercept] = [a - s, b - s * x, intercept - s];
    seen.push([a, b]);
  }
  expect(items.map(({ name, serves, unit, others }) => [name, serves, unit, others])).toEqual([
    ["linear", true, "target", 0],
  ]);
  expect(items[0]?.intercept).toBeCloseTo(intercept, 12);
  const [ofB, ofA] = items[0]?.weights ?? [];
  expect([ofB?.feature, ofA?.feature]).toEqual(["b", "a"]);
  expect(ofA?.before.map(Number)).toEqual([seen[0], seen[1]].map((one) => expect.closeTo(one?.[0] as number, 12)));
  expect(ofB?.before).toEqual([null, expect.closeTo(seen[1]?.[1] as number, 12)]);
  expect([ofA?.now, ofB?.now]).toEqual(seen[2]?.map((one) => expect.closeTo(one, 12)));
});

test("the largest by size come first, at most as many as are asked for, and the others are counted", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  await commit(models, withWeights(learned(pipeline, []), { small: 0.5, minus: -9, plus: 3, none: 0 }));

  const { models: items } = await ask(2);

  expect(items[0]?.weights).toEqual([
    { feature: "minus", now: -9, before: [] },
    { feature: "plus", now: 3, before: [] },
  ]);
  expect(items[0]?.others).toBe(2);
});

test("a model with a sum for each class says of which class a weight is, and has no intercept", async () => {
  const pipeline = pipelineOf("softmax: [softmax-regression]", "target: { field: y, task: multiclass }");
  const { models, ask } = begin(pipeline);
  const first = learned(pipeline, [[{ a: 1 }, "__proto__"]]);
  await commit(models, first);
  await commit(models, learned(pipeline, [[{ a: 1 }, "red"]], first));

  const { models: items } = await ask();

  expect(items).toMatchObject([{ name: "softmax", unit: "log-probability" }]);
  expect(items[0]).not.toHaveProperty("intercept");
  expect(items[0]?.weights.map((one) => [one.feature, one.class, one.before.map((w) => w !== null)]).sort()).toEqual([
    ["a", "__proto__", [true]],
    ["a", "red", [false]],
  ]);
});

test.each([
  ["logistic: [logistic-regression]", "binary", "log-odds"],
  ["perceptron: [perceptron]", "binary", "log-odds"],
  ["pa: [passive-aggressive-classifier]", "binary", "log-odds"],
  ["pa: [passive-aggressive-regressor]", "regression", "target"],
  ["bayes: [bayesian-linear-regression]", "regression", "target"],
])("what a sum of %s is, is said", async (chain, task, unit) => {
  const pipeline = pipelineOf(chain, `target: { field: y, task: ${task} }`);
  const { models, ask } = begin(pipeline);
  await commit(models, learned(pipeline, [[{ a: 1, b: 2 }, task === "binary" ? true : 3]]));

  const { models: items } = await ask();

  expect(items[0]).toMatchObject({ unit, intercept: expect.any(Number) });
  expect(items[0]?.weights.map(({ feature }) => feature)).toEqual(["b", "a"]);
});

test.each<[string, (state: ModelSetState) => unknown]>([
  ["is no JSON", () => "{"],
  ["is no object", () => "[]"],
  ["has no models", () => "{}"],
  ["has a model that is damaged", (state) => withLearner(state, { weights: ["x"] })],
  ["has a model without a chain", (state) => ({ ...state, models: { linear: { digest: "d" } } })],
  ["has a model that a newer Wadi wrote", (state) => withLearner(state, { schema: 99 })],
  ["has models under names of Object", (state) => ({ ...state, models: JSON.parse('{"__proto__":{"chain":1}}') })],
  [
    "has a challenger of a model that is gone",
    (state) => ({ ...state, models: {}, challenger: { model: "x", at: 1 } }),
  ],
])("a state that %s shows no weights, and one before it is passed over", async (_title, damage) => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  const sound = learned(pipeline, [[{ a: 1 }, 1]]);
  const damaged = damage(sound);
  await commit(models, damaged);
  expect((await ask()).models).toEqual([]);

  await commit(models, sound);

  const { models: items, versions } = await ask();
  expect(versions.map(({ version }) => version)).toEqual([1]);
  expect(items[0]?.weights).toEqual([{ feature: "a", now: expect.any(Number), before: [null] }]);
});

test("a model that was another one under the same name then has no weights there", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  const state = learned(pipeline, [[{ a: 1 }, 1]]);
  const { linear } = state.models;
  await commit(models, { ...state, models: { linear: { ...linear, digest: "another" } } });
  await commit(models, state);

  expect((await ask()).models[0]?.weights[0]?.before).toEqual([null]);
});

test("a model whose features grew has the weights that it had with fewer of them", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  const state = withWeights(learned(pipeline, []), { a: 3 });
  const { linear } = state.models;
  await commit(models, { ...state, models: { linear: { ...linear, digest: "fewer" } } });
  await commit(models, { ...state, models: { linear: { ...linear, earlier: ["fewer"] } } });

  expect((await ask()).models[0]?.weights[0]).toMatchObject({ feature: "a", now: 3, before: [3] });
});

test("a set whose file was changed since, or is gone, shows what can be read under the file that is there", async () => {
  const before = pipelineOf(`${LINEAR}, gone: [linear-regression]`);
  const { models } = begin(before);
  await commit(models, learned(before, [[{ a: 1 }, 1]]));

  const now = await weightsOf(models, pipelineOf(`${LINEAR}, new: [linear-regression]`));
  const changed = await weightsOf(models, pipelineOf("linear: [standard-scaler, linear-regression]"));
  const absent = await createWeights({ models, pipelines: new Map(), known: async () => {} }).weights("p", {});

  expect(now.models.map(({ name }) => name)).toEqual(["linear"]);
  expect(changed.models).toEqual([]);
  expect(absent).toMatchObject({ version: 1, models: [] });
});

test("what a rollback took back is not among the versions, and what it went back to is", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  const states = [1, 2, 3, 4].map((weight) => withWeights(learned(pipeline, []), { a: weight }));
  for (const state of states) await commit(models, state);
  const [second] = (await models.snapshots("p")).filter(({ version }) => version === 2);
  const history = JSON.stringify({ time: 5, count: 0, metrics: {}, restored: 2 });
  await models.rollback("p", { snapshot: second?.revision ?? "", revision: newRevision(), history });
  await commit(models, withWeights(learned(pipeline, []), { a: 9 }));

  const { versions, models: items } = await ask();

  expect(versions.map(({ version }) => version)).toEqual([1, 2]);
  expect(items[0]?.weights).toEqual([{ feature: "a", now: 9, before: [1, 2] }]);
});

test("a snapshot that makes room while it is looked for is passed over", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models } = begin(pipeline);
  for (const weight of [1, 2, 3]) await commit(models, withWeights(learned(pipeline, []), { a: weight }));
  const [, second] = await models.snapshots("p");
  const racing: ModelStore = {
    ...models,
    loadSnapshot: async (set, revision) =>
      revision === second?.revision ? undefined : models.loadSnapshot(set, revision),
  };

  const { versions, models: items } = await weightsOf(racing, pipeline);

  expect(versions.map(({ version }) => version)).toEqual([1]);
  expect(items[0]?.weights[0]?.before).toEqual([1]);
});

test("a model that began anew is shown beside the one that it challenges", async () => {
  const pipeline = pipelineOf(LINEAR);
  const { models, ask } = begin(pipeline);
  const state = withWeights(learned(pipeline, []), { a: 5 });
  const { linear } = withWeights(learned(pipeline, []), { a: 1 }).models;
  const challenger = { schema: 1, model: "linear", at: 40, learned: linear, choice: { schema: 1 } };
  await commit(models, { ...state, challenger });

  const { models: items } = await ask();

  expect(items.map(({ name, serves, weights }) => [name, serves, weights[0]?.now])).toEqual([
    ["linear", true, 5],
    ["linear@40", false, 1],
  ]);
});

/** The same state, whose linear regression has these weights. */
function withWeights(state: ModelSetState, weights: X): ModelSetState {
  return withLearner(state, { names: Object.keys(weights), weights: Object.values(weights) });
}

function withLearner(state: ModelSetState, members: object): ModelSetState {
  const copy = structuredClone(state) as unknown as { models: { linear: { chain: { parts: { state: object }[] } } } };
  const last = copy.models.linear.chain.parts.at(-1);
  if (last !== undefined) last.state = { ...last.state, ...members };
  return copy as unknown as ModelSetState;
}
