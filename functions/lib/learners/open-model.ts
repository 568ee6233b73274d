// One model of a set between open and close: predicting, being scored, learning (M1 to M3 of model-set.ts).
//
// A model whose features grew is the same model: a weight that was never learned is 0, and a feature may be absent from any example.
//
//   G1  It goes on where the features that it has learned from are the first ones of the file, in their order; their fields may be
//       called otherwise.
//   G2  It goes back where the file is one that it has been under before: what is gone is absent from then on.
//   G3  After going back it grows again only into what it was before: a feature of the same name may be another by then.

import type { Explanation, Prediction, Target } from "../events/vocabulary.ts";
import { type AlarmState, alarmState, type OpenAlarm, openAlarm } from "./alarm.ts";
import type { Model, ModelState, OpenModel } from "./chain.ts";
import { type OpenConformal, openConformal, type Radius } from "./conformal.ts";
import { unexplained } from "./explanation.ts";
import { NonFiniteError, type State, type Vector } from "./learner.ts";
import { type OpenCalibration, openCalibration } from "./metrics/calibration.ts";
import type { ConfusionMatrix, Metric, OpenMetric } from "./metrics/metric.ts";
import type { Example, OneModelState } from "./model-set-state.ts";
import type { TaskType } from "./task.ts";

/** Handed to learners and metrics that look at no truth. */
const NO_TRUTH = false;

export interface NamedModel {
  readonly name: string;
  readonly digest: string;
  /** Those that it had when its features were fewer. */
  digestsBeforeGrowth(): readonly string[];
  readonly model: Model;
  /** The quantile of its scores at which they become alarms, in a task that has alarms. */
  readonly alarm?: number | undefined;
  /** The level of intervals that is followed. */
  readonly level: number;
}

export interface OpenOne extends Pick<NamedModel, "name" | "digest" | "model"> {
  readonly earlier: readonly string[] | undefined;
  /** State to restore when an example diverges. */
  checkpoint: ModelState;
  live: OpenModel;
  /** What `live` has learned since the checkpoint. */
  learned: { readonly x: Vector; readonly truth: Target }[];
  n: number;
  skipped: number;
  leftOut: number;
  readonly metrics: readonly { readonly name: string; readonly of: Metric["of"]; readonly live: OpenMetric }[];
  readonly alarm: OpenAlarm | undefined;
  readonly conformal: OpenConformal;
  readonly calibration: OpenCalibration;
}

/** Examples that are learned together. */
export interface Group {
  readonly examples: readonly Example[];
  readonly vectors: readonly Vector[];
  /** Undefined for what was not served by this generation. */
  readonly served: readonly Example["served"][];
  readonly learns: TaskType["learns"];
  readonly nonconformity: TaskType["nonconformity"];
  readonly certainty: TaskType["certainty"];
}

export function openOne(named: NamedModel, state: OneModelState, metrics: readonly Metric[]): OpenOne {
  const { chain, n, skipped, leftOut = 0, earlier, metrics: states, alarm, conformal, calibration } = state;
  const opened = metrics.map((metric) => ({
    name: metric.name,
    of: metric.of,
    live: metric.open(states[metric.name] as State),
  }));
  const { name, digest, model, level } = named;
  return {
    ...{ name, digest, earlier, model, n, skipped, leftOut, ...startOf(model, chain) },
    ...{ metrics: opened, alarm: alarm && openAlarm(alarm), conformal: openConformal(level, conformal) },
    calibration: openCalibration(calibration),
  };
}

function startOf(model: Model, checkpoint: ModelState): Pick<OpenOne, "checkpoint" | "live" | "learned"> {
  return { checkpoint, live: model.open(checkpoint), learned: [] };
}

/** By name: the known states, and initial ones for the other metrics. */
function metricStates(
  metrics: readonly Metric[],
  known: Readonly<Record<string, State>> = {},
): Readonly<Record<string, State>> {
  return Object.fromEntries(metrics.map((metric) => [metric.name, known[metric.name] ?? metric.init()]));
}

export function freshOne(named: NamedModel, metrics: readonly Metric[]): OneModelState {
  const { digest, model } = named;
  return { digest, n: 0, skipped: 0, chain: model.init(), metrics: metricStates(metrics), ...alarmOf(named) };
}

/** A file is changed some times in the life of a model; what is older than these cannot be gone back to. */
const MAX_EARLIER = 8;

type Known = Pick<NamedModel, "digest" | "digestsBeforeGrowth">;

/** Whether a stored model goes on as this one. */
export function isSameModel(
  { digest, digestsBeforeGrowth }: Known,
  { digest: stored, earlier = [] }: OneModelState,
): boolean {
  if (stored === digest || earlier.includes(digest)) return true;
  const before = digestsBeforeGrowth();
  return [stored, ...earlier].every((one) => before.includes(one));
}

/** What the state keeps of who it was. */
export function renamed(
  { digest }: Pick<Known, "digest">,
  old: OneModelState,
): Pick<OneModelState, "digest" | "earlier"> {
  const earlier = [old.digest, ...(old.earlier ?? [])].filter((one) => one !== digest);
  return earlier.length === 0 ? { digest } : { digest, earlier: earlier.slice(0, MAX_EARLIER) };
}

/** What goes on of an earlier state of it. */
export function carriedOne(named: NamedModel, old: OneModelState, metrics: readonly Metric[]): OneModelState {
  const { earlier: _earlier, ...kept } = old;
  return { ...kept, ...renamed(named, old), metrics: metricStates(metrics, old.metrics), ...alarmOf(named, old) };
}

export function alarmOf({ alarm }: NamedModel, earlier?: OneModelState): { readonly alarm?: AlarmState } {
  return alarm === undefined ? {} : { alarm: alarmState(alarm, earlier?.alarm) };
}

export function closeOne(one: OpenOne): OneModelState {
  saveCheckpoint(one);
  const { digest, earlier, n, skipped, leftOut, checkpoint: chain } = one;
  const states = Object.fromEntries(one.metrics.map((metric) => [metric.name, metric.live.close()]));
  const alarm = one.alarm?.close();
  const [conformal, calibration] = [one.conformal.close(), one.calibration.close()];
  const more = { ...(leftOut > 0 && { leftOut }), ...(alarm && { alarm }), ...(conformal && { conformal }) };
  const known = { digest, ...(earlier && { earlier }) };
  return { ...known, n, skipped, chain, metrics: states, ...more, ...(calibration && { calibration }) };
}

function saveCheckpoint(one: OpenOne): void {
  if (one.learned.length > 0) one.checkpoint = one.live.close();
  one.learned = [];
}

/** It goes on with what the other one, of the same chain, has learned. Counts and scores stay its own. */
export function takeOver(one: OpenOne, other: OpenOne): void {
  saveCheckpoint(other);
  Object.assign(one, startOf(one.model, other.checkpoint));
}

/**
 * M1 and M7 for one example; M3: after an example that diverges, the good ones before it are learned again from the checkpoint. Returns
 * what was scored, undefined where the example was served before this model was there: a prediction made now would know more (M2).
 */
export function learnExample(one: OpenOne, group: Group, i: number): Prediction | undefined {
  const { examples, vectors, served, learns, nonconformity, certainty } = group;
  const { y, onlyScored = false } = examples[i] as Example;
  const x = vectors[i] as Vector;
  const answer = served[i];
  const prediction = answer === undefined ? predictOne(one, x) : answer.values[one.name];
  if (prediction !== undefined) {
    score(one, prediction, y, onlyScored);
    if (y !== undefined) {
      takeScore(one, x, nonconformity?.score(y, prediction));
      const certain = certainty?.(y, prediction);
      if (certain !== undefined) one.calibration.take(certain);
    }
    if (!onlyScored) one.n++;
  }
  if (onlyScored) return prediction;
  one.alarm?.add(prediction ?? null);
  const truth = learns === "observations" || y === undefined ? NO_TRUTH : y;
  try {
    const { refusedNames } = one.live;
    one.live.learnOne(x, truth);
    if (one.live.refusedNames > refusedNames) one.leftOut++;
    one.learned.push({ x, truth });
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    one.skipped++;
    one.live = one.model.open(one.checkpoint);
    for (const { x, truth } of one.learned) one.live.learnOne(x, truth);
    saveCheckpoint(one);
  }
  return prediction;
}

/** A late label adds its truth alone: the prediction for its observation was counted when that was learned. */
function score(one: OpenOne, prediction: Prediction, y: Target | undefined, late: boolean): void {
  for (const { of, live } of one.metrics) {
    if (of === "predictions" ? !late : y !== undefined) live.update(y ?? NO_TRUTH, prediction);
  }
}

export function predictOne({ live, alarm }: OpenOne, x: Vector): Prediction {
  const prediction = finitePrediction(live, x);
  return alarm === undefined ? prediction : alarm.said(prediction);
}

/** A diverged model is never served: a prediction that is not finite counts as none. */
function finitePrediction(live: OpenModel, x: Vector): Prediction {
  try {
    const prediction = live.predictOne(x);
    if (typeof prediction !== "object") return Number.isFinite(prediction) ? prediction : null;
    return Object.values(prediction ?? {}).every(Number.isFinite) ? prediction : null;
  } catch (error) {
    if (error instanceof NonFiniteError) return null;
    throw error;
  }
}

/** Before the example is learned, in units of the spread that the model has then. */
function takeScore({ conformal, live }: OpenOne, x: Vector, score: number | undefined): void {
  const spread = score === undefined ? undefined : spreadOf(live, x);
  if (score !== undefined && spread !== undefined) conformal.take(score / spread);
}

/** How far from its prediction the truth is in a share `level` of all cases. */
export function radiusOf({ conformal, live }: OpenOne, x: Vector, level: number): Radius {
  const found = conformal.radius(level);
  if ("none" in found) return found;
  const spread = spreadOf(live, x);
  return spread === undefined
    ? { none: "the spread of this model is not finite here" }
    : { radius: found.radius * spread };
}

/** Undefined where it is no finite number. */
function spreadOf(live: OpenModel, x: Vector): number | undefined {
  try {
    const spread = live.spreadOne(x);
    return spread > 0 && spread < Number.POSITIVE_INFINITY ? spread : undefined;
  } catch (error) {
    if (error instanceof NonFiniteError) return undefined;
    throw error;
  }
}

export function explainOne({ live }: OpenOne, x: Vector): Explanation {
  try {
    return live.explain(x);
  } catch (error) {
    if (error instanceof NonFiniteError) return unexplained(error.message);
    throw error;
  }
}

export function scoresOf({ metrics }: OpenOne): Record<string, number> {
  return Object.fromEntries(metrics.map(({ name, live }) => [name, live.get()]));
}

export function matricesOf({ metrics }: OpenOne): Record<string, ConfusionMatrix> {
  const found = metrics.flatMap(({ name, live }) => {
    const matrix = live.matrix?.();
    return matrix === undefined ? [] : [[name, matrix] as const];
  });
  return Object.fromEntries(found);
}
