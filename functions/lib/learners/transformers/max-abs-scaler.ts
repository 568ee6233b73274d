// River's preprocessing.MaxAbsScaler: x / max |x| of what was learned of the feature, and so between -1 and 1 once x is learned.
// 0 stays 0, so absent features stay comparable. 0 for a feature that was 0 ever since or never learned.

import type { LearnerType } from "../learner.ts";
import { createScaler } from "./kept-numbers.ts";
import { ratio } from "./ratio.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

export const maxAbsScaler: LearnerType = {
  name: "max-abs-scaler",
  role: "transformer",
  levels: true,
  options: { type: "object", additionalProperties: false, properties: { only: selectionSchema } },
  create: ({ only }, context) =>
    createScaler(
      {
        kept: ["absMax"],
        learn([absMax], slot, value) {
          (absMax as Float64Array)[slot] = Math.max(absMax?.[slot] as number, Math.abs(value));
        },
        scale: ([absMax], slot, value) => ratio(value, absMax?.[slot] as number),
      },
      selection(only as FeatureSelection | undefined, context),
    ),
};
