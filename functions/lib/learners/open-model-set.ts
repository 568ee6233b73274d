// A model set between open and close: learning group by group (M1 to M3 of model-set.ts), predicting, scores.

import type { ChampionChange, Prediction, Served } from "../events/vocabulary.ts";
import type { Model, ModelState, OpenModel } from "./chain.ts";
import { type BestSpec, choiceState, openChoice } from "./champion.ts";
import { NonFiniteError, type State, type Vector } from "./learner.ts";
import type { ConfusionMatrix, Metric, OpenMetric } from "./metrics/metric.ts";
import type { LabelledExample, ModelSetState, OneModelState, OpenModelSet } from "./model-set-state.ts";
import { at } from "./state-form.ts";
import { MAX_LABELS } from "./task.ts";
import { toVector } from "./vector.ts";

interface OpenOne {
  readonly name: string;
  readonly digest: string;
  readonly model: Model;
  /** State to restore when an example diverges. */
  checkpoint: ModelState;
  live: OpenModel;
  /** Whether `live` has learned since the checkpoint. */
  isDirty: boolean;
  n: number;
  skipped: number;
  leftOut: number;
  readonly metrics: readonly { readonly name: string; readonly live: OpenMetric }[];
}

export function openModelSet(
  state: ModelSetState,
  models: readonly { name: string; digest: string; model: Model }[],
  metrics: readonly Metric[],
  best?: BestSpec,
): OpenModelSet {
  let { count, scoredOnServed } = state;
  const labels = new Set(state.labels);
  const open = models.map(({ name, digest, model }): OpenOne => {
    const { chain, n, skipped, leftOut = 0, metrics: states } = state.models[name] as OneModelState;
    const opened = metrics.map((metric) => ({ name: metric.name, live: metric.open(states[metric.name] as State) }));
    return {
      ...{ name, digest, model, n, skipped, leftOut },
      checkpoint: chain,
      live: at(`models.${name}.chain`, () => model.open(chain)),
      isDirty: false,
      metrics: opened,
    };
  });

  const known = state.choice ?? (best && choiceState(best, Object.keys(state.models)));
  const choice = best && known && openChoice(best, state.champion, known, state.pinned !== undefined);

  return {
    get count() {
      return count;
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
      const vectors = examples.map(({ x }) => toVector(x));
      const served = examples.map((example) =>
        example.served?.generation === generation ? example.served : undefined,
      );
      const skipped: Record<string, number> = {};
      const leftOut: Record<string, number> = {};
      const scoredOn = new Map<string, readonly Prediction[]>();
      for (const one of open) {
        const before = { skipped: one.skipped, leftOut: one.leftOut };
        scoredOn.set(one.name, learnGroup(one, examples, vectors, served));
        if (one.skipped > before.skipped) skipped[one.name] = one.skipped - before.skipped;
        if (one.leftOut > before.leftOut) leftOut[one.name] = one.leftOut - before.leftOut;
      }
      const onServed = served.filter((answer) => answer !== undefined).length;
      count += examples.length;
      scoredOnServed += onServed;
      let champion: ChampionChange | undefined;
      if (choice !== undefined) {
        // What a model is scored on does not depend on who serves, so all were scored before; the choice is example by example.
        for (const [i, { y }] of examples.entries()) {
          champion = choice.take(y, (name) => scoredOn.get(name)?.[i] ?? null) ?? champion;
        }
      }
      return { served: onServed, skipped, leftOut, ...(champion && { champion }) };
    },
    get champion() {
      return choice?.champion ?? state.champion;
    },
    predict(x) {
      const vector = toVector(x);
      return Object.fromEntries(open.map(({ name, live }) => [name, predictOne(live, vector)]));
    },
    scores: () =>
      Object.fromEntries(
        open.map((one) => [one.name, Object.fromEntries(one.metrics.map(({ name, live }) => [name, live.get()]))]),
      ),
    matrices: () => Object.fromEntries(open.map((one) => [one.name, matricesOf(one)])),
    close(pipelineRevision) {
      const closed = open.map((one): [string, OneModelState] => {
        saveCheckpoint(one);
        const { name, digest, n, skipped, leftOut, checkpoint: chain } = one;
        const states = Object.fromEntries(one.metrics.map((metric) => [metric.name, metric.live.close()]));
        return [name, { digest, n, skipped, ...(leftOut > 0 && { leftOut }), chain, metrics: states }];
      });
      const met = labels.size > 0 && { labels: [...labels] };
      const chosen = choice && { champion: choice.champion, choice: choice.close() };
      const learned = { ...state, pipelineRevision, count, scoredOnServed, ...chosen };
      return { ...learned, models: Object.fromEntries(closed), ...met };
    },
  };
}

function matricesOf({ metrics }: OpenOne): Record<string, ConfusionMatrix> {
  const found = metrics.flatMap(({ name, live }) => {
    const matrix = live.matrix?.();
    return matrix === undefined ? [] : [[name, matrix] as const];
  });
  return Object.fromEntries(found);
}

function saveCheckpoint(one: OpenOne): void {
  if (one.isDirty) one.checkpoint = one.live.close();
  one.isDirty = false;
}

/**
 * M1 for one model; M3: after an example that diverges, the good ones before it are learned again from the checkpoint. Returns what
 * was scored, null for nothing.
 */
function learnGroup(
  one: OpenOne,
  examples: readonly LabelledExample[],
  vectors: readonly Vector[],
  served: readonly (Served | undefined)[],
): readonly Prediction[] {
  saveCheckpoint(one);
  one.isDirty = true;
  const learned: number[] = [];
  const scoredOn: Prediction[] = [];
  for (let i = 0; i < examples.length; i++) {
    const { y } = examples[i] as LabelledExample;
    const x = vectors[i] as Vector;
    const answer = served[i];
    const prediction = answer === undefined ? predictOne(one.live, x) : answer.values[one.name];
    // M2: undefined for a model that was not there when this was served. A prediction made now would know more.
    if (prediction !== undefined) {
      for (const { live } of one.metrics) live.update(y, prediction);
      one.n++;
    }
    scoredOn.push(prediction ?? null);
    try {
      const { refusedNames } = one.live;
      one.live.learnOne(x, y);
      if (one.live.refusedNames > refusedNames) one.leftOut++;
      learned.push(i);
    } catch (error) {
      if (!(error instanceof NonFiniteError)) throw error;
      one.skipped++;
      one.live = one.model.open(one.checkpoint);
      for (const j of learned) one.live.learnOne(vectors[j] as Vector, (examples[j] as LabelledExample).y);
    }
  }
  return scoredOn;
}

/** A diverged model is never served: a prediction that is not finite counts as none. */
function predictOne(live: OpenModel, x: Vector): Prediction {
  try {
    const prediction = live.predictOne(x);
    const numbers = typeof prediction === "object" ? Object.values(prediction ?? {}) : [prediction];
    return numbers.every(Number.isFinite) ? prediction : null;
  } catch (error) {
    if (error instanceof NonFiniteError) return null;
    throw error;
  }
}
