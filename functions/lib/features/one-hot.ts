// `as: one-hot`: one indicator for each value, without a list of values: `origin_LAX` is 1, the others are absent.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName, prefixOf } from "./name.ts";
import { shortText } from "./short-text.ts";

/**
 * Emits 1 under `<field>_<value>`. Any value may come, and a linear model keeps a weight for each, up to the limit of its
 * state: use `hash` where there are very many values. Past 100 UTF-16 units a value is shortened as shortText says.
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
