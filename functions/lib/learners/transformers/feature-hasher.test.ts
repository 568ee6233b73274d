import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { createModel } from "../chain.ts";
import type { State, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";
import { featureHasher } from "./feature-hasher.ts";

const context = { isIndicator: () => false };

function hashed(x: Features, options = {}): Features {
  const hasher = featureHasher.create(options, context) as Transformer;
  const { names, values } = hasher.open(hasher.init()).transformOne(toVector(x));
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
}

describe("the feature hasher", () => {
  test("never makes more features than there are buckets, whatever the names", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.double({ min: -1, max: 1, noNaN: true })), (x) => {
        const buckets = Object.keys(hashed(x, { nFeatures: 3 }));

        expect(buckets.every((bucket) => ["0", "1", "2"].includes(bucket))).toBe(true);
      }),
    );
  });

  test("adds up what shares a bucket, all of it where signs do not alternate", () => {
    expect(hashed({ a: 1, b: 2, c: "x" }, { nFeatures: 1, alternateSign: false })).toEqual({ 0: 4 });
  });

  test("has other buckets with another seed", () => {
    expect(hashed({ a: 1 }, { seed: 1 })).not.toEqual(hashed({ a: 1 }, { seed: 2 }));
  });

  test("passes what it may not touch", () => {
    const { distance, ...buckets } = hashed({ distance: 5, origin: "LAX" }, { only: ["origin"] });

    expect(distance).toBe(5);
    expect(Object.keys(buckets)).toHaveLength(1);
  });

  test("makes indicators, which a scaler of numbers leaves as they are", () => {
    const parts = [
      { "feature-hasher": { only: ["origin"] } },
      { "standard-scaler": { only: "numbers" } },
      "linear-regression",
    ];
    const model = createModel(parts, context);
    const live = model.open(model.init());

    live.learnOne(toVector({ distance: 5, origin: "LAX" }), 1);

    const scaler = live.close().parts[1]?.state as State & { names: string[] };
    expect(scaler.names).toEqual(["distance"]);
  });
});
