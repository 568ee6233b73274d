// All models of a pipeline, learning from the same examples and committed together with their scores.
//
//   M1  Predict, score, learn: an example is scored on what was served for it, or on a prediction made just before.
//   M2  Champion and shadows are scored alike, on the same examples. A model's scores begin with the examples that were
//       served after it was added; those served before it learns unscored.
//   M3  An example that would make a model's state infinite or NaN is skipped for that model alone, and counted.
//   M4  The state is one value: weights and scores cannot disagree.
//   M5  The state has a limit, shared evenly by the models: a name that does not fit is left out, and counted.
//   M6  The champion is chosen after an example was scored and before the next one, and is a part of the state.
//   M7  Where observations are learned as they come (an anomaly task), a label changes scores alone: inline it is scored on the
//       prediction made just before its observation is learned, late on what was served for it.
//   M8  Drift detectors, which follow the champion's error, are a part of the state, and so is a model that begins anew: watch.ts,
//       restart.ts.
//   M9  What intervals are made from, how often they held the truth, and how often probabilities came true is learned like the
//       scores, of every model and on the same predictions, and is a part of the state. What is asked for changes nothing.

import { createModel } from "./chain.ts";
import { type BestSpec, choiceState } from "./champion.ts";
import { DEFAULT_LEVEL } from "./conformal.ts";
import { type DriftSpec, watchState } from "./drift/watch.ts";
import type { ChainContext, Part } from "./learner.ts";
import { createMetric } from "./metrics/index.ts";
import type { ModelSetState, OneModelState, OpenModelSet } from "./model-set-state.ts";
import { alarmOf, carriedOne, freshOne } from "./open-model.ts";
import { openModelSet } from "./open-model-set.ts";
import { MODEL_SET_SCHEMA, readModelSet } from "./read-model-set.ts";
import { carryChallenger, judgeOf } from "./restart.ts";
import { type MetricSpec, type TargetSpec, type Task, tasks } from "./task.ts";

/** The part of a pipeline that its model sets are made from. */
export interface ModelSetSpec {
  /** Chains by name. */
  readonly models: Readonly<Record<string, readonly Part[]>>;
  /** By model: another digest is another model under the same name. */
  readonly modelDigests: Readonly<Record<string, string>>;
  /** Digests under which a model may have learned before it was given more features; default: none. */
  digestsBeforeGrowth?(model: string): readonly string[];
  readonly metrics: readonly MetricSpec[];
  readonly task: Task;
  /** Needed where the task has options. */
  readonly target?: TargetSpec;
  /** `interval`: the level of intervals that is followed; default DEFAULT_LEVEL. */
  readonly predict?: { readonly interval?: number | undefined };
  /** The model that serves, or that serves first where the best one is chosen. */
  readonly serve: string;
  /** How the best one is chosen; undefined: `serve` it is. */
  readonly best?: BestSpec | undefined;
  /** The drift detectors, and what happens where they tell a drift. */
  readonly drift?: DriftSpec | undefined;
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
   * One whose features only grew goes on, and so does one that goes back to fewer of them.
   * @throws ChangedModelError where a model of the same name has another chain, features or target.
   * @throws UnsoundStateError where it is damaged: it says where.
   * @throws UnavailableError `superseded` where a newer Wadi wrote it.
   */
  carryOver(state: unknown): ModelSetState;
  open(state: ModelSetState): OpenModelSet;
}

/** @param maxBytes of the state, about; needed only to learn. */
export function createModelSet(spec: ModelSetSpec, maxBytes = Number.POSITIVE_INFINITY): ModelSet {
  const judge = judgeOf(spec.drift, spec.best);
  // One that begins anew needs room beside the others.
  const share = maxBytes / (Object.keys(spec.models).length + (judge === undefined ? 0 : 1));
  const { learns, nonconformity, certainty, alarm: alarmAt } = tasks[spec.task];
  const alarm = spec.target && alarmAt?.(spec.target);
  const level = spec.predict?.interval ?? DEFAULT_LEVEL;
  const models = Object.entries(spec.models).map(([name, parts]) => ({
    name,
    digest: spec.modelDigests[name] as string,
    digestsBeforeGrowth: () => spec.digestsBeforeGrowth?.(name) ?? [],
    model: createModel(parts, spec.context, share),
    alarm,
    level,
  }));
  const metrics = spec.metrics.map((metric) => createMetric(metric, spec.target));

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

  const watching = (champion: string, earlier?: ModelSetState) =>
    spec.drift && { watch: watchState(spec.drift, champion, earlier?.watch) };

  const init = (pipelineRevision: number): ModelSetState => ({
    schema: MODEL_SET_SCHEMA,
    pipelineRevision,
    count: 0,
    scoredOnServed: 0,
    ...serving(),
    ...watching(spec.serve),
    models: Object.fromEntries(models.map((named) => [named.name, freshOne(named, metrics)])),
  });

  const read = (given: unknown) => {
    return readModelSet(given, { models, metrics, best: spec.best, drift: spec.drift, judge });
  };

  return {
    init,
    startFrom(given, pipelineRevision) {
      const prior = read(given);
      const first = init(pipelineRevision);
      const started = models.map((named) => {
        const { [named.name]: known } = prior.models;
        const model = first.models[named.name] as OneModelState;
        return [named.name, { ...model, chain: known?.chain ?? model.chain, ...alarmOf(named, known) }];
      });
      const { labels } = prior;
      const { champion } = serving({ champion: prior.champion });
      const watch = watching(champion);
      return { ...first, champion, ...watch, models: Object.fromEntries(started), ...(labels && { labels }) };
    },
    carryOver(given) {
      const state = read(given);
      const kept = models.map((named) => {
        const old = state.models[named.name];
        return [named.name, old === undefined ? freshOne(named, metrics) : carriedOne(named, old, metrics)];
      });
      const {
        pinned: _pinned,
        choice: _choice,
        watch: _watch,
        challenger: earlier,
        models: _models,
        labels,
        ...rest
      } = state;
      const chosen = serving(state);
      const challenger = carryChallenger(earlier, models, judge, metrics);
      return {
        ...{ ...rest, ...chosen, ...watching(chosen.champion, state), ...(challenger && { challenger }) },
        ...{ models: Object.fromEntries(kept), ...(labels && { labels }) },
      };
    },
    open(state) {
      return openModelSet(state, {
        models,
        metrics,
        best: spec.best,
        drift: spec.drift,
        learns,
        nonconformity,
        certainty,
      });
    },
  };
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
