import { describe, expect, test } from "vitest";
import type { Part, Predictor, State } from "../learner.ts";
import { make } from "../named-part.ts";
import { toVector } from "../vector.ts";
import { linearRegression } from "./linear-regression.ts";
import { type Optimizer, optimizers } from "./optimizer.ts";

type LinearState = State & { names: string[]; weights: number[]; memory: number[] };

function learned(optimizer: Part, examples: readonly [Record<string, number>, number][]): LinearState {
  const linear = linearRegression.create({ optimizer }, { isIndicator: () => false }) as Predictor;
  const live = linear.open(linear.init());
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live.close() as LinearState;
}

/** Of the one weight there is. */
function stepAlong(
  { step }: Optimizer,
  weights: Float64Array,
  memory: Float64Array,
  gradient: number,
  rate: number,
): number {
  const x = { slots: [0], values: [1], count: 1 };
  return step({ weights, ahead: weights, memory, ...x, g: gradient, l2: 0, rate });
}

describe("an optimizer", () => {
  test.each([
    ["sgd", 0],
    ["momentum", 1],
    ["nesterov-momentum", 1],
    ["adagrad", 1],
    ["rmsprop", 1],
    ["adam", 2],
  ])("%s keeps %s numbers of each weight", (name, width) => {
    const { names, memory } = learned(name, [[{ a: 1, b: 2 }, 3]]);

    expect(memory.length).toBe(width * names.length);
  });

  test.each(Object.keys(optimizers))(
    "%s leaves alone the weight of an absent feature, and what it keeps of it",
    (name) => {
      const both: [Record<string, number>, number] = [{ a: 1, b: 2 }, 3];
      const before = learned(name, [both]);

      const after = learned(name, [both, [{ a: 1 }, 5]]);

      const ofB = (state: LinearState) => [state.weights[1], state.memory.slice(state.memory.length / 2)];
      expect(ofB(after)).toEqual(ofB(before));
      expect(after.weights[0]).not.toBe(before.weights[0]);
    },
  );

  test("with momentum goes on after the gradient is gone, by the share rho", () => {
    const optimizer = make(optimizers, { momentum: { learningRate: 0.5, rho: 0.5 } });
    const memory = new Float64Array(1);
    const weights = new Float64Array(1);

    const after = [1, 0, 0].map((gradient) => {
      stepAlong(optimizer, weights, memory, gradient, 0.5);
      return weights[0];
    });

    expect(after).toEqual([-0.5, -0.75, -0.875]);
  });

  test("of Nesterov takes its gradient where the momentum leads", () => {
    const { lookAhead } = make(optimizers, { "nesterov-momentum": { rho: 0.5 } });

    expect(lookAhead?.(3, new Float64Array([9, 2]), 1)).toBe(2);
  });

  test("of Adam makes its first steps as long as its learning rate, however small the gradient", () => {
    const optimizer = make(optimizers, { adam: { learningRate: 0.5 } });

    for (const gradient of [1000, 0.001]) {
      const weights = new Float64Array(1);
      stepAlong(optimizer, weights, new Float64Array(2), gradient, optimizer.stepRate?.(0) as number);
      expect(weights[0]).toBeCloseTo(-0.5, 3);
    }
  });
});
