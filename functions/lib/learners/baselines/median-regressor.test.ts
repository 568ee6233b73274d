import { describe, expect, test } from "vitest";
import { NonFiniteError, type OpenPredictor, type Predictor, type State } from "../learner.ts";
import { medianRegressor } from "./median-regressor.ts";

const nothing = { names: [], values: [] };

function learned(targets: readonly number[]): OpenPredictor<State> {
  const median = medianRegressor.create({}, { isIndicator: () => false }) as Predictor;
  const live = median.open(median.init());
  for (const y of targets) live.learnOne(nothing, y);
  return live;
}

describe("the median regressor", () => {
  test("predicts 0 before the first target, and then what lies in the middle", () => {
    expect(learned([]).predictOne(nothing)).toBe(0);
    expect(learned([1, 1000, 2]).predictOne(nothing)).toBe(2);
  });

  test("refuses a target whose distance to others is beyond doubles, rather than become infinite", () => {
    const far = Array.from({ length: 12 }, (_, i) => (i % 3 === 0 ? 1.7e308 : -1.7e308));

    expect(() => learned(far)).toThrow(NonFiniteError);
  });

  test("keeps five markers, however many targets there are", () => {
    const sizes = [100, 10_000].map((n) => {
      const targets = Array.from({ length: n }, (_, i) => Math.sin(i));
      return JSON.stringify(learned(targets).close()).length;
    });

    expect(Math.max(...sizes)).toBeLessThan(300);
  });
});
