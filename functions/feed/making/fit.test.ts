import fc from "fast-check";
import { expect, test } from "vitest";
import { leastSquares, throughTwo } from "./fit.ts";

test("points of a line give the line", () => {
  const coefficient = fc.double({ min: -1000, max: 1000, noNaN: true });
  fc.assert(
    fc.property(coefficient, coefficient, fc.integer({ min: 2, max: 100 }), (slope, intercept, n) => {
      const points = Array.from({ length: n }, (_, i) => ({ x: i - n / 3, y: slope * (i - n / 3) + intercept }));

      const fit = leastSquares(points);

      expect(fit?.slope).toBeCloseTo(slope, 6);
      expect(fit?.intercept).toBeCloseTo(intercept, 6);
    }),
  );
});

/** Python 3: statistics.linear_regression. */
test("the fit is that of another implementation", () => {
  const cars = [
    [4, 2],
    [4, 10],
    [7, 4],
    [7, 22],
    [8, 16],
    [9, 10],
    [10, 18],
    [10, 26],
    [10, 34],
    [11, 17],
  ];
  const fit = leastSquares(cars.map(([x = 0, y = 0]) => ({ x, y })));

  expect(fit?.slope).toBeCloseTo(2.5535714285714284, 12);
  expect(fit?.intercept).toBeCloseTo(-4.528571428571427, 12);
});

test("the points lie as far above the fit as below it, and lean to no side", () => {
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.record({ x: value, y: value }), { minLength: 3, maxLength: 200 }), (points) => {
      const spread = Math.max(...points.map(({ x }) => x)) - Math.min(...points.map(({ x }) => x));
      fc.pre(spread > 1);
      const { slope, intercept } = leastSquares(points) ?? { slope: Number.NaN, intercept: Number.NaN };
      const errors = points.map(({ x, y }) => ({ x, error: y - slope * x - intercept }));

      expect(errors.reduce((sum, { error }) => sum + error, 0)).toBeCloseTo(0, 6);
      expect(errors.reduce((sum, { x, error }) => sum + x * error, 0)).toBeCloseTo(0, 4);
    }),
  );
});

test("there is no line through one point, or one x, or no prediction", () => {
  expect(leastSquares([])).toBeUndefined();
  expect(leastSquares([{ x: 1, y: 2 }])).toBeUndefined();
  expect(
    leastSquares([
      { x: 1, y: 2 },
      { x: 1, y: 3 },
    ]),
  ).toBeUndefined();
  expect(throughTwo([-1, null], [1, 2])).toBeUndefined();
  expect(throughTwo([-1, { a: 1 }], [1, 2])).toBeUndefined();
  expect(throughTwo([-1, 1], [1, 5])).toEqual({ slope: 2, intercept: 3 });
});
