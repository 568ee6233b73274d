// `as: log`: the natural logarithm, for quantities of very different orders of magnitude.

import type { Feature, FeatureType } from "./feature.ts";
import { featureName } from "./name.ts";

/**
 * Emits ln(value + offset) as `<field>_log`. `offset` is 0 by default; for counts that may be 0
 * take `offset: 1`, which is computed as log1p. Where value + offset is 0 or less there is no logarithm, and the feature is
 * absent from that record, as it is for a null.
 */
export const log: FeatureType = {
  name: "log",
  accepts: ["number"],
  options: {
    offset: {
      type: "number",
      minimum: 0,
      default: 0,
      description: "added before the logarithm is taken: 1 for counts that may be 0",
    },
  },
  create(spec): Feature {
    const name = featureName(spec, `${spec.from}_log`);
    const offset = Number(spec["offset"] ?? 0);
    return {
      from: spec.from,
      outputs: [{ name, open: false, kind: "number" }],
      extract(value, emit) {
        const result = offset === 1 ? Math.log1p(Number(value)) : Math.log(Number(value) + offset);
        if (Number.isFinite(result)) emit(name, result);
      },
    };
  },
};
