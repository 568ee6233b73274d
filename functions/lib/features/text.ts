// `as: text`: the text itself, for the parts of a chain that take text: one-hot-encoder, target-mean, bag-of-words and others.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName } from "./name.ts";
import { MAX_TEXT_LENGTH, shortText } from "./short-text.ts";

/** Emits the field's text under the field's name; past `maxLength` UTF-16 units it is shortened as shortText says. */
export const text: FeatureType = {
  name: "text",
  accepts: ["string"],
  options: {
    maxLength: {
      type: "integer",
      minimum: MAX_TEXT_LENGTH,
      maximum: 8192,
      default: MAX_TEXT_LENGTH,
      description: "the longest text, in UTF-16 units, that is not shortened: more for what is taken apart into words",
    },
  },
  create(spec): Feature {
    const name = featureName(spec, spec.from);
    const most = Number(spec["maxLength"] ?? MAX_TEXT_LENGTH);
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "text" }],
      extract(value, emit) {
        emit(name, shortText(String(value), most));
      },
    };
  },
};
