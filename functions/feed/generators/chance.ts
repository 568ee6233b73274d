// What generators draw: numbers of usual distributions, from chance that a seed repeats.

import { SeededRandom } from "../../lib/learners/seeded-random.ts";
import type { Random } from "../../lib/random.ts";

/** The same seed draws the same numbers. */
export function seededRandom(seed: number): Random {
  const seeded = new SeededRandom(seed >>> 0);
  return () => seeded.next();
}

/** Mean 0, standard deviation 1. Box and Muller; of the pair one is used, so that each call takes the same share of the stream. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random());
}

/** One of them, each as often as its weight says. */
export function oneOf<T>(random: Random, weighted: readonly (readonly [item: T, weight: number])[]): T {
  const all = weighted.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random() * all;
  for (const [item, weight] of weighted) {
    left -= weight;
    if (left < 0) return item;
  }
  return (weighted.at(-1) as readonly [T, number])[0];
}
