// Lines through points.

import type { Point } from "./made-rows.ts";

export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** Ordinary least squares; undefined where the points have one x only. Sums about the means, so that large values cancel well. */
export function leastSquares(points: readonly Point[]): Line | undefined {
  if (points.length < 2) return undefined;
  const mean = (of: (point: Point) => number) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)];
  const xx = points.reduce((sum, point) => sum + (point.x - x) ** 2, 0);
  const xy = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0);
  if (xx === 0) return undefined;
  const slope = xy / xx;
  return { slope, intercept: y - slope * x };
}

/** Undefined where one of them has no prediction. */
export function throughTwo([x, y]: readonly [number, unknown], [u, v]: readonly [number, unknown]): Line | undefined {
  if (typeof y !== "number" || typeof v !== "number") return undefined;
  const slope = (v - y) / (u - x);
  return { slope, intercept: y - slope * x };
}
