// River's preprocessing.MinMaxScaler: (x - min) / (max - min) of what was learned of the feature, and so between 0 and 1 once x
// is learned. 0 where min and max are equal or the feature was never learned (River: NaN).

import type { LearnerType } from "../learner.ts";
import { createScaler } from "./kept-numbers.ts";
import { ratio } from "./ratio.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

export const minMaxScaler: LearnerType = {
  name: "min-max-scaler",
  role: "transformer",
  scales: true,
  options: { type: "object", additionalProperties: false, properties: { only: selectionSchema } },
  create: ({ only }, context) =>
    createScaler(
      {
        kept: ["min", "max"],
        learn(kept, slot, value, isFirst) {
          const [min, max] = kept as [Float64Array, Float64Array];
          if (isFirst || value < (min[slot] as number)) min[slot] = value;
          if (isFirst || value > (max[slot] as number)) max[slot] = value;
        },
        scale: ([min, max], slot, value) => within(value, min?.[slot] as number, max?.[slot] as number),
        seen: ([least, most]) => ({ least: least as number, most: most as number }),
      },
      selection(only as FeatureSelection | undefined, context),
    ),
};

function within(value: number, low: number, high: number): number {
  if (Number.isFinite(high - low)) return ratio(value - low, high - low);
  // They are so far apart that doubles have no number for it: halves have.
  return (value / 2 - low / 2) / (high / 2 - low / 2);
}
