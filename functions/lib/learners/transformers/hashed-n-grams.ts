// A text becomes a fixed number of features `<text>_<bucket>`: each n-gram of its words, or of its characters, counts in the bucket
// that its hash says (murmur3, 32 bit, unsigned, modulo nFeatures), negated where the top bit of the hash is set.
// Characters tell misspelt and inflected words that are alike. Source: Weinberger et al., "Feature Hashing for Large Scale
// Multitask Learning" (2009).

import { murmur3 } from "../../murmur3.ts";
import type { LearnerType } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { characterGrams, checkRange, replaceText, type WordsOptions, wordGrams, wordsOptions } from "./words.ts";

const TOP_BIT = 0x80000000;

const OPTIONS = {
  ...wordsOptions,
  of: { enum: ["words", "characters"], default: "words", description: "What the n-grams are made of." },
  nFeatures: {
    type: "integer",
    minimum: 1,
    maximum: 1_048_576,
    default: 1024,
    description: "How many buckets there are; more of them collide less.",
  },
  seed: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1, default: 0, description: "Of murmur3." },
};

interface Options extends WordsOptions {
  readonly of: "words" | "characters";
  readonly nFeatures: number;
  readonly seed: number;
}

export const hashedNGrams: LearnerType = {
  name: "hashed-n-grams",
  role: "transformer",
  options: { type: "object", additionalProperties: false, required: ["on"], properties: OPTIONS },
  takesText: ({ on }) => [on as string],
  becomes: (feature, { on }) =>
    feature.name === on ? [{ name: `${feature.name}_`, open: true, kind: "indicator" }] : [feature],
  isSpelling: true,
  create(given) {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    checkRange(options);
    return replaceText(options.on, (text) => hashed(text, options));
  },
};

function hashed(text: string, options: Options): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const gram of options.of === "words" ? wordGrams(text, options) : characterGrams(text, options)) {
    const hash = murmur3(gram, options.seed);
    const bucket = hash % options.nFeatures;
    sums.set(bucket, (sums.get(bucket) ?? 0) + (hash >= TOP_BIT ? -1 : 1));
  }
  return sums;
}
