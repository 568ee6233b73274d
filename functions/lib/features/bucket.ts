// `as: bucket`: which of some ranges a number lies in.

import { ConfigurationError } from "../errors.ts";
import type { Feature, FeatureType } from "./feature.ts";
import { featureName, prefixOf } from "./name.ts";

/** How many of the ascending boundaries are at or below the value: 0 to boundaries.length. */
function bucketOf(boundaries: readonly number[], value: number): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((boundaries[middle] ?? Number.POSITIVE_INFINITY) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * `boundaries: [500, 1500]` makes three buckets: 0 below 500, 1 from 500 to below 1500, 2 from 1500 on. Emits 1 under
 * `<field>_bucket_<i>`, an indicator each, since a linear model wants a weight for each range; with `encode: number` the
 * number of the bucket as `<field>_bucket`.
 */
export const bucket: FeatureType = {
  name: "bucket",
  accepts: ["number"],
  options: {
    boundaries: {
      type: "array",
      items: { type: "number" },
      minItems: 1,
      maxItems: 256,
      description: "ascending; a value at a boundary belongs to the bucket above it",
    },
    encode: {
      enum: ["one-hot", "number"],
      description: "one-hot (the default): one indicator a bucket. number: the number of the bucket, from 0",
    },
  },
  create(spec): Feature {
    const boundaries = spec["boundaries"] as readonly number[] | undefined;
    if (!boundaries) throw new ConfigurationError("bucket needs boundaries, such as `boundaries: [500, 1500]`");
    if (boundaries.some((boundary, i) => i > 0 && boundary <= (boundaries[i - 1] ?? 0))) {
      throw new ConfigurationError("the boundaries must ascend and differ from each other: sort them");
    }
    const name = featureName(spec, `${spec.from}_bucket`);
    if (spec["encode"] === "number") {
      return {
        from: spec.from,
        outputs: [{ name, open: false, kind: "number" }],
        extract(value, emit) {
          if (!Number.isNaN(value)) emit(name, bucketOf(boundaries, Number(value)));
        },
      };
    }
    const names = Array.from({ length: boundaries.length + 1 }, (_, i) => `${prefixOf(name)}${i}`);
    return {
      from: spec.from,
      outputs: names.map((name) => ({ name, open: false, kind: "indicator" })),
      extract(value, emit) {
        const found = Number.isNaN(value) ? undefined : names[bucketOf(boundaries, Number(value))];
        if (found !== undefined) emit(found, 1);
      },
    };
  },
};
