import { describe, expect, test } from "vitest";
import { NonFiniteError, type Predictor, type State } from "../learner.ts";
import { accepts } from "../options.contract.ts";
import { toVector } from "../vector.ts";
import { linearRegression } from "./linear-regression.ts";

type LinearState = State & { names: string[]; weights: number[]; memory: number[]; l1: { charged: number[] } };

function opened(options = {}) {
  const linear = linearRegression.create(options, { isIndicator: () => false }) as Predictor;
  return linear.open(linear.init());
}

describe("linear regression", () => {
  test.each([
    [{ l1: 0.1, l2: 0.1 }, false],
    [{ l1: 0.1, l2: 0 }, true],
    [{ l2: 0.1 }, true],
    [{ optimizer: { adagrad: { learningRate: { "inverse-scaling": { learningRate: 1 } } } } }, true],
    [{ optimizer: { adagrad: { learningRat: 1 } } }, false],
    [{ loss: "hinge" }, false],
    [{ clipGradient: 0 }, false],
  ])("accepts options %j: %s", (options, yes) => {
    expect(accepts(linearRegression, options)).toBe(yes);
  });

  test("keeps the weight of a feature that is absent, penalties or not", () => {
    for (const options of [{}, { l2: 0.5 }, { l1: 0.5 }, { optimizer: "adagrad" }]) {
      const live = opened(options);
      live.learnOne(toVector({ a: 1, b: 2 }), 10);
      const { weights } = live.close() as LinearState;

      live.learnOne(toVector({ a: 1 }), 20);

      const after = (live.close() as LinearState).weights;
      expect(after[1]).toBe(weights[1]);
      expect(after[0]).not.toBe(weights[0]);
    }
  });

  test("ignores in a prediction what it has not learned", () => {
    const live = opened();
    live.learnOne(toVector({ a: 1 }), 10);

    expect(live.predictOne(toVector({ a: 1, b: 1e300 }))).toBe(live.predictOne(toVector({ a: 1 })));
  });

  test("keeps numbers for its optimizer and penalty only where they are in use", () => {
    const states = [{}, { optimizer: "adagrad" }, { l1: 0.5 }].map((options) => {
      const live = opened(options);
      live.learnOne(toVector({ a: 1, b: 2 }), 10);
      const { memory, l1 } = live.close() as LinearState;
      return [memory.length, l1.charged.length];
    });

    expect(states).toEqual([
      [0, 0],
      [2, 0],
      [0, 2],
    ]);
  });

  test("skips an example whose l1 penalty would become infinite, which JSON would store as null", () => {
    const options = { l1: 1.7e308, optimizer: { sgd: { learningRate: 1.7e308 } } };

    expect(() => opened(options).learnOne(toVector({}), 0)).toThrow(NonFiniteError);
  });
});
