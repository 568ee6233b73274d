// Metrics of labels, each out of a tally of them. Where a share is of nothing, it is 0.
//   precision, recall, f1 (River's metrics.Precision, Recall, F1): of the label true, or of the alarms
//   macro_f1 (MacroF1):                   the mean of F1 over the labels seen
//   balanced_accuracy (BalancedAccuracy): the mean of recall over the labels that were a truth
//   kappa (CohenKappa):  (p0 - pe) / (1 - pe), p0 the accuracy, pe what chance would make of it
//   mcc (MCC):           the correlation of truth and prediction; of more labels than two it is Gorodkin's R_K (2004)

import { type LabelCounts, labelMetric, type Tally } from "./tally.ts";

const CLASSES = ["binary", "multiclass"] as const;
const TRUTHS = ["binary", "anomaly"] as const;
const TRUE = 1;

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const mean = (values: readonly number[]) =>
  share(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );

const precisionOf = ({ right, predictions }: LabelCounts) => share(right, predictions);
const recallOf = ({ right, truths }: LabelCounts) => share(right, truths);

function f1Of(counts: LabelCounts): number {
  const [p, r] = [precisionOf(counts), recallOf(counts)];
  return share(2 * p * r, p + r);
}

/** The accuracy, and the one that truths and predictions would have by chance. */
function agreement(tally: Tally) {
  const counts = tally.counts();
  const sum = (of: (one: LabelCounts) => number) => counts.reduce((all, one) => all + of(one), 0);
  return {
    observed: sum(({ right }) => right) / tally.n,
    byChance: sum(({ truths, predictions }) => (truths / tally.n) * (predictions / tally.n)),
    truthsTwice: sum(({ truths }) => (truths / tally.n) ** 2),
    predictionsTwice: sum(({ predictions }) => (predictions / tally.n) ** 2),
  };
}

export const precision = labelMetric("precision", TRUTHS, (tally) => precisionOf(tally.of(TRUE)));
export const recall = labelMetric("recall", TRUTHS, (tally) => recallOf(tally.of(TRUE)));
export const f1 = labelMetric("f1", TRUTHS, (tally) => f1Of(tally.of(TRUE)));
export const macroF1 = labelMetric("macro_f1", CLASSES, (tally) => mean(tally.counts().map(f1Of)));

export const balancedAccuracy = labelMetric("balanced_accuracy", CLASSES, (tally) =>
  mean(
    tally
      .counts()
      .filter(({ truths }) => truths > 0)
      .map(recallOf),
  ),
);

export const kappa = labelMetric("kappa", CLASSES, (tally) => {
  const { observed, byChance } = agreement(tally);
  return share(observed - byChance, 1 - byChance);
});

export const mcc = labelMetric("mcc", CLASSES, (tally) => {
  const { observed, byChance, truthsTwice, predictionsTwice } = agreement(tally);
  return share(observed - byChance, Math.sqrt(Math.max(0, (1 - truthsTwice) * (1 - predictionsTwice))));
});
