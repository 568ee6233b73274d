// River's InfoGainSplitCriterion: by how many bits a split makes the label less uncertain.

/** Either side of a split has at least this share of the weight. */
const LEAST_BRANCH = 0.01;

/** Of weights by label, before a split and on either side of it; -Infinity where a side is too small. */
export function informationGain(before: readonly number[], sides: readonly (readonly number[])[]): number {
  const sums = sides.map(sumOf);
  const total = sumOf(sums);
  if (!(total > 0) || sums.some((sum) => !(sum / total > LEAST_BRANCH))) return Number.NEGATIVE_INFINITY;
  const after = sides.reduce((bits, side, i) => bits + (sums[i] as number) * entropy(side), 0);
  return entropy(before) - after / total;
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

function entropy(weights: readonly number[]): number {
  let bits = 0;
  let sum = 0;
  for (const weight of weights) {
    if (!(weight > 0)) continue;
    bits -= weight * Math.log2(weight);
    sum += weight;
  }
  return sum > 0 ? (bits + sum * Math.log2(sum)) / sum : 0;
}
