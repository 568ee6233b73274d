// `as: number`: the number itself.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName } from "./name.ts";

/** Emits the field's value under the field's name. A value that is not finite is an absent feature. */
export const number: FeatureType = {
  name: "number",
  accepts: ["number"],
  options: {},
  create(spec): Feature {
    const name = featureName(spec, spec.from);
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "number" }],
      extract(value, emit) {
        if (typeof value === "number" && Number.isFinite(value)) emit(name, value);
      },
    };
  },
};
