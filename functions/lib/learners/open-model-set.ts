// A model set between open and close: learning group by group (M1 to M9 of model-set.ts), predicting, scores.

import type { ChampionChange, DriftFound, ModelRestart, Prediction, Target } from "../events/vocabulary.ts";
import { type BestSpec, choiceState, openChoice } from "./champion.ts";
import { type DriftSpec, openWatch, watchState } from "./drift/watch.ts";
import type { Metric } from "./metrics/metric.ts";
import type { Example, ModelSetState, OneModelState, OpenModelSet } from "./model-set-state.ts";
import {
  closeOne,
  explainOne,
  type Group,
  learnExample,
  matricesOf,
  type NamedModel,
  type OpenOne,
  openOne,
  predictOne,
  radiusOf,
  scoresOf,
  takeOver,
} from "./open-model.ts";
import { beginChallenger, type Challenger, carryChallenger, judgeOf, openChallenger } from "./restart.ts";
import { MAX_LABELS, type TaskType } from "./task.ts";
import { toVector } from "./vector.ts";

export interface ModelSetParts {
  readonly models: readonly NamedModel[];
  readonly metrics: readonly Metric[];
  readonly best: BestSpec | undefined;
  readonly drift: DriftSpec | undefined;
  readonly learns: TaskType["learns"];
  /** Undefined where the task has no intervals. */
  readonly nonconformity: TaskType["nonconformity"];
  /** Undefined where its predictions are no probabilities. */
  readonly certainty: TaskType["certainty"];
}

/** What one example changed beside the models' weights and scores. */
interface Changes {
  champion?: ChampionChange;
  championAt?: number;
  readonly scoredOn: ReadonlyMap<string, Prediction | undefined>[];
  readonly drift: DriftFound[];
  readonly restarted: ModelRestart[];
}

export function openModelSet(
  state: ModelSetState,
  { models, metrics, best, drift: spec, learns, nonconformity, certainty }: ModelSetParts,
): OpenModelSet {
  let { count, scoredOnServed, onlyScored: onlyScoredCount = 0 } = state;
  const labels = new Set(state.labels);
  const open = models.map((named) => openOne(named, state.models[named.name] as OneModelState, metrics));

  const known = state.choice ?? (best && choiceState(best, Object.keys(state.models)));
  const choice = best && known && openChoice(best, state.champion, known, state.pinned !== undefined);
  const champion = () => choice?.champion ?? state.champion;
  const watch = spec && openWatch(spec, watchState(spec, champion(), state.watch));
  const judge = judgeOf(spec, best);
  let challenger = reopened();

  function reopened(): Challenger | undefined {
    const carried = carryChallenger(state.challenger, models, judge, metrics);
    const of = models.find(({ name }) => name === carried?.model);
    return carried && of && judge && openChallenger(of, carried, judge, metrics);
  }

  const byName = new Map(open.map((one) => [one.name, one]));
  const running = () => (challenger === undefined ? open : [...open, challenger.one]);

  /** M1, M6 to M9 for one example. */
  function learnNext(group: Group, i: number, changes: Changes): void {
    const { y, onlyScored = false } = group.examples[i] as Example;
    const predictions = new Map(running().map((one) => [one.name, learnExample(one, group, i)]));
    changes.scoredOn.push(predictions);
    const predictionOf = (model: string): Prediction => predictions.get(model) ?? null;
    if (onlyScored) onlyScoredCount++;
    else count++;
    const restarted = y === undefined ? undefined : judged(y, predictions);
    if (restarted !== undefined) changes.restarted.push(restarted);
    // An error of what has just been replaced is no sign of the new model's.
    if (watch !== undefined && !onlyScored && restarted?.model !== watch.model) {
      const found = watch.take(y, predictionOf(watch.model), count);
      changes.drift.push(...found.map((one) => ({ ...one, ...begun(one) })));
    }
    const change = y === undefined ? undefined : choice?.take(y, predictionOf);
    if (change === undefined) return;
    changes.champion = change;
    changes.championAt = i;
    watch?.follow(change.to);
  }

  /** R2. */
  function judged(y: Target, predictions: ReadonlyMap<string, Prediction | undefined>): ModelRestart | undefined {
    if (challenger === undefined) return undefined;
    const own = predictions.get(challenger.one.name);
    // Undefined for what was served before there was a challenger.
    const won = own === undefined ? undefined : challenger.take(y, predictions.get(challenger.model) ?? null, own);
    if (won === undefined) return undefined;
    takeOver(open.find(({ name }) => name === won.model) as OpenOne, challenger.one);
    choice?.replace(won.model, challenger.window());
    challenger = undefined;
    if (watch?.model === won.model) watch.follow(won.model);
    return won;
  }

  /** R3: the challenger that begins to learn at this drift, if one does. */
  function begun({ model, at, change }: DriftFound): { readonly challenger?: string } {
    const of = models.find(({ name }) => name === model);
    if (of === undefined || judge === undefined || change !== "rise") return {};
    if (challenger?.model === model && challenger.isYoung) return {};
    challenger = beginChallenger(of, at, judge, metrics);
    return { challenger: challenger.one.name };
  }

  return {
    get count() {
      return count;
    },
    get scoredOnServed() {
      return scoredOnServed;
    },
    pastLabels(examples) {
      const met = new Set<string>();
      return examples.filter(({ y }) => {
        if (typeof y !== "string" || labels.has(y) || met.has(y)) return false;
        if (labels.size + met.size >= MAX_LABELS) return true;
        met.add(y);
        return false;
      });
    },
    learn(examples, generation) {
      for (const { y } of examples) if (typeof y === "string") labels.add(y);
      const served = examples.map((example) =>
        example.served?.generation === generation ? example.served : undefined,
      );
      const vectors = examples.map(({ x }) => toVector(x));
      const group: Group = { examples, vectors, served, learns, nonconformity, certainty };
      const changes: Changes = { scoredOn: [], drift: [], restarted: [] };
      const before = open.map(({ skipped, leftOut }) => ({ skipped, leftOut }));
      for (let i = 0; i < examples.length; i++) learnNext(group, i, changes);
      const grown = (what: "skipped" | "leftOut") =>
        Object.fromEntries(
          open.flatMap((one, i) => {
            const more = one[what] - (before[i]?.[what] ?? 0);
            return more > 0 ? [[one.name, more]] : [];
          }),
        );
      const onServed = served.filter((answer) => answer !== undefined).length;
      scoredOnServed += onServed;
      return { served: onServed, skipped: grown("skipped"), leftOut: grown("leftOut"), ...changes };
    },
    get champion() {
      return champion();
    },
    get risen() {
      return watch?.risen;
    },
    predict(x) {
      const vector = toVector(x);
      return Object.fromEntries(running().map((one) => [one.name, predictOne(one, vector)]));
    },
    radius: (model, x, level) => radiusOf(byName.get(model) as OpenOne, toVector(x), level),
    explain: (model, x) => explainOne(byName.get(model) as OpenOne, toVector(x)),
    scores: () => Object.fromEntries(running().map((one) => [one.name, scoresOf(one)])),
    matrices: () => Object.fromEntries(running().map((one) => [one.name, matricesOf(one)])),
    close(pipelineRevision) {
      const { watch: _watch, challenger: _challenger, ...rest } = state;
      const closed = open.map((one): [string, OneModelState] => [one.name, closeOne(one)]);
      const met = labels.size > 0 && { labels: [...labels] };
      const chosen = choice && { champion: choice.champion, choice: choice.close() };
      const followed = {
        ...(watch && { watch: watch.close() }),
        ...(challenger && { challenger: challenger.close() }),
      };
      const late = onlyScoredCount > 0 && { onlyScored: onlyScoredCount };
      const learned = { ...rest, pipelineRevision, count, scoredOnServed, ...late, ...chosen, ...followed };
      return { ...learned, models: Object.fromEntries(closed), ...met };
    },
  };
}
