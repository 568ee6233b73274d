import { describe, expect, test } from "vitest";
import type { Features, Target } from "../../events/vocabulary.ts";
import { NonFiniteError, type OpenPredictor, type Predictor, type State } from "../learner.ts";
import { toVector } from "../vector.ts";
import { gaussianNaiveBayes } from "./gaussian-naive-bayes.ts";

function learned(examples: readonly (readonly [Features, Target])[]): OpenPredictor<State> {
  const bayes = gaussianNaiveBayes.create({}, { isIndicator: () => false }) as Predictor;
  const live = bayes.open(bayes.init());
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live;
}

// The six points of River's docstring.
const POINTS = [
  [{ a: -1, b: -1 }, "1"],
  [{ a: -2, b: -1 }, "1"],
  [{ a: -3, b: -2 }, "1"],
  [{ a: 1, b: 1 }, "2"],
  [{ a: 2, b: 1 }, "2"],
  [{ a: 3, b: 2 }, "2"],
] as const;

describe("Gaussian naive Bayes", () => {
  test("predicts nothing before the first label", () => {
    expect(learned([]).predictOne(toVector({ a: 1 }))).toBeNull();
  });

  test("is nearly sure of a point among those of a label", () => {
    const shares = learned(POINTS).predictOne(toVector({ a: -0.8, b: -1 })) as Record<string, number>;

    expect(shares["1"]).toBeGreaterThan(0.99);
    expect((shares["1"] as number) + (shares["2"] as number)).toBeCloseTo(1, 12);
  });

  test("falls back on how frequent the labels are where features were never learned", () => {
    const live = learned([...POINTS, [{ a: 0, b: 0 }, "2"]]);

    const shares = live.predictOne(toVector({ unknown: 5 })) as Record<string, number>;

    expect(shares["1"]).toBeCloseTo(3 / 7, 12);
  });

  test("predicts finite shares for 10,000 features and for numbers at the edge of doubles", () => {
    const wide = (value: number) => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, value + i]));
    const live = learned([
      [wide(0), true],
      [wide(1), true],
      [wide(2), false],
      [wide(5), false],
    ]);

    for (const value of [0, 1e308, -1e308, 5e-324, -0]) {
      const p = live.predictOne(toVector(wide(value)));
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }
  });

  test("refuses an example that would make a variance infinite", () => {
    const far = [
      [{ a: 1e308 }, true],
      [{ a: -1e308 }, true],
    ] as const;

    expect(() => learned(far)).toThrow(NonFiniteError);
  });
});
