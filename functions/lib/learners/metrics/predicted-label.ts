// Truth and prediction of a classification as labels: binary, true where P(true) is above 0.5; multiclass, the label of the highest
// probability. Of equal ones it is false, or the first.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { likeliest } from "../likeliest.ts";

/** The label that is predicted; undefined where that cannot be scored with this truth. */
export function predictedLabel(y: Target, prediction: Prediction): boolean | string | undefined {
  if (typeof y === "boolean")
    return typeof prediction === "number" && Number.isFinite(prediction) ? prediction > 0.5 : undefined;
  if (typeof y !== "string" || typeof prediction !== "object" || prediction === null) return undefined;
  return likeliest(prediction);
}
