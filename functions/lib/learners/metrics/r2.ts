// The coefficient of determination, River's metrics.R2: 1 - sum of e^2 / sum of (y - mean)^2, 0 below two scores and where
// all truths are equal.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { State } from "../learner.ts";
import { count, number, numberFromZero, object } from "../state-form.ts";
import { bounded, errorOf, INFINITE, type MetricType } from "./metric.ts";

interface R2State extends State {
  readonly n: number;
  readonly mean: number;
  /** Sum of (y - mean)^2, after Welford. */
  readonly spread: number;
  /** Sum of (y - p)^2. */
  readonly residual: number;
}

const none = (): R2State => ({ schema: 1, n: 0, mean: 0, spread: 0, residual: 0 });

export const r2: MetricType = {
  name: "r2",
  tasks: ["regression"],
  better: "higher",
  create: () => ({
    form: { schema: 1, check: object({ n: count, mean: number, spread: numberFromZero, residual: numberFromZero }) },
    init: none,
    open: (state) => openR2(state as R2State),
    window: {
      width: 2,
      keep(y, prediction, to, at) {
        if (errorOf(y, prediction) === undefined) return false;
        to[at] = y as number;
        to[at + 1] = prediction as number;
        return true;
      },
      value(scores) {
        const live = openR2(none());
        for (let i = 0; i < scores.length; i += 2) live.update(scores[i] as number, scores[i + 1] as number);
        return live.get();
      },
    },
  }),
};

function openR2(state: R2State) {
  let { n, mean, spread, residual } = state;
  return {
    update(target: Target, prediction: Prediction) {
      const error = errorOf(target, prediction);
      if (error === undefined) return;
      const y = target as number;
      n++;
      const distance = y - mean;
      // Past the range of doubles the distance has no digits left: the spread is infinite from here on.
      const m = Number.isFinite(distance) ? mean + distance / n : mean + (y / n - mean / n);
      spread = Number.isFinite(distance) ? bounded(spread + distance * (y - m)) : INFINITE;
      residual = bounded(residual + error ** 2);
      mean = m;
    },
    get() {
      if (n < 2 || spread === 0) return 0;
      // Of an infinite residual nobody knows how it compares with an infinite spread: it counts as the worst.
      return residual === INFINITE ? -INFINITE : bounded(1 - residual / spread);
    },
    close: () => ({ schema: 1, n, mean, spread, residual }) as State,
  };
}
