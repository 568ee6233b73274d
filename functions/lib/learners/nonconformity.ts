// How badly a truth fits a prediction, by task, and what fits no worse than so much: the scores that conformal.ts learns from.
//
//   regression       score = |y - prediction|                           region = prediction - radius to prediction + radius
//   classification   score = 1 - P(y), Sadinle, Lei, Wasserman 2019     region = all classes with a score of at most the radius
// Where a model knows its own spread, scores and radius are in units of it.

import type { Prediction, Region, Target } from "../events/vocabulary.ts";

export interface Nonconformity {
  /** Undefined for what is not scored: no prediction, or a truth of another task. */
  score(y: Target, prediction: Prediction): number | undefined;
  /** Undefined where there is no bound. @param radius below 0: nothing fits, and of a regression the prediction alone is left. */
  region(prediction: Exclude<Prediction, null>, radius: number): Region | undefined;
}

type Shares = Readonly<Record<string, number>>;

export const distance: Nonconformity = {
  score(y, prediction) {
    return typeof y === "number" && typeof prediction === "number" ? Math.abs(y - prediction) : undefined;
  },
  region(prediction, radius) {
    const most = Math.max(0, radius);
    const [lower, upper] = [(prediction as number) - most, (prediction as number) + most];
    return Number.isFinite(lower) && Number.isFinite(upper) ? { lower, upper } : undefined;
  },
};

export const unlikelinessOfTruth: Nonconformity = {
  score(y, prediction) {
    if (typeof y !== "boolean" || typeof prediction !== "number") return undefined;
    return unlikeliness(y ? prediction : 1 - prediction);
  },
  region(prediction, radius) {
    const ofTrue = prediction as number;
    return setOf([[true, ofTrue] as const, [false, 1 - ofTrue] as const], radius);
  },
};

export const unlikelinessOfLabel: Nonconformity = {
  score(y, prediction) {
    if (typeof y !== "string" || typeof prediction !== "object" || prediction === null) return undefined;
    // A label that was not known fits worse than any that was.
    return Object.hasOwn(prediction, y) ? unlikeliness(prediction[y] as number) : Number.POSITIVE_INFINITY;
  },
  region: (prediction, radius) => setOf(Object.entries(prediction as Shares), radius),
};

/** Shares are 1 at most, but for rounding. */
function unlikeliness(share: number): number {
  return Math.max(0, 1 - share);
}

/** The likeliest first. */
function setOf<C extends boolean | string>(
  shares: readonly (readonly [C, number])[],
  radius: number,
): Region | undefined {
  if (radius === Number.POSITIVE_INFINITY) return undefined;
  const fitting = shares.filter(([, share]) => unlikeliness(share) <= radius);
  return { classes: fitting.sort(([, a], [, b]) => b - a).map(([name]) => name) };
}
