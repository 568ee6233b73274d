// What a prediction is sure of: the probability that it gives to what it says, and whether that is so.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { likeliest } from "../likeliest.ts";

/** How sure a prediction was of something, from 0 to 1, and whether that is so. */
export interface Certainty {
  readonly p: number;
  readonly isSo: boolean;
}

/** Undefined for what is not counted: no prediction, or a truth of another task. */
export type CertaintyOf = (y: Target, prediction: Prediction) => Certainty | undefined;

export const certaintyOfTrue: CertaintyOf = (y, prediction) => {
  if (typeof y !== "boolean" || typeof prediction !== "number" || !Number.isFinite(prediction)) return undefined;
  return { p: prediction, isSo: y };
};

export const certaintyOfLikeliest: CertaintyOf = (y, prediction) => {
  if (typeof y !== "string" || typeof prediction !== "object" || prediction === null) return undefined;
  const label = likeliest(prediction);
  return label === undefined ? undefined : { p: prediction[label] as number, isSo: label === y };
};
