// What a metric is: like a learner a plain JSON state, opened, updated and closed. A null prediction is not scored, and
// neither is one whose error is beyond doubles: the state stays finite.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import type { Task } from "../task.ts";

export interface OpenMetric {
  update(y: Target, prediction: Prediction): void;
  /** The value now; 0 before the first score. */
  get(): number;
  close(): State;
}

export interface Metric {
  /** `mae`, `mae_rolling_1000`. */
  readonly name: string;
  readonly better: MetricType["better"];
  init(): State;
  open(state: State): OpenMetric;
}

/** How a name in a pipeline file becomes a metric: one entry in index.ts each. */
export interface MetricType {
  readonly name: string;
  readonly tasks: readonly Task[];
  /** Which of two values is the better model's. */
  readonly better: "lower" | "higher";
  create(name: string): Omit<Metric, "better">;
  readonly window: MetricWindow;
}

/** The metric over the last scores alone. */
export interface MetricWindow {
  /** Numbers kept of a score. */
  readonly width: number;
  /** Writes them from `at` on. False, and nothing written, for what is not scored; a sum over `most` scores stays finite. */
  keep(y: Target, prediction: Prediction, to: Float64Array, at: number, most: number): boolean;
  /** Over scores as they were kept, oldest first. */
  value(scores: Float64Array): number;
}
