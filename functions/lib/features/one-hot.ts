// `as: one-hot`: one indicator for each value there is, without a list of them: `origin_LAX` is 1, the others are absent.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName, prefixOf } from "./name.ts";
import { shortText } from "./short-text.ts";

/**
 * Emits 1 under `<field>_<value>`. The names are open-ended: a linear model gets a weight for each value it has met, so
 * use `hash` where the values are without number. Past 100 UTF-16 units a value is shortened as shortText says.
 */
export const oneHot: FeatureType = {
  name: "one-hot",
  accepts: ["string"],
  options: {},
  create(spec): Feature {
    const prefix = prefixOf(featureName(spec, spec.from));
    return {
      from: spec.from,
      outputs: [{ name: prefix, open: true, kind: "indicator" }],
      extract(value, emit) {
        emit(prefix + shortText(String(value)), 1);
      },
    };
  },
};
