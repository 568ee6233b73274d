// River's preprocessing.FeatureHasher: all features are folded into a fixed number of buckets, so that a model stays small however
// many names and values there are. What shares a bucket adds up. It keeps nothing; what is behind it knows `nFeatures` names at most.
//   bucket = murmur3 (32 bit, unsigned) of the token, modulo nFeatures; the token is the name, or `name=value` for text
//   value  = the number, or 1 for text, negated where the top bit of the hash is set: so that what collides cancels out
// Source: Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (2009). River draws the seed of murmur3 from
// its own seed by NumPy; here `seed` is that of murmur3.

import { murmur3 } from "../../murmur3.ts";
import type { FeatureShape, LearnerType, State, Transformer, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { NOTHING_KEPT } from "../state-form.ts";
import { numberAt } from "../vector.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

const TOP_BIT = 0x80000000;

const OPTIONS = {
  nFeatures: {
    type: "integer",
    minimum: 1,
    maximum: 2 ** 31,
    default: 1_048_576,
    description: "How many buckets there are; more of them collide less.",
  },
  seed: { type: "integer", minimum: 0, maximum: 2 ** 32 - 1, default: 0, description: "Of murmur3." },
  alternateSign: { type: "boolean", default: true, description: "Negate by the top bit of the hash." },
  only: selectionSchema,
};

interface Options {
  readonly nFeatures: number;
  readonly seed: number;
  readonly alternateSign: boolean;
  readonly only?: FeatureSelection;
}

/** Any bucket: they are called by their numbers. */
const BUCKET: FeatureShape = { name: "0", open: false, kind: "indicator" };

export const featureHasher: LearnerType = {
  name: "feature-hasher",
  role: "transformer",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  takesText: () => "all",
  becomes: () => [BUCKET],
  makesIndicator: (name) => /^\d+$/.test(name),
  isSpelling: true,
  create(given, context): Transformer {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    const selected = selection(options.only, context);
    return {
      role: "transformer",
      supervised: false,
      form: NOTHING_KEPT,
      init: () => ({ schema: 1 }),
      open: () => ({
        learnOne() {},
        transformOne: (x) => hashed(x, options, selected),
        close: (): State => ({ schema: 1 }),
      }),
    };
  },
};

function hashed(
  x: Vector,
  { nFeatures, seed, alternateSign }: Options,
  selected: ((name: string) => boolean) | undefined,
): Vector {
  const names: string[] = [];
  const values: (number | string)[] = [];
  const sums = new Map<number, number>();
  for (let i = 0; i < x.names.length; i++) {
    const name = x.names[i] as string;
    const value = x.values[i] as number | string;
    if (selected?.(name) === false) {
      names.push(name);
      values.push(value);
      continue;
    }
    const isText = typeof value === "string";
    const hash = murmur3(isText ? `${name}=${value}` : name, seed);
    const amount = isText ? 1 : numberAt(x, i);
    const bucket = hash % nFeatures;
    sums.set(bucket, (sums.get(bucket) ?? 0) + (alternateSign && hash >= TOP_BIT ? -amount : amount));
  }
  for (const [bucket, sum] of sums) {
    names.push(String(bucket));
    values.push(sum);
  }
  return { names, values };
}
