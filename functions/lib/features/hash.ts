// `as: hash`: text of very many values (user ids, urls), folded into a fixed number of features.

import { murmur3 } from "../murmur3.ts";
import type { Feature, FeatureType } from "./feature.ts";
import { featureName, prefixOf } from "./name.ts";

const TOP_BIT = 0x80000000;
const DEFAULT_BUCKETS = 1024;

/**
 * Emits 1 or -1 under `<field>_<bucket>`, as River's FeatureHasher does: murmur3 (32 bit, unsigned) of
 * `<field>=<value>`, modulo the number of buckets; a set top bit makes it -1, so that values which share a bucket cancel
 * out rather than add up. An indicator: constant when present, so a scaler would turn it to nothing.
 * Formula: Weinberger et al., Feature Hashing for Large Scale Multitask Learning (2009).
 */
export const hash: FeatureType = {
  name: "hash",
  accepts: ["string"],
  options: {
    buckets: {
      type: "integer",
      minimum: 2,
      maximum: 1_048_576,
      default: DEFAULT_BUCKETS,
      description: "how many features the values share; more of them collide less",
    },
    seed: { type: "integer", minimum: 0, maximum: 4_294_967_295, default: 0, description: "of murmur3" },
  },
  create(spec): Feature {
    const prefix = prefixOf(featureName(spec, spec.from));
    const buckets = Number(spec["buckets"] ?? DEFAULT_BUCKETS);
    const seed = Number(spec["seed"] ?? 0);
    const token = `${spec.from}=`;
    return {
      from: spec.from,
      outputs: [{ name: prefix, open: true, kind: "indicator" }],
      extract(value, emit) {
        const hashed = murmur3(token + String(value), seed);
        emit(prefix + (hashed % buckets), hashed >= TOP_BIT ? -1 : 1);
      },
    };
  },
};
