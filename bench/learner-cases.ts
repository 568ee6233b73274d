// The learners that are measured, each in a chain as people write it, and the examples that they learn.

import type { Part } from "../functions/lib/learners/learner.ts";

export type CaseTask = "regression" | "binary" | "multiclass";

export interface LearnerCase {
  readonly name: string;
  readonly task: CaseTask;
  readonly chain: readonly Part[];
  /** How many times faster than River it is to be. */
  readonly atLeast?: number;
  /** How far the two predictions may be apart, of 1 or of the larger one. */
  readonly tolerance: number;
  /** By how much fewer examples are enough, where River takes milliseconds for each. */
  readonly fewer?: number;
}

const LINEAR = 20;
const OTHER = 10;
const exact = 1e-9;

/** learners.py has River's, by the same names. */
export const LEARNER_CASES: readonly LearnerCase[] = [
  linear("linear-regression", "regression"),
  // River 0.26.1 has another loss there: the same work, and not the same numbers.
  linear("passive-aggressive-regressor", "regression", Number.POSITIVE_INFINITY),
  linear("bayesian-linear-regression", "regression", 1e-6),
  linear("logistic-regression", "binary"),
  linear("perceptron", "binary"),
  linear("passive-aggressive-classifier", "binary"),
  linear("softmax-regression", "multiclass"),
  {
    name: "gaussian-naive-bayes",
    task: "multiclass",
    chain: ["gaussian-naive-bayes"],
    atLeast: OTHER,
    tolerance: 1e-6,
  },
  {
    name: "hoeffding-tree-classifier",
    task: "multiclass",
    chain: ["hoeffding-tree-classifier"],
    atLeast: OTHER,
    tolerance: 1e-6,
  },
  {
    name: "hoeffding-tree-regressor",
    task: "regression",
    chain: [{ "hoeffding-tree-regressor": { leafPrediction: "mean" } }],
    atLeast: OTHER,
    tolerance: 1e-6,
  },
  drawn("hoeffding-adaptive-tree-classifier", "multiclass", 2),
  drawn("adaptive-random-forest-classifier", "multiclass", 10),
  drawn("adaptive-random-forest-regressor", "regression", 20, ["standard-scaler"]),
  drawn("adwin-bagging-classifier", "multiclass", 10),
];

/** Python draws other random numbers: the same work, and not the same numbers. */
function drawn(name: string, task: CaseTask, fewer: number, before: readonly Part[] = []): LearnerCase {
  return { name, task, chain: [...before, name], atLeast: OTHER, tolerance: Number.POSITIVE_INFINITY, fewer };
}

function linear(name: string, task: CaseTask, tolerance = exact): LearnerCase {
  return { name, task, chain: ["standard-scaler", name], atLeast: LINEAR, tolerance };
}

export interface LearnerExample {
  readonly x: Readonly<Record<string, number>>;
  readonly y: number | boolean | string;
}

/** Features normal around 3 with a spread of 2. The truth is their sum and noise, whether it is above its mean, or in which third. */
export function learnerExamples(task: CaseTask, features: number, count: number): readonly LearnerExample[] {
  let seed = 8;
  const uniform = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return (seed + 0.5) / 2_147_483_648;
  };
  const gauss = (mean: number, spread: number) =>
    mean + spread * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const truth = (sum: number) => {
    const standard = (sum - 3 * features) / Math.sqrt(4 * features + 1);
    if (task === "regression") return sum;
    if (task === "binary") return standard > 0;
    return standard < -0.43 ? "low" : standard < 0.43 ? "middle" : "high";
  };
  return Array.from({ length: count }, () => {
    const x = Object.fromEntries(Array.from({ length: features }, (_, i) => [`f${i}`, gauss(3, 2)]));
    return { x, y: truth(Object.values(x).reduce((sum, value) => sum + value, gauss(0, 1))) };
  });
}
