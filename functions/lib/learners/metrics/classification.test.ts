import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import type { MetricSpec } from "../task.ts";
import { createMetric } from "./index.ts";
import { MOST_LABELS } from "./tally.ts";

type Pair = readonly [Target, Prediction];

function scoreOf(spec: MetricSpec, pairs: readonly Pair[]): number {
  const metric = createMetric(spec);
  const live = metric.open(metric.init());
  for (const [y, prediction] of pairs) live.update(y, prediction);
  return live.get();
}

const BINARY: readonly Pair[] = [
  ...([
    [true, 0.9],
    [false, 0.2],
    [true, 0.4],
    [false, 0.7],
  ] as const),
  ...([
    [true, 0.8],
    [true, 0.55],
    [false, 0.1],
    [false, 0.5],
  ] as const),
];

const CLASSES: readonly Pair[] = ["aa", "ba", "cc", "ab", "bb", "ca", "aa"].map(
  ([truth, predicted]): Pair => [truth as string, { [predicted as string]: 1 }],
);

describe("metrics of true and false are River's", () => {
  test.each([
    ["accuracy", 0.75],
    ["balanced_accuracy", 0.75],
    ["mcc", 0.5],
    ["kappa", 0.5],
    ["macro_f1", 0.75],
    ["f1", 0.75],
    ["roc_auc", 0.78125],
    ["log_loss", 0.5085319814324659],
  ])("%s", (name, value) => {
    expect(scoreOf(name, BINARY)).toBeCloseTo(value, 12);
  });

  test.each([
    ["mcc", 3, 1],
    ["f1", 3, 1],
    ["roc_auc", 4, 0.875],
    ["log_loss", 4, 0.4048720620719003],
  ])("%s over the last %i", (rolling, over, value) => {
    expect(scoreOf({ rolling, over }, BINARY)).toBeCloseTo(value, 12);
  });
});

describe("metrics of labels are River's", () => {
  test.each([
    ["accuracy", 4 / 7],
    ["balanced_accuracy", 5 / 9],
    ["kappa", 0.3225806451612903],
    ["macro_f1", 0.5793650793650794],
    ["mcc", 10 / Math.sqrt(28 * 32)],
  ])("%s", (name, value) => {
    expect(scoreOf(name, CLASSES)).toBeCloseTo(value, 12);
  });
});

describe("the label that counts as predicted", () => {
  test("is false at a half, and the first of those with the highest probability", () => {
    expect(scoreOf("accuracy", [[false, 0.5]])).toBe(1);
    expect(scoreOf("accuracy", [["a", { a: 0.4, b: 0.4, c: 0.2 }]])).toBe(1);
    expect(scoreOf("accuracy", [["b", { a: 0.4, b: 0.4, c: 0.2 }]])).toBe(0);
  });

  test("may be any text, one that JavaScript uses itself included", () => {
    const own = JSON.parse('{ "__proto__": 0.9, "constructor": 0.1 }');

    expect(scoreOf("macro_f1", [["__proto__", own]])).toBe(1);
    expect(scoreOf("cross_entropy", [["__proto__", own]])).toBeCloseTo(-Math.log(0.9), 12);
    expect(scoreOf("cross_entropy", [["toString", own]])).toBe(0);
  });
});

describe("log loss", () => {
  test("of what was held impossible is large and no more", () => {
    expect(scoreOf("log_loss", [[true, 0]])).toBeCloseTo(34.54, 2);
    expect(scoreOf("cross_entropy", [["a", { a: 0, b: 1 }]])).toBeCloseTo(34.54, 2);
  });
});

test("only predictions of the truth's own task are scored", () => {
  const strange: Pair[] = [
    [true, { true: 1 }],
    ["a", 0.7],
    [1, 0.7],
  ];

  for (const name of ["accuracy", "f1", "kappa", "log_loss", "cross_entropy", "roc_auc"])
    expect(scoreOf(name, [...strange, ...BINARY, ...CLASSES])).toBe(scoreOf(name, [...BINARY, ...CLASSES]));
});

test("more thresholds bring the area under the curve nearer to the truth", () => {
  // The truth: 0.75. Two pairs of four P are between the same two of ten thresholds.
  const close: Pair[] = [
    [false, 0.1],
    [false, 0.4],
    [true, 0.35],
    [true, 0.8],
  ];

  expect(scoreOf("roc_auc", close)).toBeCloseTo(0.875, 12);
  expect(scoreOf({ roc_auc: { thresholds: 20 } }, close)).toBeCloseTo(0.75, 12);
});

describe("very many labels", () => {
  const right = (i: number): Pair => [`label ${i}`, { [`label ${i}`]: 1 }];
  const wrong = (i: number): Pair => [`label ${i}`, { [`label ${i + 1}`]: 1 }];

  test("make no state larger than that of a limited number of them", () => {
    const metric = createMetric("kappa");
    const live = metric.open(metric.init());
    for (let i = 0; i < 5000; i++) live.update(...right(i));

    const state = live.close() as unknown as { labels: number[] };

    expect(state.labels.length).toBe(MOST_LABELS + 1);
    expect(JSON.stringify(state).length).toBeLessThan(16_000);
  });

  test("are still told right from wrong", () => {
    const many = Array.from({ length: 1000 }, (_, i) => right(i));

    expect(scoreOf("kappa", many)).toBeCloseTo(1, 12);
    expect(scoreOf("balanced_accuracy", [...many, ...many.map((_, i) => wrong(2000 + 2 * i))])).toBeLessThan(0.999);
  });
});
