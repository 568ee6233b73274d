// River's InfoGainSplitCriterion: by how many bits a split makes the label less uncertain.

/** Either side of a split has at least this share of the weight. */
const LEAST_BRANCH = 0.01;

/**
 * By weights by label on either side of a split; -Infinity where a side is too small.
 * @param before the entropy of both together.
 */
export function gainOf(before: number, below: readonly number[], above: readonly number[]): number {
  const [under, over] = [sumOf(below), sumOf(above)];
  const total = under + over;
  if (!(total > 0 && under / total > LEAST_BRANCH && over / total > LEAST_BRANCH)) return Number.NEGATIVE_INFINITY;
  return before - (under * entropy(below) + over * entropy(above)) / total;
}

/** The greatest gain that there can be with so many labels. */
export function greatestGain(labels: number): number {
  return Math.log2(Math.max(2, labels));
}

export function sumOf(weights: readonly number[]): number {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return sum;
}

/** In bits, of weights by label. */
export function entropy(weights: readonly number[]): number {
  let bits = 0;
  let sum = 0;
  for (const weight of weights) {
    if (!(weight > 0)) continue;
    bits -= weight * Math.log2(weight);
    sum += weight;
  }
  return sum > 0 ? (bits + sum * Math.log2(sum)) / sum : 0;
}
