// Errors of a regression relative to the truth, in percent, and the pinball loss.
//   River's metrics.MAPE:   100 mean of |y - p| / |y|, where a truth of 0 counts 0
//   River's metrics.SMAPE:  100 mean of 2 |y - p| / (|y| + |p|), where two zeros count 0
//   pinball, of quantile alpha (Koenker, Bassett 1978; River's optim.losses.Quantile): alpha e for e = y - p >= 0, else (alpha - 1) e

import { errorOf } from "./metric.ts";
import { runningMean, type Score } from "./running-mean.ts";

const TASKS = ["regression"] as const;
const percent = (mean: number) => 100 * mean;

const relative: Score = (y, prediction) => {
  const error = errorOf(y, prediction);
  if (error === undefined) return undefined;
  if (y === 0) return 0;
  // Beyond doubles the quotient is known all the same.
  return Number.isFinite(error)
    ? Math.abs(error) / Math.abs(y as number)
    : Math.abs(1 - (prediction as number) / (y as number));
};

const symmetric: Score = (y, prediction) => {
  const error = errorOf(y, prediction);
  if (error === undefined) return undefined;
  const [truth, guess] = [Math.abs(y as number), Math.abs(prediction as number)];
  if (truth + guess === 0) return 0;
  const twice = 2 * Math.abs(error);
  if (Number.isFinite(twice) && Number.isFinite(truth + guess)) return twice / (truth + guess);
  return (2 * Math.abs((y as number) / 4 - (prediction as number) / 4)) / (truth / 4 + guess / 4);
};

export const mape = runningMean({ name: "mape", tasks: TASKS, score: () => relative, shown: percent });
export const smape = runningMean({ name: "smape", tasks: TASKS, score: () => symmetric, shown: percent });

export const pinball = runningMean({
  name: "pinball",
  tasks: TASKS,
  options: {
    alpha: {
      type: "number",
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.5,
      description: "The quantile that is to be predicted.",
    },
  },
  score(options) {
    const alpha = options["alpha"] as number;
    return (y, prediction) => {
      const error = errorOf(y, prediction);
      if (error === undefined) return undefined;
      return error >= 0 ? alpha * error : (alpha - 1) * error;
    };
  },
});
