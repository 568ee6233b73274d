// What a metric is: like a learner a plain JSON state, opened, updated and closed. A null prediction is not scored, and
// neither is one whose error is beyond doubles: the state stays finite.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";

export interface OpenMetric {
  update(y: Target, prediction: Prediction): void;
  /** The value now; 0 before the first score. */
  get(): number;
  close(): State;
}

export interface Metric {
  /** `mae`, `mae_rolling_1000`. */
  readonly name: string;
  init(): State;
  open(state: State): OpenMetric;
}

/** How a name in a pipeline file becomes a metric: one entry in index.ts each. */
export interface MetricType {
  readonly name: string;
  readonly tasks: readonly ("regression" | "binary" | "multiclass")[];
  create(name: string): Metric;
  readonly window: MetricWindow;
}

/** The metric over the last scores alone. */
export interface MetricWindow {
  /** Numbers kept of a score. */
  readonly width: number;
  /** Writes them from `at` on. */
  keep(y: number, prediction: number, to: Float64Array, at: number): void;
  /** Over scores as they were kept, oldest first. */
  value(scores: Float64Array): number;
}
