// Metrics that are a running mean of something about one error: m += (1/n)(v - m), as River's stats.Mean.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import { bounded, errorOf, INFINITE, type MetricType } from "./metric.ts";

interface MeanState extends State {
  readonly n: number;
  readonly mean: number;
}

/** @param of what is averaged, of the error. @param shown what is shown of the average. */
export function runningMean(name: string, of: (error: number) => number, shown: (mean: number) => number): MetricType {
  const shownOf = (mean: number) => (mean === INFINITE ? INFINITE : shown(mean));
  return {
    name,
    tasks: ["regression"],
    better: "lower",
    create: (called) => createMean(called, of, shownOf),
    window: {
      width: 1,
      keep(y, prediction, to, at) {
        const error = errorOf(y, prediction);
        if (error === undefined) return false;
        to[at] = of(error);
        return true;
      },
      value(scores) {
        if (scores.length === 0) return 0;
        return shownOf(bounded(scores.reduce((sum, score) => sum + score, 0) / scores.length));
      },
    },
  };
}

function createMean(name: string, of: (error: number) => number, shown: (mean: number) => number) {
  return {
    name,
    init: () => ({ schema: 1, n: 0, mean: 0 }) as State,
    open(state: State) {
      let { n, mean } = state as MeanState;
      return {
        update(y: Target, prediction: Prediction) {
          const error = errorOf(y, prediction);
          if (error === undefined) return;
          n++;
          if (mean < INFINITE) mean = bounded(mean + (1 / n) * (of(error) - mean));
        },
        get: () => shown(mean),
        close: () => ({ schema: 1, n, mean }) as State,
      };
    },
  };
}
