// River's dummy.StatisticRegressor(stats.Quantile(0.5)): the P-square estimate of the median of all targets so far.
// Its state has a fixed size.

import { type LearnerType, NonFiniteError, type Predictor, type State } from "../learner.ts";
import { addValue, checkMarkers, copyOf, estimate, type Markers, noMarkers } from "../quantile.ts";
import { object } from "../state-form.ts";
import { numberOf } from "../vector.ts";

interface MedianState extends State {
  readonly markers: Markers;
}

const MEDIAN = 0.5;

export const medianRegressor: LearnerType = {
  name: "median-regressor",
  role: "predictor",
  isBaseline: true,
  tasks: ["regression"],
  takesText: () => "all",
  options: { type: "object", additionalProperties: false, properties: {} },
  create: (): Predictor<MedianState> => ({
    role: "predictor",
    form: { schema: 1, check: object({ markers: checkMarkers }) },
    init: () => ({ schema: 1, markers: copyOf(noMarkers) }),
    open(state) {
      let { markers } = state;
      return {
        predictOne: () => estimate(markers, MEDIAN) ?? 0,
        learnOne(_x, y) {
          const next = addValue(markers, numberOf(y), MEDIAN);
          if (!next.heights.every(Number.isFinite)) throw new NonFiniteError("the median");
          markers = next;
        },
        close: () => ({ schema: 1, markers: copyOf(markers) }),
      };
    },
  }),
};
