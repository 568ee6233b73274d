// Metrics that are a running mean of something about one error: m += (1/n)(v - m), as River's stats.Mean.

import type { State } from "../learner.ts";
import type { Metric, MetricType } from "./metric.ts";

interface MeanState extends State {
  readonly n: number;
  readonly mean: number;
}

/** @param of what is averaged, of the error. @param shown what is shown of the average. */
export function runningMean(name: string, of: (error: number) => number, shown: (mean: number) => number): MetricType {
  return {
    name,
    tasks: ["regression"],
    create: (called) => create(called, of, shown),
    window: {
      width: 1,
      keep(y, prediction, to, at) {
        to[at] = of(y - prediction);
      },
      value: (scores) =>
        scores.length === 0 ? 0 : shown(scores.reduce((sum, score) => sum + score, 0) / scores.length),
    },
  };
}

function create(name: string, of: (error: number) => number, shown: (mean: number) => number): Metric {
  return {
    name,
    init: () => ({ schema: 1, n: 0, mean: 0 }) as State,
    open(state) {
      let { n, mean } = state as MeanState;
      return {
        update(y, prediction) {
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
