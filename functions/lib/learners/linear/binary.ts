// What the linear models of binary classification have in common: true is 1, false is -1, and P(true) the sigmoid of a sum.

import type { Target } from "../../events/vocabulary.ts";
import { NonFiniteError } from "../learner.ts";

/** Beyond it, either way, the sigmoid is exactly 1 or 0, as River's. */
const CERTAIN = 30;

export function sigmoid(p: number): number {
  if (p < -CERTAIN) return 0;
  return p > CERTAIN ? 1 : 1 / (1 + Math.exp(-p));
}

/** @throws NonFiniteError for what is neither true nor false. */
export function signOf(y: Target): number {
  if (typeof y === "boolean") return y ? 1 : -1;
  throw new NonFiniteError("what is learned from the target");
}
