import fc from "fast-check";
import { expect, test } from "vitest";
import { factorOf, rowAt, solve } from "./symmetric.ts";

/** The lower triangle of the sum of x x' over the rows. */
function sumOfSquares(rows: readonly (readonly number[])[], size: number): Float64Array {
  const matrix = new Float64Array(rowAt(size));
  for (const x of rows) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        const at = rowAt(i) + j;
        matrix[at] = (matrix[at] as number) + (x[i] as number) * (x[j] as number);
      }
    }
  }
  return matrix;
}

function times(matrix: Float64Array, m: Float64Array): number[] {
  return Array.from(m, (_, i) =>
    m.reduce((sum, value, j) => sum + value * (matrix[i < j ? rowAt(j) + i : rowAt(i) + j] as number), 0),
  );
}

test("the solution solves", () => {
  const value = fc.integer({ min: -9, max: 9 });
  const sized = fc.integer({ min: 1, max: 6 }).chain((size) => {
    const row = fc.array(value, { minLength: size, maxLength: size });
    return fc.record({ rows: fc.array(row), wanted: row });
  });
  fc.assert(
    fc.property(sized, ({ rows, wanted }) => {
      const size = wanted.length;
      const unit = wanted.map((_, i) => wanted.map((_, j) => (i === j ? 1 : 0)));
      const matrix = sumOfSquares([...rows, ...unit], size);
      const sums = Float64Array.from(times(matrix, Float64Array.from(wanted)));

      const m = solve(factorOf(matrix, size), sums, size);

      m.forEach((found, i) => void expect(found).toBeCloseTo(wanted[i] as number, 7));
    }),
  );
});

test("a direction of which nothing is known, or only what is rounding, is 0 and leaves the others alone", () => {
  const rows = [
    [1 / 3, 0, 1 / 3, 1],
    [1 / 7, 0, 1 / 7, 0],
  ];
  const matrix = sumOfSquares(rows, 4);

  const m = solve(factorOf(matrix, 4), Float64Array.from(times(matrix, Float64Array.from([2, 0, 0, 5]))), 4);

  expect([...m].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([2, 0, 0, 5]);
});

test("what is too small to have an inverse is 0", () => {
  expect([...solve(factorOf(Float64Array.from([5e-324]), 1), Float64Array.from([5e-324]), 1)]).toEqual([0]);
});

test("neither matrix nor sums are changed", () => {
  const matrix = Float64Array.from([2, 1, 3]);
  const sums = Float64Array.from([1, 2]);

  solve(factorOf(matrix, 2), sums, 2);

  expect([...matrix, ...sums]).toEqual([2, 1, 3, 1, 2]);
});
