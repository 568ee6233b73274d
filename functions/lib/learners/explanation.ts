// What learners make their explanations of: bounded, so that a prediction that is stored with one stays small.

import type { Contribution, ExplainedSum, Explanation, PathTest, Prediction } from "../events/vocabulary.ts";
import { NonFiniteError, type Vector } from "./learner.ts";

/** The greatest contributions by size, the tests nearest to the leaf. */
export const MOST_PARTS = 10;
/** The likeliest classes. */
export const MOST_CLASSES = 3;

export function unexplained(why: string): Explanation {
  return { kind: "none", why };
}

/**
 * @param contributions by position in x; texts and unknown features have 0.
 * @param intercept what is added whatever x is.
 * @throws NonFiniteError where the sum is not finite: then there is no prediction either.
 */
export function explainedSum(x: Vector, contributions: ArrayLike<number>, intercept: number): ExplainedSum {
  const all: Contribution[] = [];
  let sum = 0;
  for (const [i, value] of x.values.entries()) {
    const contribution = contributions[i] ?? 0;
    if (typeof value !== "number") continue;
    all.push({ feature: x.names[i] as string, value, contribution });
    sum += contribution;
  }
  const total = sum + intercept;
  if (!Number.isFinite(total)) throw new NonFiniteError("a sum of contributions");
  // Equal ones stay in the order of x.
  const sorted = all.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const shown = sorted.slice(0, MOST_PARTS).filter((one) => one.contribution !== 0);
  const rest = sorted.slice(shown.length);
  const contribution = rest.reduce((of, one) => of + one.contribution, 0);
  return {
    ...{ total, intercept, contributions: shown },
    ...(rest.length > 0 && { others: { features: rest.length, contribution } }),
  };
}

/** @param tests from the root to the leaf. */
export function explainedPath(tests: readonly PathTest[], n: number, value: Prediction): Explanation {
  const others = tests.length - MOST_PARTS;
  return {
    kind: "path",
    tests: tests.slice(-MOST_PARTS),
    ...(others > 0 && { otherTests: others }),
    leaf: { n, ...likeliestOf(value) },
  };
}

/** A prediction of many classes, cut to the likeliest. */
function likeliestOf(value: Prediction): { readonly value: Prediction; readonly otherClasses?: number } {
  if (typeof value !== "object" || value === null) return { value };
  const sorted = Object.entries(value).sort(([, a], [, b]) => b - a);
  const others = sorted.length - MOST_CLASSES;
  return { value: Object.fromEntries(sorted.slice(0, MOST_CLASSES)), ...(others > 0 && { otherClasses: others }) };
}
