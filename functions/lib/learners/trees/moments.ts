// Number, mean and squared distances to the mean of some values, which can be added and taken off: River's stats.Var.

import { type Check, count, number, object } from "../state-form.ts";

export interface MomentsState {
  readonly n: number;
  readonly mean: number;
  /** Sum of squared distances to the mean. */
  readonly squares: number;
}

export const checkMoments: Check = object({ n: count, mean: number, squares: number });

export const noMoments: MomentsState = { n: 0, mean: 0, squares: 0 };

/** @param weight how often it counts. */
export function withValue({ n, mean, squares }: MomentsState, value: number, weight = 1): MomentsState {
  const next = mean + (weight / (n + weight)) * (value - mean);
  return { n: n + weight, mean: next, squares: squares + weight * (value - mean) * (value - next) };
}

export function plus(a: MomentsState, b: MomentsState): MomentsState {
  const n = a.n + b.n;
  if (n === 0) return noMoments;
  const distance = a.mean - b.mean;
  const squares = a.squares + b.squares + (distance * distance * a.n * b.n) / n;
  return { n, mean: (a.n * a.mean + b.n * b.mean) / n, squares };
}

/** Of what is left of `a` without `b`, which is part of it. */
export function minus(a: MomentsState, b: MomentsState): MomentsState {
  const n = a.n - b.n;
  if (n <= 0) return noMoments;
  const mean = (a.n * a.mean - b.n * b.mean) / n;
  const distance = mean - b.mean;
  return { n, mean, squares: a.squares - b.squares - (distance * distance * n * b.n) / (n + b.n) };
}

/** With ddof 1. */
export function varianceOf({ n, squares }: MomentsState): number {
  return n > 1 ? squares / (n - 1) : 0;
}

export function areFinite({ n, mean, squares }: MomentsState): boolean {
  return Number.isFinite(n) && Number.isFinite(mean) && Number.isFinite(squares);
}
