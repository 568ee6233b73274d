// Metrics that are a running mean of something about one error: m += (1/n)(v - m), as River's stats.Mean.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import type { MetricType } from "./metric.ts";
import { errorOf } from "./window-error.ts";

interface MeanState extends State {
  readonly n: number;
  readonly mean: number;
}

/** @param of what is averaged, of the error. @param shown what is shown of the average. */
export function runningMean(name: string, of: (error: number) => number, shown: (mean: number) => number): MetricType {
  return {
    name,
    tasks: ["regression"],
    better: "lower",
    create: (called) => create(called, of, shown),
    window: {
      width: 1,
      keep(y, prediction, to, at, most) {
        const error = errorOf(y, prediction, most);
        if (error === undefined) return false;
        to[at] = of(error);
        return true;
      },
      value: (scores) =>
        scores.length === 0 ? 0 : shown(scores.reduce((sum, score) => sum + score, 0) / scores.length),
    },
  };
}

function create(name: string, of: (error: number) => number, shown: (mean: number) => number) {
  return {
    name,
    init: () => ({ schema: 1, n: 0, mean: 0 }) as State,
    open(state: State) {
      let { n, mean } = state as MeanState;
      return {
        update(y: Target, prediction: Prediction) {
          if (typeof prediction !== "number" || typeof y !== "number") return;
          const next = mean + (1 / (n + 1)) * (of(y - prediction) - mean);
          if (!Number.isFinite(next)) return;
          n++;
          mean = next;
        },
        get: () => shown(mean),
        close: () => ({ schema: 1, n, mean }) as State,
      };
    },
  };
}
