import { expect, test } from "vitest";
import { type LineOptions, lineRows } from "./line.ts";

const LINE: LineOptions = { n: 5000, beta: 2, sigma: 0.1, seed: 1 };

const points = (options: LineOptions) => [...lineRows(options)].map(({ fields }) => fields as { x: number; y: number });

/** Least squares through the origin, and what is left over. */
function leastSquares(all: readonly { x: number; y: number }[]) {
  const sum = (of: (point: { x: number; y: number }) => number) => all.reduce((total, point) => total + of(point), 0);
  const slope = sum(({ x, y }) => x * y) / sum(({ x }) => x * x);
  const residuals = all.map(({ x, y }) => y - slope * x);
  const sigma = Math.sqrt(residuals.reduce((total, one) => total + one * one, 0) / all.length);
  return { slope, residuals, sigma };
}

test("the same seed gives the same rows, and fewer of them are the beginning of more", () => {
  const rows = [...lineRows({ ...LINE, n: 50 })];

  expect([...lineRows({ ...LINE, n: 50 })]).toEqual(rows);
  expect([...lineRows({ ...LINE, n: 10 })]).toEqual(rows.slice(0, 10));
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test("neighbouring seeds have nothing in common", () => {
  const a = points(LINE);
  const b = points({ ...LINE, seed: 2 });

  const correlation = a.reduce((sum, { x }, i) => sum + x * (b[i]?.x ?? 0), 0) / a.length / (1 / 3);

  expect(Math.abs(correlation)).toBeLessThan(0.05);
});

test("x is uniform in -1 to 1", () => {
  const xs = points(LINE).map(({ x }) => x);
  const tenths = Array.from({ length: 10 }, (_, i) => xs.filter((x) => Math.floor((x + 1) * 5) === i).length);

  // Five standard deviations of a binomial count.
  expect(Math.max(...tenths.map((n) => Math.abs(n - 500)))).toBeLessThan(5 * Math.sqrt(5000 * 0.1 * 0.9));
});

test("the slope is beta and the noise is normal with sigma", () => {
  const { slope, sigma, residuals } = leastSquares(points(LINE));

  expect(slope).toBeCloseTo(2, 1);
  expect(sigma).toBeCloseTo(0.1, 2);
  expect(residuals.filter((one) => Math.abs(one) < 0.1).length / 5000).toBeCloseTo(0.6827, 1);
  expect(residuals.filter((one) => Math.abs(one) < 0.2).length / 5000).toBeCloseTo(0.9545, 1);
});

test("without noise the points lie on the line, to six decimals", () => {
  for (const { x, y } of points({ ...LINE, n: 100, sigma: 0, beta: -3 })) expect(y).toBeCloseTo(-3 * x, 6);
});

test("the slope changes at a row and not before, and x does not change with it", () => {
  const all = points({ ...LINE, n: 2000, sigma: 0, change: { beta: -1, at: 1001 } });

  expect(leastSquares(all.slice(0, 1000)).slope).toBeCloseTo(2, 4);
  expect(leastSquares(all.slice(1000)).slope).toBeCloseTo(-1, 4);
  expect(all.map(({ x }) => x)).toEqual(points({ ...LINE, n: 2000, sigma: 0 }).map(({ x }) => x));
});

test("beta and sigma may be changed on the way: each row has what they are when it is asked for", () => {
  const options = { ...LINE, sigma: 0 };
  const rows = lineRows(options);
  const slope = () => {
    const { x = 0, y = 0 } = (rows.next().value?.fields ?? {}) as { x?: number; y?: number };
    return y / x;
  };

  expect(slope()).toBeCloseTo(2, 3);
  options.beta = -5;

  expect(slope()).toBeCloseTo(-5, 3);
});
