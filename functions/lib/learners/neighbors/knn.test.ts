import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Features, Prediction, Target } from "../../events/vocabulary.ts";
import type { OpenPredictor, Predictor, State } from "../learner.ts";
import { readPart } from "../named-part.ts";
import { StateBudget } from "../state-budget.ts";
import { readState } from "../state-form.ts";
import { toVector } from "../vector.ts";
import { knnClassifier } from "./knn-classifier.ts";
import { knnRegressor } from "./knn-regressor.ts";

interface Golden {
  readonly model: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly file: string;
  readonly target: string;
  readonly task: "regression" | "binary" | "multiclass";
  readonly rows: number;
  readonly predictions: readonly (readonly [row: number, prediction: Prediction])[];
}

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, ...path), "utf8");

const { cases } = JSON.parse(read("fixtures", "knn.json")) as { readonly cases: readonly Golden[] };

function start(
  name: string,
  options: Readonly<Record<string, unknown>> = {},
  budget?: StateBudget,
): OpenPredictor<State> {
  const type = name === "knn-classifier" ? knnClassifier : knnRegressor;
  const knn = type.create(options, { isIndicator: () => false }) as Predictor;
  return knn.open(knn.init(), budget);
}

function learned(live: OpenPredictor<State>, ...examples: (readonly [Features, Target])[]): OpenPredictor<State> {
  for (const [x, y] of examples) live.learnOne(toVector(x), y);
  return live;
}

/** Empty cells are absent features. */
function examplesOf({ file, target, task, rows }: Golden): [Features, Target][] {
  const [head = "", ...lines] = read("..", "fixtures", file).trim().split("\n");
  const names = head.split(",");
  return lines.slice(0, rows).map((line) => {
    const cells = line.split(",").map((cell, i) => [names[i] as string, cell] as const);
    const truth = cells.find(([name]) => name === target)?.[1] as string;
    const y = { regression: Number(truth), binary: truth === "1", multiclass: truth }[task];
    const features = cells.filter(([name, cell]) => name !== target && cell !== "");
    return [Object.fromEntries(features.map(([name, cell]) => [name, Number(cell)])), y];
  });
}

test.each(cases.map((golden) => [JSON.stringify(golden.model), golden.file, golden] as const))(
  "%s on %s predicts what River does",
  (_model, _file, golden) => {
    const { name, options } = readPart(golden.model);
    const live = start(name, options);
    const expected = new Map(golden.predictions);

    for (const [i, [x, y]] of examplesOf(golden).entries()) {
      if (expected.has(i)) expectNear(live.predictOne(toVector(x)), expected.get(i) as Prediction, `row ${i}`);
      live.learnOne(toVector(x), y);
    }

    expect(expected.size).toBeGreaterThan(40);
  },
);

function expectNear(ours: Prediction, theirs: Prediction, what: string): void {
  const asList = (prediction: Prediction) =>
    typeof prediction === "object" ? Object.entries(prediction ?? {}).sort() : [["", prediction] as const];
  const expected = asList(theirs);
  expect(asList(ours).map(([label]) => label)).toEqual(expected.map(([label]) => label));
  for (const [i, [, own]] of asList(ours).entries()) {
    const other = expected[i]?.[1] as number;
    expect(Math.abs((own as number) - other), what).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(other)));
  }
}

describe("a window of the last examples", () => {
  test("is all that counts: what was before it is forgotten", () => {
    const live = learned(
      start("knn-regressor", { windowSize: 2, nNeighbors: 2 }),
      [{ a: 0 }, 100],
      [{ a: 1 }, 1],
      [{ a: 2 }, 3],
    );

    expect(live.predictOne(toVector({ a: 0 }))).toBe(2);
  });

  test("gives the older one of examples that are equally near", () => {
    const live = learned(start("knn-regressor", { nNeighbors: 1 }), [{ a: 1 }, 10], [{ a: 3 }, 30]);

    expect(live.predictOne(toVector({ a: 2 }))).toBe(10);
  });

  test("takes an absent feature for 0, in an example as in what is asked", () => {
    const live = learned(start("knn-regressor", { nNeighbors: 1 }), [{ a: 1 }, 10], [{ a: 1, b: 5 }, 50]);

    expect(live.predictOne(toVector({ a: 1, b: 0 }))).toBe(10);
    expect(live.predictOne(toVector({ a: 1, b: 4, c: 9 }))).toBe(50);
  });

  test("charges a name with as many numbers as there are examples in it", () => {
    const budget = new StateBudget(50 * 20 + 10);
    const live = learned(start("knn-regressor", {}, budget), [{ a: 1 }, 10], [{ b: 5 }, 50]);

    expect((live.close() as State & { names: string[] }).names).toEqual(["a"]);
    expect(budget.refused).toBe(1);
  });

  test("has finite shares where every example is too far for doubles", () => {
    const far: (readonly [Features, Target])[] = [
      [{ a: 1.7e308 }, "x"],
      [{ a: 1.6e308 }, "y"],
      [{ a: 1.5e308 }, "y"],
    ];

    for (const options of [{}, { softmax: true }, { weighted: false }]) {
      const shares = learned(start("knn-classifier", options), ...far).predictOne(toVector({ a: -1.7e308 }));
      expect(Object.values(shares as object).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    }
    expect(learned(start("knn-classifier"), ...far).predictOne(toVector({ a: -1.7e308 }))).toEqual({
      x: 1 / 3,
      y: 2 / 3,
    });
  });

  test("refuses a state with labels and no example: a window that held one never empties", () => {
    const knn = knnClassifier.create({}, { isIndicator: () => false }) as Predictor;

    expect(() => readState(knn.form, { ...knn.init(), labels: ["a"] })).toThrow(
      "labels must be empty before the first example",
    );
  });

  test("predicts nothing, or 0, before the first example", () => {
    expect(start("knn-classifier").predictOne(toVector({ a: 1 }))).toBeNull();
    expect(start("knn-regressor").predictOne(toVector({ a: 1 }))).toBe(0);
  });
});
