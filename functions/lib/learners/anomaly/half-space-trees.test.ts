import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import type { Features } from "../../events/vocabulary.ts";
import { encode } from "../float64s.ts";
import type { OpenPredictor, Part, Predictor, State } from "../learner.ts";
import { toVector } from "../vector.ts";
import { halfSpaceTrees } from "./half-space-trees.ts";

const context = { isIndicator: () => false };

const make = (options: object) => halfSpaceTrees.create(options as Record<string, unknown>, context) as Predictor;

function start(options: object): OpenPredictor<State> {
  const trees = make(options);
  return trees.open(trees.init());
}

function learn(live: OpenPredictor<State>, ...examples: Features[]): void {
  for (const x of examples) live.learnOne(toVector(x), 0);
}

interface Golden {
  readonly options: { nTrees: number; height: number };
  readonly trees: readonly (readonly [feature: string, threshold: number])[][];
  readonly scores: readonly number[];
}

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), "utf8");

describe("half-space trees", () => {
  test("score as River does on River's trees, features that are missing included", () => {
    const golden = JSON.parse(read("fixtures", "half-space-trees.json")) as Golden;
    const trees = make(golden.options);
    const names = ["f0", "f1", "f2", "f3"];
    const inner = golden.trees.flat();
    const nodes = golden.options.nTrees * (2 ** (golden.options.height + 1) - 1);
    const zeros = new Array<number>(nodes).fill(0);
    const state = {
      ...trees.init(),
      names,
      features: inner.map(([feature]) => names.indexOf(feature)),
      window: encode(Float64Array.from(inner.map(([, threshold]) => threshold))),
      masses: zeros,
      counts: zeros,
    };
    const live = trees.open(state);
    const rows = read("..", "fixtures", "rbf.csv").split("\n").slice(1, 121);

    for (const [i, row] of rows.entries()) {
      const cells = row.split(",").slice(0, 4).map(Number);
      const x: Record<string, number> = Object.fromEntries(cells.map((cell, f) => [`f${f}`, cell]));
      if (i % 5 === 3) delete x[`f${i % 4}`];
      expect(live.predictOne(toVector(x)), `row ${i}`).toBeCloseTo(golden.scores[i] as number, 12);
      live.learnOne(toVector(x), 0);
    }

    expect(golden.scores.some((score) => score > 0.5)).toBe(true);
  });

  test("score 0 until the first window is full, and then what is rare higher than what is usual", () => {
    const live = start({ windowSize: 50 });
    const usual = Array.from({ length: 50 }, (_, i) => ({ a: 0.5 + 0.05 * Math.sin(i), b: 0.5 + 0.05 * Math.cos(i) }));

    learn(live, ...usual.slice(0, 49));
    expect(live.predictOne(toVector({ a: 0, b: 1 }))).toBe(0);

    learn(live, ...usual.slice(49));
    const ordinary = live.predictOne(toVector({ a: 0.5, b: 0.5 })) as number;
    expect(live.predictOne(toVector({ a: 0, b: 1 }))).toBeGreaterThan(ordinary + 0.2);
  });

  test("the same seed draws the same trees, another one others", () => {
    const drawn = (seed: number) => {
      const live = start({ seed });
      learn(live, { a: 0.1, b: 0.9 });
      return JSON.stringify(live.close());
    };

    expect(drawn(1)).toBe(drawn(1));
    expect(drawn(1)).not.toBe(drawn(2));
  });

  test("halve a wider range more often", () => {
    const live = start({ limits: { wide: [-90, 10] } });
    learn(live, { wide: 0, narrow: 0 });

    const { names, features } = live.close() as State & { names: string[]; features: number[] };
    const atRoots = features.filter((_, i) => i % (2 ** 8 - 1) === 0).map((feature) => names[feature]);

    expect(atRoots.length).toBe(10);
    expect(atRoots.filter((name) => name === "wide").length).toBeGreaterThan(8);
  });

  test("learn nothing from an example without features", () => {
    const live = start({});

    learn(live, {});

    expect(live.close()).toEqual(make({}).init());
  });

  test("keep a state of a fixed size", () => {
    const live = start({ windowSize: 10 });
    const size = (n: number) => {
      for (let i = 0; i < n; i++) learn(live, { a: Math.abs(Math.sin(i)), b: Math.abs(Math.cos(i)) });
      return JSON.stringify(live.close()).length;
    };

    expect(Math.abs(size(1000) - size(10))).toBeLessThan(2000);
    expect(size(0)).toBeLessThan(10 * 2 ** 8 * 35);
  });

  test("want limits whose lower end comes first", () => {
    const wrong: Part = { "half-space-trees": { limits: { a: [1, 0] } } };

    expect(() => make(wrong["half-space-trees"] as object)).toThrow(ConfigurationError);
  });
});
