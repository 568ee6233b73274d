import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features } from "../events/vocabulary.ts";
import { checkNumbers, toVector } from "./vector.ts";

const names = fc.uniqueArray(fc.constantFrom("a", "b", "c", "__proto__", "constructor", ""));
const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(-0, "", "text", "5"));

describe("a vector", () => {
  test("has the features in the order of their keys, to the bit, whatever vectors came before", () => {
    const xs = names.chain((some) => fc.tuple(...some.map((name) => fc.tuple(fc.constant(name), value))));
    fc.assert(
      fc.property(xs, (entries) => {
        const x: Features = Object.fromEntries(entries);

        expect(toVector(x)).toEqual({ names: Object.keys(x), values: Object.values(x) });
      }),
    );
  });

  test("shares its list of names with the vectors before it, where that is equal", () => {
    const first = toVector({ a: 1, b: 2 });
    const other = toVector({ b: 1, a: 2 });
    const [third, fourth] = [toVector({ b: 3, a: 4 }), toVector({ b: "text", a: 4 })];

    expect(other.names).not.toBe(first.names);
    expect(third.names).toBe(other.names);
    expect(fourth.names).toBe(other.names);
    expect(first.names).toEqual(["a", "b"]);
  });

  test("has lists of values that are its own", () => {
    const x = { a: 1.5, b: 2 };

    const [one, other] = [toVector(x), toVector(x)];

    expect(one.values).not.toBe(other.values);
  });
});

describe("a check of numbers", () => {
  const x = { names: ["text", "infinite", "good"], values: ["5", Number.POSITIVE_INFINITY, 1] };

  test("names the first feature that is text or not finite", () => {
    expect(() => checkNumbers(x, [0, 1, 2])).toThrow("feature text ");
    expect(() => checkNumbers(x, [-1, 1, 2])).toThrow("feature infinite ");
  });

  test("passes over the features in slots below the least", () => {
    expect(() => checkNumbers(x, [-1, -2, 2])).not.toThrow();
    expect(() => checkNumbers(x, [-2, -1, 2], -1)).toThrow("feature infinite ");
  });
});
