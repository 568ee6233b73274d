import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decode } from "../float64s.ts";
import type { Predictor, State, Vector } from "../learner.ts";
import { StateBudget } from "../state-budget.ts";
import { toVector } from "../vector.ts";
import { bayesianLinearRegression } from "./bayesian-linear-regression.ts";

type Learned = State & { names: string[]; triangle: { window: string }; sums: number[] };

function opened(options = {}, budget?: StateBudget) {
  const regression = bayesianLinearRegression.create(options, { isIndicator: () => false }) as Predictor;
  return regression.open(regression.init(), budget);
}

const x = (i: number): Vector => toVector({ a: Math.sin(i), b: Math.cos(3 * i) });

describe("a Bayesian linear regression", () => {
  test.each([[{}], [{ smoothing: 0.99 }]])("with %j finds the weights of data without noise", (options) => {
    const live = opened(options);

    for (let i = 0; i < 1000; i++) live.learnOne(x(i), 3 * Math.sin(i) - 2 * Math.cos(3 * i));

    expect(live.predictOne(toVector({ a: 1 }))).toBeCloseTo(3, 1);
    expect(live.predictOne(toVector({ b: 1 }))).toBeCloseTo(-2, 1);
  });

  test("answers 0 before it has learned, and takes no notice of a feature it has not learned", () => {
    const live = opened();
    expect(live.predictOne(toVector({ a: 1 }))).toBe(0);

    live.learnOne(toVector({ a: 1 }), 5);

    expect(live.predictOne(toVector({ a: 1, never: 1e9 }))).toBe(live.predictOne(toVector({ a: 1 })));
  });

  test.each([[{ alpha: 3 }], [{ alpha: 3, smoothing: 0.5 }]])(
    "with %j trusts its prior as much as alpha says",
    (options) => {
      const live = opened({ ...options, beta: 1 });

      live.learnOne(toVector({ a: 1 }), 8);

      // (kept alpha + weight) m = 8 weight
      expect(live.predictOne(toVector({ a: 1 }))).toBeCloseTo(2, 12);
    },
  );

  test("with smoothing follows what has changed", () => {
    const [all, recent] = [opened(), opened({ smoothing: 0.9 })];

    for (const live of [all, recent]) {
      for (let i = 0; i < 200; i++) live.learnOne(x(i), (i < 100 ? 1 : 5) * Math.sin(i));
    }

    expect(all.predictOne(toVector({ a: 1 }))).toBeCloseTo(3, 0);
    expect(recent.predictOne(toVector({ a: 1 }))).toBeCloseTo(5, 3);
  });

  test("goes on when a feature has been 0 for so long that all that was known of it has faded", () => {
    const live = opened({ smoothing: 0.8 });
    live.learnOne(toVector({ a: 1, dead: 1 }), 3);

    for (let i = 0; i < 5000; i++) live.learnOne(toVector({ a: 1 + (i % 2), dead: 0 }), 2 * (1 + (i % 2)));

    expect(live.predictOne(toVector({ a: 1, dead: 1 }))).toBeCloseTo(2, 9);
    live.learnOne(toVector({ a: 0, dead: 1 }), 7);
    expect(live.predictOne(toVector({ dead: 1 }))).toBeCloseTo(7, 9);
  });

  test("with smoothing takes a feature that comes late as one that was 0 from the start", () => {
    const [late, early] = [opened({ smoothing: 0.9 }), opened({ smoothing: 0.9 })];
    early.learnOne(toVector({ a: 1, b: 0 }), 3);
    late.learnOne(toVector({ a: 1 }), 3);

    for (const live of [late, early]) live.learnOne(toVector({ a: 1, b: 2 }), 8);

    expect(late.predictOne(toVector({ b: 1 }))).toBe(early.predictOne(toVector({ b: 1 })));
  });

  test("keeps a triangle of numbers, and takes from its budget what a row of it needs", () => {
    const live = opened({}, new StateBudget(20 * 60));
    const many = toVector(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, i])));

    live.learnOne(many, 1);

    const { names, triangle, sums } = live.close() as Learned;
    expect(names.length).toBeGreaterThan(6);
    const numbers = decode(triangle.window).length;
    expect(numbers).toBe((names.length * (names.length + 1)) / 2);
    expect(numbers + sums.length).toBeLessThanOrEqual(60);
  });

  // River 0.26.1, predict_one(x, with_dist=True).sigma; alpha 0.5, beta 0.25.
  test("is as unsure as River's", () => {
    const live = opened({ alpha: 0.5, beta: 0.25 });
    const text = readFileSync(join(import.meta.dirname, "../fixtures/trump_approval.csv"), "utf8");
    const [head = "", ...lines] = text.trim().split("\n");
    const names = head.split(",");
    const found = new Map<number, number>();
    for (const [i, line] of lines.entries()) {
      const cells = Object.fromEntries(line.split(",").map((cell, at) => [names[at] as string, Number(cell)]));
      const { ordinal_date: _, five_thirty_eight: y = 0, ...polls } = cells;
      found.set(i, live.spreadOne?.(toVector(polls)) as number);
      live.learnOne(toVector(polls), y);
    }

    const sigmas = [143.1272419290506, 4.898956905438336, 3.0855245766472694, 3.1425972871428334, 2.007197219147483];
    for (const [at, i] of [0, 1, 2, 10, 500].entries()) expect(found.get(i)).toBeCloseTo(sigmas[at] as number, 9);
    expect(found.get(1000)).toBeCloseTo(2.005317460178739, 9);
  });

  test("is as unsure as River's of a feature that it has not learned", () => {
    const live = opened({ alpha: 0.5, beta: 0.25 });
    live.learnOne(toVector({ a: 1, b: 2 }), 3);

    expect(live.spreadOne?.(toVector({ a: 1, c: 3 }))).toBeCloseTo(4.869731585445518, 12);
  });

  test("with smoothing is unsure by the precision that is left", () => {
    const live = opened({ alpha: 1, beta: 0.25, smoothing: 0.9 });
    for (let i = 0; i < 20; i++) live.learnOne(toVector({ a: i % 3, b: i % 5 }), i);

    expect(live.spreadOne?.(toVector({ a: 1, b: 3 }))).toBeCloseTo(3.093999931301324, 9);
  });
});
