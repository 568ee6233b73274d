// `as: text`: the text itself, for the parts of a chain that take text (one-hot-encoder, target-mean).

import type { Feature, FeatureType } from "./feature.ts";
import { featureName } from "./name.ts";
import { shortText } from "./short-text.ts";

/** Emits the field's text under the field's name; past 100 UTF-16 units it is shortened as shortText says. */
export const text: FeatureType = {
  name: "text",
  accepts: ["string"],
  options: {},
  create(spec): Feature {
    const name = featureName(spec, spec.from);
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "text" }],
      extract(value, emit) {
        emit(name, shortText(String(value)));
      },
    };
  },
};
