import { describe, expect, test } from "vitest";
import type { Target } from "../../events/vocabulary.ts";
import { type LearnerType, NonFiniteError, type Part, type Predictor, type State } from "../learner.ts";
import { make } from "../named-part.ts";
import { accepts } from "../options.contract.ts";
import { toVector } from "../vector.ts";
import { logisticRegression } from "./logistic-regression.ts";
import { binaryLosses } from "./loss.ts";
import { perceptron } from "./perceptron.ts";

type Learned = State & { weights: number[]; intercept: number };

function opened(type: LearnerType, options = {}) {
  const classifier = type.create(options, { isIndicator: () => false }) as Predictor;
  return classifier.open(classifier.init());
}

describe("the gradient of a loss of binary classification, at a truth of true", () => {
  test.each<[Part, readonly number[]]>([
    ["log", [-1, -1 / (1 + Math.exp(-1)), -0.5, -1 / (1 + Math.exp(1)), -Math.exp(-20)]],
    [{ log: { weightPos: 3 } }, [-3, -3 / (1 + Math.exp(-1)), -1.5, -3 / (1 + Math.exp(1)), -3 * Math.exp(-20)]],
    ["hinge", [-1, -1, -1, -1, 0]],
    [{ hinge: { threshold: 0 } }, [-1, -1, -1, 0, 0]],
  ])("%j at sums of -20, -1, 0, 1 and 20", (loss, gradients) => {
    const gradient = make(binaryLosses, loss);

    for (const [i, sum] of [-20, -1, 0, 1, 20].entries()) {
      expect(gradient(1, sum)).toBeCloseTo(gradients[i] as number, 15);
    }
  });

  test.each(["log", "hinge"])("%s at false mirrors it, with a weight of its own", (loss) => {
    const gradient = make(binaryLosses, loss === "log" ? { log: { weightPos: 2, weightNeg: 2 } } : loss);

    for (const sum of [-20, -1, 0, 1, 20]) expect(gradient(-1, sum) + gradient(1, -sum)).toBe(0);
    expect(make(binaryLosses, { log: { weightNeg: 0.5 } })(-1, 20)).toBe(0.5);
  });
});

describe("logistic regression", () => {
  test("says 0.5 before it has learned, and the more the farther from where the classes meet", () => {
    const live = opened(logisticRegression);
    expect(live.predictOne(toVector({ a: 1 }))).toBe(0.5);

    for (let i = 0; i < 500; i++) live.learnOne(toVector({ a: i % 2 === 0 ? 1 : -1 }), i % 2 === 0);

    const [low, near, high] = [-1, 0.1, 2].map((a) => live.predictOne(toVector({ a })) as number) as [
      number,
      number,
      number,
    ];
    expect(low).toBeLessThan(0.5);
    expect(near).toBeGreaterThan(low);
    expect(high).toBeGreaterThan(near);
  });

  test("is certain of what is far away", () => {
    const live = opened(logisticRegression, { interceptInit: 31 });

    expect(live.predictOne(toVector({}))).toBe(1);
  });

  test("weighs the classes as its loss says", () => {
    const live = opened(logisticRegression, { loss: { log: { weightPos: 3, weightNeg: 0.5 } } });

    live.learnOne(toVector({ a: 1 }), true);
    const { weights } = live.close() as Learned;

    expect(weights[0]).toBeCloseTo(0.01 * 3 * 0.5, 15);
  });

  test.each([
    [{ loss: "squared" }, false],
    [{ loss: { log: { weightPos: -1 } } }, false],
    [{ loss: "hinge", optimizer: "adam", l2: 0.1 }, true],
    [{ l1: 0.1, l2: 0.1 }, false],
  ])("accepts options %j: %s", (options, yes) => {
    expect(accepts(logisticRegression, options)).toBe(yes);
  });
});

describe("a perceptron", () => {
  test("adds what is true and on the wrong side, takes off what is false and there, and leaves the rest", () => {
    const live = opened(perceptron);
    const weights = () => (live.close() as Learned).weights;

    live.learnOne(toVector({ a: 2 }), true);
    expect(weights()).toEqual([2]);
    live.learnOne(toVector({ a: 1 }), true);
    expect(weights()).toEqual([2]);
    live.learnOne(toVector({ a: 3 }), false);
    expect(weights()).toEqual([-1]);
  });
});

test.each([logisticRegression, perceptron])("$name learns from no target but true and false", (type) => {
  for (const bad of [1, 0, "true", Number.NaN] as Target[]) {
    expect(() => opened(type).learnOne(toVector({ a: 1 }), bad)).toThrow(NonFiniteError);
  }
});
