// Metrics of classification that are a running mean: of what is right, and of the logarithm of a probability.
//   accuracy, micro_f1:                   the share of right labels. The micro-average of F1 is the same number.
//   log_loss, River's metrics.LogLoss:    mean of -log P(y), with P within [1e-15, 1 - 1e-15]
//   cross_entropy, River's CrossEntropy:  the same of labels. A label that the model does not know yet, and so has no P, counts 0.

import { predictedLabel } from "./predicted-label.ts";
import { runningMean, type Score } from "./running-mean.ts";

const LEAST = 1e-15;
const clamped = (p: number) => Math.min(Math.max(p, LEAST), 1 - LEAST);

const isRight: Score = (y, prediction) => {
  const label = predictedLabel(y, prediction);
  return label === undefined ? undefined : Number(label === y);
};

const logOfTrue: Score = (y, prediction) => {
  if (typeof y !== "boolean" || typeof prediction !== "number" || !Number.isFinite(prediction)) return undefined;
  const p = clamped(prediction);
  return -Math.log(y ? p : 1 - p);
};

const logOfLabel: Score = (y, prediction) => {
  if (predictedLabel(y, prediction) === undefined || typeof y !== "string") return undefined;
  const shares = prediction as Readonly<Record<string, number>>;
  const share = Object.hasOwn(shares, y) ? (shares[y] as number) : undefined;
  if (share === undefined || !Number.isFinite(share)) return 0;
  return -Math.log(clamped(share));
};

const CLASSES = ["binary", "multiclass"] as const;

export const accuracy = runningMean({
  name: "accuracy",
  tasks: CLASSES,
  better: "higher",
  ofClasses: true,
  score: () => isRight,
});
export const microF1 = runningMean({
  name: "micro_f1",
  tasks: CLASSES,
  better: "higher",
  ofClasses: true,
  score: () => isRight,
});
export const logLoss = runningMean({ name: "log_loss", tasks: ["binary"], score: () => logOfTrue });
export const crossEntropy = runningMean({ name: "cross_entropy", tasks: ["multiclass"], score: () => logOfLabel });
