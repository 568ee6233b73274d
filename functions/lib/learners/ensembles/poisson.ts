// How often an example counts in one member of an ensemble: a random number that is Poisson-distributed, as River draws it (Knuth).

import type { SeededRandom } from "../seeded-random.ts";

/** @param rate its mean; at most some hundreds. */
export function poisson(rate: number, random: SeededRandom): number {
  const end = Math.exp(-rate);
  let k = 0;
  for (let p = random.next(); p > end; p *= random.next()) k++;
  return k;
}
