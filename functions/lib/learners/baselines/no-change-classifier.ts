// River's dummy.NoChangeClassifier: the last label, with probability 1. It grows by one name a label.

import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, Predictor, State } from "../learner.ts";
import { Slots } from "../slots.ts";
import { at, number, object, placeIn } from "../state-form.ts";

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
    form: {
      schema: 1,
      check: object<NoChangeState>({ labels: labelsList, last: number }, ({ labels, last }) => {
        if (labels.length > 0 || last !== Slots.UNSEEN) at("last", () => placeIn(labels.length)(last));
      }),
    },
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
