// River's dummy.PriorClassifier: the share of each label among all examples so far. It grows by one count a label.

import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, Predictor, State } from "../learner.ts";
import { checkLengths, countsFromOne, object } from "../state-form.ts";

interface PriorState extends State {
  readonly labels: readonly Label[];
  readonly counts: readonly number[];
}

export const priorClassifier: LearnerType = {
  name: "prior-classifier",
  role: "predictor",
  isBaseline: true,
  tasks: ["binary", "multiclass"],
  takesText: () => "all",
  options: { type: "object", additionalProperties: false, properties: {} },
  create: (): Predictor<PriorState> => ({
    role: "predictor",
    form: {
      schema: 1,
      check: object<PriorState>({ labels: labelsList, counts: countsFromOne }, ({ labels, counts }) =>
        checkLengths(labels, { counts }),
      ),
    },
    init: () => ({ schema: 1, labels: [], counts: [] }),
    open(state, budget) {
      const labels = new Labels(state.labels, budget);
      const counts = [...state.counts];
      let n = counts.reduce((sum, count) => sum + count, 0);
      return {
        predictOne: () => labels.prediction((slot) => (counts[slot] as number) / n),
        learnOne(_x, y) {
          const slot = labels.claim(y);
          if (slot < 0) return;
          counts[slot] = (counts[slot] ?? 0) + 1;
          n++;
        },
        close: () => ({ schema: 1, labels: labels.close(), counts: [...counts] }),
      };
    },
  }),
};
