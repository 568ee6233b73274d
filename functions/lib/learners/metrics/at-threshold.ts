// A metric of classes where the class is true above another probability than a half: it is given 1 for a P(true) above the threshold and
// 0 for others, which it takes for these classes.

import type { Prediction } from "../../events/vocabulary.ts";
import type { MetricWindow, Scoring } from "./metric.ts";

export function atThreshold(scoring: Scoring, threshold: number): Scoring {
  const classed = (prediction: Prediction): Prediction => {
    if (typeof prediction !== "number" || !Number.isFinite(prediction)) return prediction;
    return Number(prediction > threshold);
  };
  return {
    ...scoring,
    open(state) {
      const { update, ...rest } = scoring.open(state);
      return { ...rest, update: (y, prediction) => update(y, classed(prediction)) };
    },
    window: windowAt(scoring.window, classed),
  };
}

function windowAt(window: MetricWindow, classed: (prediction: Prediction) => Prediction): MetricWindow {
  const { keep, shown } = window;
  return {
    ...window,
    keep: (y, prediction, to, at) => keep(y, classed(prediction), to, at),
    ...(shown && { shown: { ...shown, names: (y, prediction) => shown.names(y, classed(prediction)) } }),
  };
}
