// River's dummy.NoChangeClassifier: the last label, with probability 1. It grows by one name a label.

import { type Label, Labels } from "../labels.ts";
import type { LearnerType, Predictor, State } from "../learner.ts";
import { Slots } from "../slots.ts";

interface NoChangeState extends State {
  readonly labels: readonly Label[];
  /** The place of the last label among them; -1 before the first. */
  readonly last: number;
}

export const noChangeClassifier: LearnerType = {
  name: "no-change-classifier",
  role: "predictor",
  isBaseline: true,
  tasks: ["binary", "multiclass"],
  takesText: () => "all",
  options: { type: "object", additionalProperties: false, properties: {} },
  create: (): Predictor<NoChangeState> => ({
    role: "predictor",
    init: () => ({ schema: 1, labels: [], last: Slots.UNSEEN }),
    open(state, budget) {
      const labels = new Labels(state.labels, budget);
      let { last } = state;
      return {
        predictOne: () => labels.prediction((slot) => (slot === last ? 1 : 0)),
        learnOne(_x, y) {
          const slot = labels.claim(y);
          if (slot >= 0) last = slot;
        },
        close: () => ({ schema: 1, labels: labels.close(), last }),
      };
    },
  }),
};
