// River's feature_extraction.PolynomialExtender: beside the features, the products of two of them and up to `degree`, named
// `x*y` with the names sorted. A linear model learns interactions by them.
//
// n features have n (n + 1) / 2 products of two, and with one-hot or words n is what one event brings: so no more than
// `maxProducts` are made of an example, those of its first features. It keeps nothing: what is behind it keeps numbers of the products.

import type { LearnerType, State, Transformer, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { NOTHING_KEPT } from "../state-form.ts";
import { numberAt } from "../vector.ts";
import { type FeatureSelection, selection, selectionSchema } from "./selection.ts";

const OPTIONS = {
  degree: {
    type: "integer",
    minimum: 2,
    maximum: 4,
    default: 2,
    description: "Of how many features a product is, at most.",
  },
  interactionOnly: { type: "boolean", default: false, description: "No feature twice in a product: no squares." },
  includeBias: { type: "boolean", default: false, description: "Add a feature `bias` that is always 1." },
  maxProducts: {
    type: "integer",
    minimum: 1,
    maximum: 100_000,
    default: 1000,
    description: "How many products are made of one example, at most: those of its first features.",
  },
  only: selectionSchema,
};

interface Options {
  readonly degree: number;
  readonly interactionOnly: boolean;
  readonly includeBias: boolean;
  readonly maxProducts: number;
  readonly only?: FeatureSelection;
}

const BIAS = "bias";

export const polynomialExtender: LearnerType = {
  name: "polynomial-extender",
  role: "transformer",
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  isSpelling: true,
  create(given, context): Transformer {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    const selected = selection(options.only, context) ?? (() => true);
    return {
      role: "transformer",
      supervised: false,
      form: NOTHING_KEPT,
      init: () => ({ schema: 1 }),
      open: () => ({
        learnOne() {},
        transformOne: (x) => extended(x, options, selected),
        close: (): State => ({ schema: 1 }),
      }),
    };
  },
};

function extended(x: Vector, options: Options, selected: (name: string) => boolean): Vector {
  const names = x.names.slice();
  const values = x.values.slice();
  const factors = x.names.flatMap((name, i) => (selected(name) ? [{ name, value: numberAt(x, i) }] : []));
  let left = options.maxProducts;

  /** All products of `size` more factors from `start` on, in the order of x. */
  function multiply(size: number, start: number, among: readonly string[], product: number): void {
    for (let i = start; i < factors.length && left > 0; i++) {
      const { name, value } = factors[i] as (typeof factors)[number];
      const all = [...among, name];
      if (size > 1) {
        multiply(size - 1, options.interactionOnly ? i + 1 : i, all, product * value);
        continue;
      }
      names.push(all.sort().join("*"));
      values.push(product * value);
      left--;
    }
  }

  for (let size = 2; size <= options.degree; size++) multiply(size, 0, [], 1);
  if (options.includeBias) {
    names.push(BIAS);
    values.push(1);
  }
  return { names, values };
}
