// Truth and prediction of a classification as labels: binary, true where P(true) is above 0.5; multiclass, the label of the highest
// probability. Of equal ones it is false, or the first.

import type { Prediction, Target } from "../../events/vocabulary.ts";

/** The label that is predicted; undefined where that cannot be scored with this truth. */
export function predictedLabel(y: Target, prediction: Prediction): boolean | string | undefined {
  if (typeof y === "boolean")
    return typeof prediction === "number" && Number.isFinite(prediction) ? prediction > 0.5 : undefined;
  if (typeof y !== "string" || typeof prediction !== "object" || prediction === null) return undefined;
  let best: string | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  for (const label of Object.keys(prediction)) {
    const share = prediction[label] as number;
    if (share <= highest || !Number.isFinite(share)) continue;
    best = label;
    highest = share;
  }
  return best;
}
