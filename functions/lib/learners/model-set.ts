// All models of a pipeline, learning from the same examples and committed together with their scores.
//
//   M1  Predict, score, learn: an example is scored on what was served for it, or on a prediction made just before.
//   M2  Champion and shadows are scored alike, on the same examples.
//   M3  An example that would make a model's state infinite or NaN is skipped for that model alone, and counted.
//   M4  The state is one value: weights and scores cannot disagree.

import type { Features, Prediction, Served, Target } from "../events/vocabulary.ts";
import type { MetricSpec, Pipeline } from "../pipeline/pipeline.ts";
import { createModel, type Model, type ModelState, type OpenModel } from "./chain.ts";
import { NonFiniteError, type State, type Vector } from "./learner.ts";
import { createMetric } from "./metrics/index.ts";
import type { Metric, OpenMetric } from "./metrics/metric.ts";
import { toVector } from "./vector.ts";

export interface ModelSetState extends State {
  /** The pipeline revision it was written under. */
  readonly pipelineRevision: number;
  /** Examples learned. */
  readonly count: number;
  /** Of these, how many were scored on the prediction that was served. */
  readonly scoredOnServed: number;
  readonly models: Readonly<Record<string, OneModelState>>;
}

export interface OneModelState {
  /** Of its chain, features and target: another digest is another model. */
  readonly digest: string;
  /** Examples since the model was added. */
  readonly n: number;
  readonly skipped: number;
  readonly chain: ModelState;
  readonly metrics: Readonly<Record<string, State>>;
}

export interface LabelledExample {
  readonly x: Features;
  readonly y: Target;
  readonly served?: Served;
}

export interface OpenModelSet {
  /** Examples learned so far. */
  readonly count: number;
  /** Predicts, scores and learns them in order; answers how many were scored on what was served, and skips by model. */
  learn(examples: readonly LabelledExample[], generation: string): { served: number; skipped: Record<string, number> };
  predict(x: Features): Record<string, Prediction>;
  /** By model and metric. */
  scores(): Record<string, Record<string, number>>;
  close(pipelineRevision: number): ModelSetState;
}

export interface ModelSet {
  init(pipelineRevision: number): ModelSetState;
  /**
   * The state as this pipeline has it: models that are new start, models that are gone go.
   * @throws ChangedModelError where a model of the same name is another one: that is not additive.
   */
  carryOver(state: ModelSetState): ModelSetState;
  open(state: ModelSetState): OpenModelSet;
}

export class ChangedModelError extends Error {
  readonly models: readonly string[];
  constructor(models: readonly string[]) {
    super(`the models ${models.join(", ")} have changed since they began to learn`);
    this.name = "ChangedModelError";
    this.models = models;
  }
}

const SCHEMA = 1;

export function createModelSet(pipeline: Pipeline): ModelSet {
  const models = Object.entries(pipeline.models).map(([name, parts]) => ({
    name,
    digest: pipeline.modelDigests[name] as string,
    model: createModel(parts, pipeline.context),
  }));
  const metrics = pipeline.metrics.map((spec: MetricSpec) => createMetric(spec));

  const fresh = (model: Model, digest: string): OneModelState => ({
    digest,
    n: 0,
    skipped: 0,
    chain: model.init(),
    metrics: freshMetrics(metrics),
  });

  return {
    init: (pipelineRevision) => ({
      schema: SCHEMA,
      pipelineRevision,
      count: 0,
      scoredOnServed: 0,
      models: Object.fromEntries(models.map(({ name, digest, model }) => [name, fresh(model, digest)])),
    }),
    carryOver(state) {
      const changed = models.filter(({ name, digest }) => (state.models[name]?.digest ?? digest) !== digest);
      if (changed.length > 0) throw new ChangedModelError(changed.map(({ name }) => name));
      const kept = models.map(({ name, digest, model }) => {
        const old = state.models[name];
        if (old === undefined) return [name, fresh(model, digest)];
        return [name, { ...old, metrics: { ...freshMetrics(metrics), ...only(old.metrics, metrics) } }];
      });
      return { ...state, models: Object.fromEntries(kept) };
    },
    open: (state) => openModelSet(state, models, metrics),
  };
}

function freshMetrics(metrics: readonly Metric[]): Record<string, State> {
  return Object.fromEntries(metrics.map((metric) => [metric.name, metric.init()]));
}

function only(states: Readonly<Record<string, State>>, metrics: readonly Metric[]): Record<string, State> {
  return Object.fromEntries(metrics.flatMap(({ name }) => (states[name] === undefined ? [] : [[name, states[name]]])));
}

interface OpenOne {
  readonly name: string;
  readonly digest: string;
  readonly model: Model;
  /** What `live` was opened from: where it goes back to when an example has spoiled it. */
  base: ModelState;
  live: OpenModel;
  n: number;
  skipped: number;
  readonly metrics: readonly { readonly name: string; readonly live: OpenMetric }[];
}

function openModelSet(
  state: ModelSetState,
  models: readonly { name: string; digest: string; model: Model }[],
  metrics: readonly Metric[],
): OpenModelSet {
  let { count, scoredOnServed } = state;
  const open = models.map(({ name, digest, model }): OpenOne => {
    const { chain: base, n, skipped, metrics: states } = state.models[name] as OneModelState;
    const live = metrics.map((metric) => ({ name: metric.name, live: metric.open(states[metric.name] as State) }));
    return { name, digest, model, base, live: model.open(base), n, skipped, metrics: live };
  });

  return {
    get count() {
      return count;
    },
    learn(examples, generation) {
      const vectors = examples.map(({ x }) => toVector(x));
      const served = examples.map((example) =>
        example.served?.generation === generation ? example.served : undefined,
      );
      const skipped: Record<string, number> = {};
      for (const one of open) {
        const before = one.skipped;
        learnGroup(one, examples, vectors, served);
        if (one.skipped > before) skipped[one.name] = one.skipped - before;
      }
      const onServed = served.filter((answer) => answer !== undefined).length;
      count += examples.length;
      scoredOnServed += onServed;
      return { served: onServed, skipped };
    },
    predict(x) {
      const vector = toVector(x);
      return Object.fromEntries(open.map(({ name, live }) => [name, finite(live.predictOne(vector))]));
    },
    scores: () =>
      Object.fromEntries(
        open.map((one) => [one.name, Object.fromEntries(one.metrics.map(({ name, live }) => [name, live.get()]))]),
      ),
    close(pipelineRevision) {
      const closed = open.map((one): [string, OneModelState] => {
        one.base = one.live.close();
        const states = Object.fromEntries(one.metrics.map(({ name, live }) => [name, live.close()]));
        return [one.name, { digest: one.digest, n: one.n, skipped: one.skipped, chain: one.base, metrics: states }];
      });
      return { schema: SCHEMA, pipelineRevision, count, scoredOnServed, models: Object.fromEntries(closed) };
    },
  };
}

/** M1 for one model; M3: after a spoilt example the good ones before it are learned again from the base. */
function learnGroup(
  one: OpenOne,
  examples: readonly LabelledExample[],
  vectors: readonly Vector[],
  served: readonly (Served | undefined)[],
): void {
  const learned: number[] = [];
  for (let i = 0; i < examples.length; i++) {
    const { y } = examples[i] as LabelledExample;
    const x = vectors[i] as Vector;
    const answered = served[i]?.values[one.name];
    const prediction = answered === undefined ? finite(one.live.predictOne(x)) : answered;
    for (const { live } of one.metrics) live.update(y, prediction);
    one.n++;
    try {
      one.live.learnOne(x, y);
      learned.push(i);
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      one.skipped++;
      one.live = one.model.open(one.base);
      for (const j of learned) one.live.learnOne(vectors[j] as Vector, (examples[j] as LabelledExample).y);
    }
  }
}

/** A diverged model is never served: what is not finite counts as no prediction. */
function finite(prediction: Prediction): Prediction {
  if (typeof prediction === "number") return Number.isFinite(prediction) ? prediction : null;
  if (prediction === null || Object.values(prediction).every(Number.isFinite)) return prediction;
  return null;
}

/** How the models of a set score, for people. */
export interface ModelSetScores {
  readonly count: number;
  readonly scoredOnServed: number;
  readonly models: Readonly<Record<string, { n: number; skipped: number; metrics: Readonly<Record<string, number>> }>>;
}

/** Reads the scores out of a stored state; all 0 where nothing was committed yet (""). */
export function readScores(pipeline: Pipeline, stateText: string): ModelSetScores {
  const set = createModelSet(pipeline);
  const state = stateText === "" ? set.init(0) : set.carryOver(JSON.parse(stateText) as ModelSetState);
  const scores = set.open(state).scores();
  const models = Object.entries(state.models).map(([name, { n, skipped }]) => [
    name,
    { n, skipped, metrics: scores[name] ?? {} },
  ]);
  return { count: state.count, scoredOnServed: state.scoredOnServed, models: Object.fromEntries(models) };
}
