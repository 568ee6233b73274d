// Examples as learners take them: named features as two parallel lists, and targets and features that are numbers.

import type { Features, Target } from "../events/vocabulary.ts";
import { NonFiniteError, type Vector } from "./learner.ts";

/** The features in the order of their keys. */
export function toVector(x: Features): Vector {
  return { names: Object.keys(x), values: Object.values(x) };
}

/** The number of the feature at position i. @throws NonFiniteError for text or a number that is not finite. */
export function numberAt(x: Vector, i: number): number {
  const value = x.values[i];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new NonFiniteError(`what is learned from feature ${x.names[i]}`);
}

/** The target of a regression. @throws NonFiniteError for what is no number or not finite. */
export function numberOf(y: Target): number {
  if (typeof y === "number" && Number.isFinite(y)) return y;
  throw new NonFiniteError("what is learned from the target");
}
