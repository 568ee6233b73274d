// Symmetric positive matrices, kept as their lower triangle, row after row.

/** Where a row begins; of the row after the last: how many numbers there are. */
export const rowAt = (row: number) => (row * (row + 1)) / 2;

/** A pivot below this share of its diagonal is what rounding left of nothing. */
const LEAST_SHARE = 1e-14;

/** Its inverse is still a number. */
const LEAST_PIVOT = 1e-290;

/** S as L D L', to be solved with: rows of L, and 1 / D on its diagonal. */
export type Factor = Float64Array;

export function factorOf(matrix: Float64Array, size: number): Factor {
  const factor = matrix.slice(0, rowAt(size));
  for (let i = 0; i < size; i++) factorRow(factor, i);
  return factor;
}

/**
 * The m with S m = e, by S = L D L' (Golub, Van Loan 2013, 4.1). m is 0 where S says nothing: where it is 0, or where the
 * rows before say all.
 */
export function solve(factor: Factor, sums: Float64Array, size: number): Float64Array {
  const m = sums.slice(0, size);
  for (let i = 0; i < size; i++) m[i] = (m[i] as number) - dot(factor, rowAt(i), m, 0, i);
  for (let i = 0; i < size; i++) m[i] = (m[i] as number) * (factor[rowAt(i) + i] as number);
  for (let i = size - 1; i > 0; i--) {
    const row = rowAt(i);
    for (let j = 0; j < i; j++) m[j] = (m[j] as number) - (factor[row + j] as number) * (m[i] as number);
  }
  return m;
}

/** Makes a row of S one of L, with 1 / D on its diagonal: 0 where D is nothing. */
function factorRow(factor: Float64Array, i: number): void {
  const row = rowAt(i);
  for (let j = 1; j < i; j++) factor[row + j] = (factor[row + j] as number) - dot(factor, row, factor, rowAt(j), j);
  const diagonal = factor[row + i] as number;
  let pivot = diagonal;
  for (let j = 0; j < i; j++) {
    const before = factor[row + j] as number;
    const after = before * (factor[rowAt(j) + j] as number);
    pivot -= before * after;
    factor[row + j] = after;
  }
  factor[row + i] = pivot > Math.max(LEAST_PIVOT, diagonal * LEAST_SHARE) ? 1 / pivot : 0;
}

function dot(a: Float64Array, from: number, b: Float64Array, other: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[from + k] as number) * (b[other + k] as number);
  return sum;
}
