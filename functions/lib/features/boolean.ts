// `as: boolean`: 1 for true, 0 for false.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName } from "./name.ts";

/** Emits 1 or 0 under the field's name. It is a number, not an indicator: false is 0 and not absent, so it can be scaled. */
export const boolean: FeatureType = {
  name: "boolean",
  accepts: ["boolean"],
  options: {},
  create(spec): Feature {
    const name = featureName(spec, spec.from);
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "number", isSmall: true }],
      extract(value, emit) {
        emit(name, value === true ? 1 : 0);
      },
    };
  },
};
