// The coefficient of determination, River's metrics.R2: 1 - sum of e^2 / sum of (y - mean)^2, 0 below two scores and where
// all truths are equal.

import type { State } from "../learner.ts";
import type { MetricType } from "./metric.ts";
import { errorOf } from "./window-error.ts";

interface R2State extends State {
  readonly n: number;
  readonly mean: number;
  /** Sum of (y - mean)^2, after Welford. */
  readonly spread: number;
  /** Sum of (y - p)^2. */
  readonly residual: number;
}

export const r2: MetricType = {
  name: "r2",
  tasks: ["regression"],
  better: "higher",
  create: (name) => ({
    name,
    init: () => ({ schema: 1, n: 0, mean: 0, spread: 0, residual: 0 }) as State,
    open: (state) => open(state as R2State),
  }),
  window: {
    width: 2,
    keep(y, prediction, to, at, most) {
      if (errorOf(y, prediction, most) === undefined) return false;
      to[at] = y as number;
      to[at + 1] = prediction as number;
      return true;
    },
    value(scores) {
      const live = open({ schema: 1, n: 0, mean: 0, spread: 0, residual: 0 });
      for (let i = 0; i < scores.length; i += 2) live.update(scores[i], scores[i + 1]);
      return live.get();
    },
  },
};

function open(state: R2State) {
  let { n, mean, spread, residual } = state;
  return {
    update(y: unknown, prediction: unknown) {
      if (typeof prediction !== "number" || typeof y !== "number") return;
      const m = mean + (y - mean) / (n + 1);
      const s = spread + (y - mean) * (y - m);
      const r = residual + (y - prediction) ** 2;
      if (!Number.isFinite(s) || !Number.isFinite(r)) return;
      [n, mean, spread, residual] = [n + 1, m, s, r];
    },
    // A spread next to 0 would make it -Infinity.
    get: () => (n < 2 || spread === 0 ? 0 : Math.max(-Number.MAX_VALUE, 1 - residual / spread)),
    close: () => ({ schema: 1, n, mean, spread, residual }) as State,
  };
}
