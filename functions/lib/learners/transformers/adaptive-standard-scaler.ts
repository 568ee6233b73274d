// River's preprocessing.AdaptiveStandardScaler: as the standard scaler, by a mean and a variance that follow the stream.
//   first x:   m = x; s = x^2
//   learn:     m = f x + (1 - f) m; s = f x^2 + (1 - f) s          where f is fadingFactor
//   transform: (x - m) / sqrt(s - m^2), and 0 where that variance is not above 0 or the feature was never learned
// As s and m^2 are subtracted, a spread below about 1e-8 of the values themselves is lost in rounding: such numbers (years,
// timestamps) need an origin nearer to them, or the standard scaler.

import type { LearnerType } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { createScaler } from "./kept-numbers.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

const OPTIONS = {
  fadingFactor: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.3,
    description: "The weight of the newest value: near 0 it follows slowly, at 1 only the newest counts.",
  },
  only: selectionSchema,
};

export const adaptiveStandardScaler: LearnerType = {
  name: "adaptive-standard-scaler",
  role: "transformer",
  scales: true,
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given, context) {
    const { fadingFactor: f, only } = withDefaults(OPTIONS, given) as {
      fadingFactor: number;
      only?: FeatureSelection;
    };
    return createScaler(
      {
        kept: ["means", "squares"],
        learn(kept, slot, value, isFirst) {
          const [means, squares] = kept as [Float64Array, Float64Array];
          const weight = isFirst ? 1 : f;
          means[slot] = weight * value + (1 - weight) * (means[slot] as number);
          squares[slot] = weight * (value * value) + (1 - weight) * (squares[slot] as number);
        },
        scale([means, squares], slot, value) {
          const mean = means?.[slot] as number;
          const variance = (squares?.[slot] as number) - mean * mean;
          return variance > 0 ? (value - mean) / Math.sqrt(variance) : 0;
        },
        seen([mean, square]) {
          const variance = (square as number) - (mean as number) ** 2;
          return { mean: mean as number, deviation: Math.sqrt(Math.max(0, variance)) };
        },
      },
      selection(only, context),
    );
  },
};
