import type { Prediction, Target } from "../../events/vocabulary.ts";

/** y - prediction; undefined where one is no number, or the sum of the squares of `most` such errors would overflow. */
export function errorOf(y: Target, prediction: Prediction, most: number): number | undefined {
  if (typeof prediction !== "number" || typeof y !== "number") return undefined;
  const error = y - prediction;
  return Number.isFinite(error ** 2 * most) ? error : undefined;
}
