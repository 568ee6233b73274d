import { describe, expect, test } from "vitest";
import { NonFiniteError, type Predictor, type State } from "../learner.ts";
import { toVector } from "../vector.ts";
import { passiveAggressiveClassifier, passiveAggressiveRegressor } from "./passive-aggressive.ts";

type Learned = State & { names: string[]; weights: number[]; intercept: number };

function opened(options = {}) {
  const regressor = passiveAggressiveRegressor.create(options, { isIndicator: () => false }) as Predictor;
  return regressor.open(regressor.init());
}

describe("a passive-aggressive regressor", () => {
  test("leaves its weights as they are while its error is within eps", () => {
    const live = opened({ eps: 2 });

    live.learnOne(toVector({ a: 1 }), 1.5);

    expect(live.close()).toMatchObject({ weights: [0], intercept: 0 });
  });

  test.each([
    [{ mode: 0 }, 2.25],
    [{ mode: 1, c: 0.5 }, 0.5],
    [{ mode: 1, c: 100 }, 2.25],
    [{ mode: 2, c: 0.5 }, 1.8],
  ])("with %j moves its weights by the tau of its mode", (options, tau) => {
    const live = opened({ ...options, eps: 1 });

    live.learnOne(toVector({ a: 2 }), 10);

    expect(live.close()).toMatchObject({ weights: [tau * 2], intercept: tau });
  });

  test.each([[0], [1]])("in mode %s learns nothing from an example that is 0 everywhere", (mode) => {
    const live = opened({ mode });

    live.learnOne(toVector({ a: 0 }), 10);

    expect(live.close()).toMatchObject({ weights: [0], intercept: 0 });
  });

  test("in mode 0 takes no step without a bound from an example that is almost 0", () => {
    const live = opened({ mode: 0 });

    for (const value of [1e-150, 1e-13, 5e-324]) live.learnOne(toVector({ a: value }), 10);

    expect(live.close()).toMatchObject({ weights: [0], intercept: 0 });
  });

  test("keeps its intercept at 0 when it is told so", () => {
    const live = opened({ learnIntercept: false });

    live.learnOne(toVector({ a: 1 }), 10);

    const { weights, intercept } = live.close() as Learned;
    expect(weights[0]).toBe(1);
    expect(intercept).toBe(0);
  });
});

describe("a passive-aggressive classifier", () => {
  const fresh = (options = {}) => {
    const classifier = passiveAggressiveClassifier.create(options, { isIndicator: () => false }) as Predictor;
    return classifier.open(classifier.init());
  };

  test.each([
    [true, 1],
    [false, -1],
  ])("moves its weights until %s is beyond the margin, and then lets them be", (y, sign) => {
    const live = fresh({ mode: 0, learnIntercept: false });

    live.learnOne(toVector({ a: 2 }), y);
    expect((live.close() as Learned).weights).toEqual([sign * 0.5]);
    live.learnOne(toVector({ a: 2 }), y);
    expect((live.close() as Learned).weights).toEqual([sign * 0.5]);
  });

  test("says 0.5 before it has learned, and more for what was true", () => {
    const live = fresh();
    expect(live.predictOne(toVector({ a: 1 }))).toBe(0.5);

    live.learnOne(toVector({ a: 1 }), true);

    expect(live.predictOne(toVector({ a: 1 }))).toBeGreaterThan(0.5);
  });

  test("learns from no target but true and false", () => {
    for (const bad of [1, "true"]) expect(() => fresh().learnOne(toVector({ a: 1 }), bad)).toThrow(NonFiniteError);
  });
});
