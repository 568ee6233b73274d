// All models of a pipeline, learning from the same examples and committed together with their scores.
//
//   M1  Predict, score, learn: an example is scored on what was served for it, or on a prediction made just before.
//   M2  Champion and shadows are scored alike, on the same examples. A model's scores begin with the examples that were
//       served after it was added; those served before it learns unscored.
//   M3  An example that would make a model's state infinite or NaN is skipped for that model alone, and counted.
//   M4  The state is one value: weights and scores cannot disagree.
//   M5  The state has a limit, shared evenly by the models: a name that does not fit is left out, and counted.
//   M6  The champion is chosen after an example was scored and before the next one, and is a part of the state.

import { createModel, type Model } from "./chain.ts";
import { type BestSpec, checkChoice, choiceState } from "./champion.ts";
import type { ChainContext, Part, State } from "./learner.ts";
import { createMetric } from "./metrics/index.ts";
import type { Metric } from "./metrics/metric.ts";
import type { ModelSetState, OneModelState, OpenModelSet } from "./model-set-state.ts";
import { openModelSet } from "./open-model-set.ts";
import {
  at,
  type Check,
  count,
  list,
  membersOf,
  object,
  optional,
  readState,
  type StateForm,
  text,
  unsound,
} from "./state-form.ts";
import { MAX_LABELS, type MetricSpec } from "./task.ts";

/** The part of a pipeline that its model sets are made from. */
export interface ModelSetSpec {
  /** Chains by name. */
  readonly models: Readonly<Record<string, readonly Part[]>>;
  /** By model: another digest is another model under the same name. */
  readonly modelDigests: Readonly<Record<string, string>>;
  readonly metrics: readonly MetricSpec[];
  /** The model that serves, or that serves first where the best one is chosen. */
  readonly serve: string;
  /** How the best one is chosen; undefined: `serve` it is. */
  readonly best?: BestSpec | undefined;
  readonly context: ChainContext;
}

export interface ModelSet {
  init(pipelineRevision: number): ModelSetState;
  /**
   * The first state of a set that starts with what another has learned: all that its models keep. Counts and scores start at 0,
   * since they are of this set's own examples. A model that the other set lacks starts untrained.
   * @throws as carryOver.
   */
  startFrom(prior: unknown, pipelineRevision: number): ModelSetState;
  /**
   * A stored state with the models of this pipeline: new ones start untrained, others are removed. What goes on is checked, and
   * upgraded where an earlier Wadi wrote it.
   * @throws ChangedModelError where a model of the same name has another chain, features or target.
   * @throws UnsoundStateError where it is damaged: it says where.
   * @throws UnavailableError `superseded` where a newer Wadi wrote it.
   */
  carryOver(state: unknown): ModelSetState;
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

/** @param maxBytes of the state, about; needed only to learn. */
export function createModelSet(spec: ModelSetSpec, maxBytes = Number.POSITIVE_INFINITY): ModelSet {
  const share = maxBytes / Object.keys(spec.models).length;
  const models = Object.entries(spec.models).map(([name, parts]) => ({
    name,
    digest: spec.modelDigests[name] as string,
    model: createModel(parts, spec.context, share),
  }));
  const metrics = spec.metrics.map((metric) => createMetric(metric));

  /** Who serves, and what is known for the next choice. A model that is gone serves no more, pinned or not. */
  const serving = (earlier: Partial<Pick<ModelSetState, "champion" | "pinned" | "choice">> = {}) => {
    const { best, serve } = spec;
    const there = (name: string | undefined) => (models.some((one) => one.name === name) ? name : undefined);
    const pinned = there(earlier.pinned);
    const pin = pinned !== undefined && { pinned };
    if (best === undefined) return { champion: pinned ?? serve, ...pin };
    const champion = pinned ?? there(earlier.champion) ?? serve;
    return { champion, ...pin, choice: choiceState(best, Object.keys(spec.models), earlier.choice) };
  };

  const fresh = (model: Model, digest: string): OneModelState => ({
    digest,
    n: 0,
    skipped: 0,
    chain: model.init(),
    metrics: metricStates(metrics),
  });

  const init = (pipelineRevision: number): ModelSetState => ({
    schema: SCHEMA,
    pipelineRevision,
    count: 0,
    scoredOnServed: 0,
    ...serving(),
    models: Object.fromEntries(models.map(({ name, digest, model }) => [name, fresh(model, digest)])),
  });

  /** What of a state goes on: the models that are the same, each of them sound. */
  function read(given: unknown): ModelSetState {
    const state = readState<ModelSetState>(FORM, given);
    // What the file does not have is of no concern.
    const known = models.filter(({ name }) => Object.hasOwn(state.models, name));
    for (const { name } of known) at(`models.${name}`, () => checkOne(state.models[name]));
    const changed = known.filter(({ name, digest }) => state.models[name]?.digest !== digest);
    if (changed.length > 0) throw new ChangedModelError(changed.map(({ name }) => name));
    const sound = known.map(({ name, model }) => {
      const old = state.models[name] as OneModelState;
      return [name, at(`models.${name}`, () => ({ ...old, ...readModel(old, model, metrics) }))];
    });
    const { best } = spec;
    if (best !== undefined && state.choice !== undefined) at("choice", () => checkChoice(best, state.choice));
    return { ...state, models: Object.fromEntries(sound) };
  }

  return {
    init,
    startFrom(given, pipelineRevision) {
      const prior = read(given);
      const first = init(pipelineRevision);
      const started = Object.entries(first.models).map(([name, model]) => {
        return [name, { ...model, chain: prior.models[name]?.chain ?? model.chain }];
      });
      const { labels } = prior;
      const { champion } = serving({ champion: prior.champion });
      return { ...first, champion, models: Object.fromEntries(started), ...(labels && { labels }) };
    },
    carryOver(given) {
      const state = read(given);
      const kept = models.map(({ name, digest, model }) => {
        const old = state.models[name];
        if (old === undefined) return [name, fresh(model, digest)];
        return [name, { ...old, metrics: metricStates(metrics, old.metrics) }];
      });
      const { pinned: _pinned, choice: _choice, models: _models, labels, ...rest } = state;
      return { ...rest, ...serving(state), models: Object.fromEntries(kept), ...(labels && { labels }) };
    },
    open: (state) => openModelSet(state, models, metrics, spec.best),
  };
}

/** Labels are texts here, whatever the task. */
const labelsOfSet: Check = (value) => {
  list(text)(value);
  const labels = value as readonly string[];
  if (labels.length > MAX_LABELS) throw unsound("", `has ${labels.length} labels, and ${MAX_LABELS} is the most`);
};

const checkOne = object({
  digest: text,
  n: count,
  skipped: count,
  leftOut: optional(count),
  chain: membersOf,
  metrics: membersOf,
});

const FORM: StateForm = {
  schema: SCHEMA,
  check: object<ModelSetState>({
    pipelineRevision: count,
    count,
    scoredOnServed: count,
    champion: optional(text),
    pinned: optional(text),
    choice: optional(membersOf),
    models: membersOf,
    labels: optional(labelsOfSet),
  }),
};

/** What a model has learned and its scores, as they go on. @throws UnsoundStateError */
function readModel(
  old: OneModelState,
  model: Model,
  metrics: readonly Metric[],
): Pick<OneModelState, "chain" | "metrics"> {
  const known = metrics.filter(({ name }) => Object.hasOwn(old.metrics, name));
  const states = known.map(({ name, form }) => {
    return [name, at(`metrics.${name}`, () => readState<State>(form, old.metrics[name]))];
  });
  return { chain: at("chain", () => model.read(old.chain)), metrics: Object.fromEntries(states) };
}

/** By name: the known states, and initial ones for the other metrics. */
function metricStates(
  metrics: readonly Metric[],
  known: Readonly<Record<string, State>> = {},
): Readonly<Record<string, State>> {
  return Object.fromEntries(metrics.map((metric) => [metric.name, known[metric.name] ?? metric.init()]));
}

/** The scores of a set's models, for people. */
export interface ModelSetScores {
  readonly count: number;
  readonly scoredOnServed: number;
  readonly models: Readonly<Record<string, { n: number; skipped: number; metrics: Readonly<Record<string, number>> }>>;
}

/** Reads the scores out of a stored state; all 0 where nothing was committed yet (""). */
export function readScores(spec: ModelSetSpec, stateText: string): ModelSetScores {
  const set = createModelSet(spec);
  const state = stateText === "" ? set.init(0) : set.carryOver(JSON.parse(stateText));
  const scores = set.open(state).scores();
  const models = Object.entries(state.models).map(([name, { n, skipped }]) => [
    name,
    { n, skipped, metrics: scores[name] ?? {} },
  ]);
  return { count: state.count, scoredOnServed: state.scoredOnServed, models: Object.fromEntries(models) };
}
