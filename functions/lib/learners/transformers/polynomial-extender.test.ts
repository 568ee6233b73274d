import { describe, expect, test } from "vitest";
import type { Features } from "../../events/vocabulary.ts";
import { createModel } from "../chain.ts";
import type { Transformer } from "../learner.ts";
import { toVector } from "../vector.ts";
import { polynomialExtender } from "./polynomial-extender.ts";

const context = { isIndicator: () => false };

function extended(x: Features, options = {}): Features {
  const part = polynomialExtender.create(options, context) as Transformer;
  const { names, values } = part.open(part.init()).transformOne(toVector(x));
  return Object.fromEntries(names.map((name, i) => [name, values[i] as number]));
}

describe("the polynomial extender", () => {
  test("has River's names and products", () => {
    expect(extended({ x: 4, y: 5 }, { includeBias: true })).toEqual({
      x: 4,
      y: 5,
      "x*x": 16,
      "x*y": 20,
      "y*y": 25,
      bias: 1,
    });
    expect(extended({ x: 2, y: 3, z: 2 }, { degree: 3, interactionOnly: true })).toEqual({
      ...{ x: 2, y: 3, z: 2 },
      ...{ "x*y": 6, "x*z": 4, "y*z": 6 },
      "x*y*z": 12,
    });
    expect(extended({ b: 2, a: 3 }, { degree: 3 })).toEqual({
      ...{ b: 2, a: 3, "b*b": 4, "a*b": 6, "a*a": 9 },
      ...{ "b*b*b": 8, "a*b*b": 12, "a*a*b": 18, "a*a*a": 27 },
    });
  });

  test("multiplies the features that it may touch", () => {
    expect(extended({ a: 2, city: "x", b: 3 }, { only: ["a"] })).toEqual({ a: 2, city: "x", b: 3, "a*a": 4 });
  });

  test("makes no more products than it may, those of the first features", () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, 1]));

    const names = Object.keys(extended(many, { degree: 4, maxProducts: 50 })).slice(10_000);

    expect(names.length).toBe(50);
    expect(names.slice(0, 2)).toEqual(["f0*f0", "f0*f1"]);
  });

  test("lets a linear model learn a product", () => {
    const model = createModel(
      [
        { "polynomial-extender": { interactionOnly: true } },
        { "linear-regression": { optimizer: { sgd: { learningRate: 0.2 } } } },
      ],
      context,
    );
    const live = model.open(model.init());

    for (let i = 0; i < 2000; i++) {
      const [a, b] = [((i * 7) % 11) / 11, ((i * 5) % 13) / 13];
      live.learnOne(toVector({ a, b }), 3 * a * b);
    }

    expect(live.predictOne(toVector({ a: 0.5, b: 0.5 }))).toBeCloseTo(0.75, 1);
  });
});
