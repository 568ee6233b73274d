import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { createModel, learnOne, type ModelState, predictOne } from "./chain.ts";
import type { Part } from "./learner.ts";
import { toVector } from "./vector.ts";

const context = { isIndicator: () => false };
const model = (...parts: Part[]) => createModel(parts, context);

/** A part's state as it stands after the examples. */
function partAfter(parts: Part[], at: number, examples: readonly [x: Record<string, number | string>, y: number][]) {
  const live = model(...parts).open(model(...parts).init());
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live.close().parts[at]?.state as unknown as Record<string, unknown>;
}

describe("a chain", () => {
  test.each<[string, Part[]]>([
    ["is empty", []],
    ["ends in a transformer", ["standard-scaler"]],
    ["has a predictor before its end", ["mean-regressor", "linear-regression"]],
    ["names what is not there", ["standard-scaler", "linear-regresion"]],
    ["names what JavaScript has and Wadi has not", ["constructor"]],
    ["names an optimizer that is not there", [{ "linear-regression": { optimizer: "toString" } }]],
  ])("that %s cannot be made", (_what, parts) => {
    expect(() => model(...parts)).toThrow(ConfigurationError);
  });

  test("lets a transformer learn an example before it transforms it", () => {
    const examples: [{ d: number }, number][] = [
      [{ d: 1 }, 0],
      [{ d: 3 }, 1],
    ];

    const linear = partAfter(["standard-scaler", { "linear-regression": { interceptLearningRate: 0 } }], 1, examples);

    // Mean 2 and deviation 1 include the 3, which so becomes 1: w = 0 - 0.01 * 2 (0 - 1) * 1.
    expect(linear["weights"]).toEqual([0.02]);
  });

  test("lets a transformer that needs the target transform before it learns: the target does not leak", () => {
    const chain: Part[] = [{ "target-mean": { by: "origin" } }, "linear-regression"];

    const afterOne = partAfter(chain, 1, [[{ origin: "LAX" }, 10]]);
    const afterTwo = partAfter(chain, 1, [
      [{ origin: "LAX" }, 10],
      [{ origin: "LAX" }, 30],
    ]);

    // The first sees a mean of 0. The second sees 10, not 20: w = 0 - 0.01 * 2 (0.2 - 30) * 10, b was 0.2.
    expect(afterOne["names"]).toEqual(["target_mean_by_origin"]);
    expect(afterOne["weights"]).toEqual([0]);
    expect((afterTwo["weights"] as number[])[0]).toBeCloseTo(5.96, 12);
  });

  test("passes on what a transformer does not touch, in the same position", () => {
    const chain: Part[] = [{ "standard-scaler": { only: ["b"] } }, "linear-regression"];

    const linear = partAfter(chain, 1, [[{ a: 2, b: 5, c: 3 }, 1]]);

    expect(linear["names"]).toEqual(["a", "b", "c"]);
    expect(linear["weights"]).toEqual([0.04, 0, 0.06]);
  });

  test("has pure verbs: learning and predicting leave the state they are given as it is", () => {
    const linear = model("standard-scaler", "linear-regression");
    const x = toVector({ a: 1, b: 2 });
    const empty = linear.init();

    const learned = learnOne(linear, learnOne(linear, empty, x, 5), toVector({ a: 2 }), 6);
    const prediction = predictOne(linear, learned, x);

    expect(empty).toEqual(linear.init());
    expect(predictOne(linear, learned, x)).toBe(prediction);
    expect(learned).not.toEqual(empty);
  });

  test.each<[string, (state: ModelState) => ModelState]>([
    ["other parts", (state) => ({ ...state, parts: [...state.parts].reverse() })],
    ["fewer parts", (state) => ({ ...state, parts: state.parts.slice(1) })],
    ["no parts", (state) => ({ schema: state.schema }) as ModelState],
    ["a later schema", (state) => ({ ...state, schema: 2 })],
    [
      "a part of a later schema",
      (state) => ({ ...state, parts: state.parts.map((part) => ({ ...part, state: { ...part.state, schema: 2 } })) }),
    ],
  ])("does not read a state of %s", (_what, changed) => {
    const linear = model("standard-scaler", "linear-regression");

    expect(() => linear.read(changed(linear.init()))).toThrow(
      /^parts must be (those of standard-scaler, linear-regression, and are of|a list)|^a state of schema 2 was written by a newer Wadi/,
    );
  });
});
