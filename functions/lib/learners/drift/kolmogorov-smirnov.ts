// The two-sample Kolmogorov-Smirnov test for samples of one size n, as SciPy's ks_2samp has it for up to 10,000 values.

export interface Comparison {
  /** The greatest distance between the two empirical distributions. */
  readonly distance: number;
  /** P of a distance as great or greater, if both samples are of one distribution; exact where no values are equal. */
  readonly pValue: number;
}

export function compareSamples(a: readonly number[], b: readonly number[]): Comparison {
  const n = a.length;
  const steps = greatestLead([...a].sort(ascending), [...b].sort(ascending));
  return { distance: steps / n, pValue: steps === 0 ? 1 : Math.min(1, probabilityOutside(n, steps)) };
}

const ascending = (a: number, b: number) => a - b;

/** By how many values one sample leads the other at most, of those up to any value. */
function greatestLead(a: readonly number[], b: readonly number[]): number {
  let [i, j, lead] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= value) i++;
    while (j < b.length && (b[j] as number) <= value) j++;
    lead = Math.max(lead, Math.abs(i - j));
  }
  return lead;
}

/**
 * P that a random path from (0, 0) to (n, n) touches one of the lines that lie `h` beside the diagonal: Hodges 1957, "The
 * significance probability of the Smirnov two-sample test". 2 (C(2n, n-h) - C(2n, n-2h) + ...) / C(2n, n), as Horner does it.
 */
function probabilityOutside(n: number, h: number): number {
  let p = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let factor = 1;
    for (let j = 0; j < h; j++) factor = ((n - k * h - j) * factor) / (n + k * h + j + 1);
    p = factor * (1 - p);
  }
  return 2 * p;
}
