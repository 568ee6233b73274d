import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { learnerTypes } from "../index.ts";
import type { LearnerType, OpenTransformer, State, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";

const context = { isIndicator: (name: string) => name.startsWith("origin_") };
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

function learned(name: string, values: readonly number[], options = {}): OpenTransformer<State> {
  const scaler = (learnerTypes[name] as LearnerType).create(options, context) as Transformer;
  const live = scaler.open(scaler.init());
  for (const a of values) live.learnOne(toVector({ a }), 0);
  return live;
}

const scaled = (live: OpenTransformer<State>, a: number) => live.transformOne(toVector({ a })).values[0] as number;

const SCALERS = ["min-max-scaler", "max-abs-scaler", "robust-scaler", "adaptive-standard-scaler"];

describe.each(SCALERS)("the %s", (name) => {
  test("makes 0 of a feature it has not learned, seen beside others or not", () => {
    expect(scaled(learned(name, []), 5)).toBe(0);
    expect(learned(name, [1, 2]).transformOne(toVector({ b: 7 })).values).toEqual([0]);
  });

  test("hands on what it may not touch as it is, text included", () => {
    const scaler = (learnerTypes[name] as LearnerType).create({ only: ["a"] }, context) as Transformer;
    const live = scaler.open(scaler.init());
    const x: Features = { city: "x", a: 3, b: 9 };

    live.learnOne(toVector(x), 0);
    const { names, values } = live.transformOne(toVector(x));

    expect(names).toEqual(["city", "a", "b"]);
    expect([values[0], values[2]]).toEqual(["x", 9]);
    expect(JSON.stringify(live.close())).not.toContain("city");
  });
});

// The others refuse some of these, as the contract says.
test.each(["min-max-scaler", "max-abs-scaler"])(
  "the %s scales whatever it has learned to a number from -1 to 1, from the largest double to the smallest",
  (name) => {
    const extremes = fc.oneof(fc.constantFrom(1.7e308, -1.7e308, 5e-324, -5e-324, 0, -0), finite);
    fc.assert(
      fc.property(fc.array(extremes, { minLength: 1 }), (values) => {
        const live = learned(name, values);

        for (const value of values) expect(Math.abs(scaled(live, value))).toBeLessThanOrEqual(1);
      }),
    );
  },
);

describe("the min-max scaler", () => {
  test("maps the least to 0, the most to 1, and what lies beyond them beyond these", () => {
    const live = learned("min-max-scaler", [4, 2, 6]);

    expect([2, 4, 6, 8].map((value) => scaled(live, value))).toEqual([0, 0.5, 1, 1.5]);
  });

  test("makes 0 of a constant", () => {
    expect(scaled(learned("min-max-scaler", [3, 3]), 3)).toBe(0);
  });
});

test("the max-abs scaler divides by the largest absolute value, so that 0 stays 0", () => {
  const live = learned("max-abs-scaler", [-4, 2]);

  expect([2, -4, 0, 8].map((value) => scaled(live, value))).toEqual([0.5, -1, 0, 2]);
});

test.each(SCALERS)("%s answers a number where it divides by next to nothing: the quotient would be none", (name) => {
  const values = [0, 5e-324, 0, 5e-324];

  expect(Number.isFinite(scaled(learned(name, values), 700))).toBe(true);
});

describe("the robust scaler", () => {
  test("is not moved by an outlier", () => {
    const values = Array.from({ length: 1001 }, (_, i) => (i * 617) % 1001);

    const without = scaled(learned("robust-scaler", values), 750);
    const withOutlier = scaled(learned("robust-scaler", [...values, 1e12]), 750);

    expect(without).toBeCloseTo(0.5, 1);
    expect(withOutlier).toBeCloseTo(without, 2);
  });

  test("refuses quantiles of which the lower is not below the upper", () => {
    expect(() => learned("robust-scaler", [], { lower: 0.8, upper: 0.2 })).toThrow(
      "lower (0.8) must be below upper (0.2)",
    );
  });
});

describe("the adaptive standard scaler", () => {
  test("follows a change of level, which the standard scaler does not", () => {
    const values = Array.from({ length: 400 }, (_, i) => (i < 200 ? 0 : 1000) + (i % 2));

    expect(Math.abs(scaled(learned("adaptive-standard-scaler", values), 1000.5))).toBeLessThan(0.5);
    expect(Math.abs(scaled(learned("standard-scaler", values), 1000.5))).toBeGreaterThan(0.9);
  });

  test("refuses a value whose square is beyond doubles, rather than keep it", () => {
    expect(() => learned("adaptive-standard-scaler", [1e200])).toThrow("what is kept of a would become infinite");
  });
});
