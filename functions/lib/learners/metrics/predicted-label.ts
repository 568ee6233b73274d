// Truth and prediction as labels: binary, true where P(true) is above 0.5; multiclass, the label of the highest probability; anomaly,
// true where it is an alarm. Of equal ones it is false, or the first.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { isAlarm, scoredOf } from "../alarm.ts";
import { likeliest } from "../likeliest.ts";

/** The label that is predicted; undefined where that cannot be scored with this truth. */
export function predictedLabel(y: Target, prediction: Prediction): boolean | string | undefined {
  if (typeof y === "boolean") {
    const scored = scoredOf(prediction);
    if (scored !== undefined) return isAlarm(scored);
    return typeof prediction === "number" && Number.isFinite(prediction) ? prediction > 0.5 : undefined;
  }
  if (typeof y !== "string" || typeof prediction !== "object" || prediction === null) return undefined;
  return likeliest(prediction);
}
