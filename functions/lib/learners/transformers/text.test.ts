import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { learnerTypes } from "../index.ts";
import type { LearnerType, Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";

const context = { isIndicator: () => false };

function made(name: string, x: Features, options = {}): Features {
  const part = (learnerTypes[name] as LearnerType).create({ on: "t", ...options }, context) as Transformer;
  const { names, values } = part.open(part.init()).transformOne(toVector(x));
  return Object.fromEntries(names.map((one, i) => [one, values[i] as number]));
}

/** Counts by n-gram, without the name of the text feature. */
const bag = (t: string, options = {}) =>
  Object.fromEntries(Object.entries(made("bag-of-words", { t }, options)).map(([name, n]) => [name.slice(2), n]));

describe("a bag of words", () => {
  test.each([
    ["This is the first document, the FIRST.", { this: 1, is: 1, the: 2, first: 2, document: 1 }],
    ["well-known São Paulo -- a b c-d _x- 42 1", { "well-known": 1, sao: 1, paulo: 1, "c-d": 1, _x: 1, "42": 1 }],
    ["größe x² e\u0301te\u0301 naïve-", { große: 1, x2: 1, ete: 1, naive: 1 }],
    ["", {}],
  ])("of %j has the words that River finds", (text, words) => {
    expect(bag(text)).toEqual(words);
  });

  test("counts n-grams of words, joined by a space", () => {
    expect(bag("the first, the first", { minN: 1, maxN: 2 })).toEqual({
      the: 2,
      first: 2,
      "the first": 2,
      "first the": 1,
    });
  });

  test("keeps capital letters and accents where it is told to", () => {
    expect(bag("Café", { lowercase: false, stripAccents: false })).toEqual({ Café: 1 });
  });

  test("takes the place of the text; all else passes, and so does an example without it", () => {
    expect(made("bag-of-words", { a: 1, t: "so so", b: "text" })).toEqual({ a: 1, b: "text", t_so: 2 });
    expect(made("bag-of-words", { a: 1 })).toEqual({ a: 1 });
  });

  test("has no more n-grams than the text has characters, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const words = Object.keys(bag(text));

        expect(words.length).toBeLessThanOrEqual(text.normalize("NFKD").length);
        expect(words.every((word) => word.length >= 2)).toBe(true);
      }),
    );
  });
});

describe("hashed n-grams", () => {
  test("have names of the text feature and a bucket, and no more of them than buckets", () => {
    const text = Array.from({ length: 200 }, (_, i) => `word${i}`).join(" ");

    const buckets = Object.keys(made("hashed-n-grams", { t: text }, { nFeatures: 8 }));

    expect(buckets.length).toBe(8);
    expect(buckets.every((name) => /^t_[0-7]$/.test(name))).toBe(true);
  });

  test("count how often an n-gram is in the text, with the sign of its hash", () => {
    const once = Object.entries(made("hashed-n-grams", { t: "hello" }));
    const thrice = Object.entries(made("hashed-n-grams", { t: "hello hello hello" }));

    expect(thrice).toEqual(once.map(([name, sign]) => [name, (sign as number) * 3]));
    expect(Math.abs(once[0]?.[1] as number)).toBe(1);
  });

  test("of characters are alike for words that are alike", () => {
    const of = (t: string) =>
      Object.keys(made("hashed-n-grams", { t }, { of: "characters", minN: 3, maxN: 3, nFeatures: 1_000_000 }));

    const shared = of("delayed").filter((name) => of("delaying").includes(name));

    expect(of("delayed").length).toBe(5);
    expect(shared.length).toBe(3);
  });

  test.each(["bag-of-words", "hashed-n-grams"])("%s refuses a shortest length above the longest", (name) => {
    expect(() => made(name, {}, { minN: 3, maxN: 2 })).toThrow("minN (3) must not be above maxN (2)");
  });
});
