// When a score of an anomaly task is an alarm: where it has reached a quantile of the scores so far. Each model has its own, as
// scores of different models do not compare. River's anomaly.QuantileFilter with protect_anomaly_detector=False: the threshold is
// the P-square estimate of the scores before this one, and a threshold of 0 (no score yet, or a forest in its first window, whose
// scores are all 0) raises no alarm.

import type { Prediction } from "../events/vocabulary.ts";
import { addValue, copyOf, desiredOf, estimate, type Markers, noMarkers } from "./quantile.ts";
import { type Check, count, countFromOne, countsFromOne, number, numbers, object, unsound } from "./state-form.ts";

/** What a prediction of an anomaly task is; without a threshold nothing is an alarm yet. */
export interface ScoredObservation {
  readonly score: number;
  readonly threshold?: number;
}

export interface AlarmState extends Markers {
  readonly schema: number;
  readonly quantile: number;
  readonly desired: readonly number[];
}

export interface OpenAlarm {
  /** The prediction that a score is. */
  said(score: Prediction): Prediction;
  /** Counts what was said about an observation that is learned next. */
  add(prediction: Prediction): void;
  close(): AlarmState;
}

const SCHEMA = 1;

/** The state before any score, or an earlier one of the same quantile. */
export function alarmState(quantile: number, earlier?: AlarmState): AlarmState {
  if (earlier?.schema === SCHEMA && earlier.quantile === quantile) return earlier;
  return { schema: SCHEMA, quantile, ...copyOf(noMarkers), desired: desiredOf(quantile, 0) };
}

export function openAlarm(state: AlarmState): OpenAlarm {
  const { quantile } = state;
  let markers: Markers = state;
  return {
    said(score) {
      if (typeof score !== "number") return score;
      const threshold = estimate(markers, quantile);
      return threshold === undefined || threshold === 0 ? { score } : { score, threshold };
    },
    add(prediction) {
      const scored = scoredOf(prediction);
      if (scored !== undefined) markers = addValue(markers, scored.score, quantile);
    },
    close: () => ({ schema: SCHEMA, quantile, ...copyOf(markers), desired: [...(markers.desired ?? [])] }),
  };
}

/** Undefined for what is no prediction of an anomaly task. */
export function scoredOf(prediction: Prediction): ScoredObservation | undefined {
  if (typeof prediction !== "object" || prediction === null) return undefined;
  const { score, threshold } = prediction as Partial<ScoredObservation>;
  if (!Number.isFinite(score)) return undefined;
  return threshold === undefined ? { score: score as number } : { score: score as number, threshold };
}

export function isAlarm({ score, threshold }: ScoredObservation): boolean {
  return threshold !== undefined && score >= threshold;
}

/** A state from outside. @throws UnsoundStateError for a threshold that no scores made. */
export const checkAlarm: Check = object<AlarmState>(
  { schema: countFromOne, quantile: number, n: count, heights: numbers, positions: countsFromOne, desired: numbers },
  (state) => {
    const problem = alarmProblem(state);
    if (problem !== undefined) throw unsound("", problem);
  },
);

/** Why these markers cannot have come from scores, in words; undefined where they can. */
export function alarmProblem({ n, heights, positions, desired, quantile }: AlarmState): string | undefined {
  if (!(quantile > 0 && quantile < 1)) return "has a quantile that is not between 0 and 1";
  if (!Number.isSafeInteger(n) || n < 0) return `has counted ${n} scores`;
  if (heights.length !== Math.min(n, 5)) return `has ${heights.length} heights of ${n} scores`;
  if (!isAscending(heights, false)) return "has heights that do not ascend";
  const ends = n > 5 ? n : 5;
  const counted = positions.length === 5 && positions[0] === 1 && positions[4] === ends;
  if (!counted || !isAscending(positions, true))
    return `has positions that are not five ascending ones from 1 to ${ends}`;
  const sums = desiredOf(quantile, n);
  const near = desired?.length === 5 && sums.every((sum, i) => Math.abs((desired[i] as number) - sum) <= 1e-6 * sum);
  if (!near) return `has desired positions that are not those of ${n} scores`;
  return undefined;
}

function isAscending(values: readonly number[], strictly: boolean): boolean {
  return values.every((value, i) => {
    const before = i === 0 ? Number.NEGATIVE_INFINITY : (values[i - 1] as number);
    return Number.isFinite(value) && (strictly ? value > before : value >= before);
  });
}
