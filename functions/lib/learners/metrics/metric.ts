// What a metric is: like a learner a plain JSON state, opened, updated and closed. A prediction is scored where it and the truth are
// those of a task that the metric has; a null prediction is not. A sum that is beyond doubles is infinite, and INFINITE in the state and as a value: JSON has no infinity,
// and a score that was left out would make the other scores look better than they are.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import type { OptionSchemas, Options } from "../named-part.ts";
import type { StateForm } from "../state-form.ts";
import type { Task } from "../task.ts";

/** The largest double. A mean that has reached it stays there. */
export const INFINITE = Number.MAX_VALUE;

/** Infinity as INFINITE, with its sign. */
export function bounded(value: number): number {
  return Math.max(-INFINITE, Math.min(INFINITE, value));
}

/** y - prediction, which may be infinite; undefined where one of them is no finite number: that is not scored. */
export function errorOf(y: Target, prediction: Prediction): number | undefined {
  if (typeof prediction !== "number" || typeof y !== "number") return undefined;
  return Number.isFinite(y) && Number.isFinite(prediction) ? y - prediction : undefined;
}

export interface OpenMetric {
  update(y: Target, prediction: Prediction): void;
  /** The value now, finite; 0 before the first score, INFINITE or -INFINITE where it is beyond doubles. */
  get(): number;
  /** What a confusion matrix shows beside its number. */
  matrix?(): ConfusionMatrix;
  close(): State;
}

/** How often each truth met each prediction. */
export interface ConfusionMatrix {
  /** In the order of first sight; null stands for all others together. */
  readonly labels: readonly (string | null)[];
  /** A row for each truth, with a number for each prediction. */
  readonly counts: readonly (readonly number[])[];
}

export interface Metric {
  /** `mae`, `mae_rolling_1000`. */
  readonly name: string;
  readonly better: MetricType["better"];
  readonly of: NonNullable<MetricType["of"]>;
  /** What its state looks like: read one from outside by it, before it is opened. */
  readonly form: StateForm;
  init(): State;
  open(state: State): OpenMetric;
}

/** How a name in a pipeline file becomes a metric: one entry in index.ts each. */
export interface MetricType {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** Which of two values is the better model's; `neither`: it describes what a model says, and no model is better for it. */
  readonly better: "lower" | "higher" | "neither";
  /** What it scores: predictions with their truths (default), or all predictions, whatever is true. */
  readonly of?: "truths" | "predictions";
  /** True: it scores the class that a prediction says, so the threshold of a binary target counts. */
  readonly ofClasses?: boolean;
  /** JSON Schemas of its options, each with a default. */
  readonly options?: OptionSchemas;
  create(options: Options): Scoring;
}

/** A metric with its options: over all scores, and over the last ones alone. */
export interface Scoring {
  readonly form: StateForm;
  init(): State;
  open(state: State): OpenMetric;
  readonly window: MetricWindow;
}

/** The metric over the last scores alone. */
export interface MetricWindow {
  /** Numbers kept of a score. */
  readonly width: number;
  /** Writes them from `at` on. False, and nothing written, for what is not scored. */
  keep(y: Target, prediction: Prediction, to: Float64Array, at: number): boolean;
  /** Whether it could have kept such a number; default: all but NaN. An error beyond doubles is infinite. */
  readonly allows?: (score: number) => boolean;
  /** Over scores as they were kept, oldest first. */
  value(scores: Float64Array): number;
  /** Of a confusion matrix: what its numbers stand for, by score and for the whole window. */
  readonly shown?: {
    names(y: Target, prediction: Prediction): readonly (readonly [number: number, name: string])[];
    matrix(scores: Float64Array, names: ReadonlyMap<number, string>): ConfusionMatrix;
  };
}
