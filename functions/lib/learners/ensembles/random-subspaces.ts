// The features that a leaf of a forest looks at: so many of those that its first example has, each as likely as any other.

import type { SeededRandom } from "../seeded-random.ts";
import type { StateBudget } from "../state-budget.ts";
import type { Subspaces, Values } from "../trees/nodes.ts";

export type MaxFeatures = "sqrt" | "log2" | "all" | number;

/** As a pipeline file gives it. */
export const maxFeaturesSchema = {
  anyOf: [{ enum: ["sqrt", "log2", "all"] }, { type: "integer", minimum: 1, maximum: 1000 }],
  default: "sqrt",
  description:
    "How many features a leaf looks at for its split, drawn anew for each leaf: a number, or made of the number of features that its first example has.",
} as const;

export class RandomSubspaces implements Subspaces {
  readonly #most: MaxFeatures;
  readonly #random: SeededRandom;

  constructor(most: MaxFeatures, random: SeededRandom) {
    this.#most = most;
    this.#random = random;
  }

  draw(values: Values, budget: StateBudget): readonly number[] | undefined {
    const present: number[] = [];
    for (let slot = 0; slot < values.length; slot++) if (values[slot] !== undefined) present.push(slot);
    const size = sizeOf(this.#most, present.length);
    if (size === 0 || !budget.takeNumbers(size)) return undefined;
    // The first steps of a Fisher-Yates shuffle.
    for (let i = 0; i < size; i++) {
      const j = i + this.#random.below(present.length - i);
      const drawn = present[j] as number;
      present[j] = present[i] as number;
      present[i] = drawn;
    }
    return present.slice(0, size);
  }
}

function sizeOf(most: MaxFeatures, features: number): number {
  if (most === "all" || features === 0) return features;
  const size = most === "sqrt" ? Math.sqrt(features) : most === "log2" ? Math.log2(features) : most;
  return Math.min(features, Math.max(1, Math.round(size)));
}
