// River's dummy.StatisticRegressor(stats.Mean()): the mean of all targets so far, 0 before the first. m += (1/n)(y - m)
// Its state has a fixed size.

import { type LearnerType, NonFiniteError, type Predictor, type State } from "../learner.ts";
import { count, number, object } from "../state-form.ts";
import { numberOf } from "../vector.ts";

interface MeanState extends State {
  readonly n: number;
  readonly mean: number;
}

export const meanRegressor: LearnerType = {
  name: "mean-regressor",
  role: "predictor",
  isBaseline: true,
  tasks: ["regression"],
  takesText: () => "all",
  options: { type: "object", additionalProperties: false, properties: {} },
  create: (): Predictor<MeanState> => ({
    role: "predictor",
    form: { schema: 1, check: object({ n: count, mean: number }) },
    init: () => ({ schema: 1, n: 0, mean: 0 }),
    open(state) {
      let { n, mean } = state;
      return {
        predictOne: () => mean,
        learnOne(_x, y) {
          const next = mean + (1 / (n + 1)) * (numberOf(y) - mean);
          if (!Number.isFinite(next)) throw new NonFiniteError("the mean");
          n++;
          mean = next;
        },
        close: () => ({ schema: 1, n, mean }),
      };
    },
  }),
};
