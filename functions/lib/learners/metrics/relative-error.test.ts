import { describe, expect, test } from "vitest";
import type { MetricSpec } from "../task.ts";
import { createMetric } from "./index.ts";
import { INFINITE } from "./metric.ts";

function scoreOf(spec: MetricSpec, pairs: readonly (readonly [number, number])[]): number {
  const metric = createMetric(spec);
  const live = metric.open(metric.init());
  for (const [y, prediction] of pairs) live.update(y, prediction);
  return live.get();
}

const PAIRS = [
  [10, 12],
  [0, 3],
  [-4, -5],
  [2.5, 2],
] as const;

describe("errors relative to the truth", () => {
  test("are River's, in percent", () => {
    expect(scoreOf("mape", PAIRS)).toBeCloseTo(16.25, 12);
    expect(scoreOf("smape", PAIRS)).toBeCloseTo(65.65656565656565, 12);
  });

  test.each(["mape", "smape"])("%s knows them where the error itself is beyond doubles", (name) => {
    expect(scoreOf(name, [[1.7e308, -1.7e308]])).toBeCloseTo(200, 9);
  });

  test("are infinite, and not left out, where they are beyond doubles", () => {
    const pairs = [
      [1, 1],
      [5e-324, 1],
    ] as const;

    expect(scoreOf("mape", pairs)).toBe(INFINITE);
    expect(scoreOf({ rolling: "mape", over: 2 }, pairs)).toBe(INFINITE);
    expect(scoreOf({ rolling: "mape", over: 1 }, [...pairs, [4, 3]])).toBe(25);
  });
});

describe("the pinball loss", () => {
  test("weighs what was predicted too low by alpha, and what was too high by the rest", () => {
    expect(scoreOf({ pinball: { alpha: 0.9 } }, [[10, 0]])).toBeCloseTo(9, 12);
    expect(scoreOf({ pinball: { alpha: 0.9 } }, [[0, 10]])).toBeCloseTo(1, 12);
  });

  test("is half the absolute error where nothing is said", () => {
    expect(scoreOf("pinball", PAIRS)).toBeCloseTo(scoreOf("mae", PAIRS) / 2, 12);
  });
});

test("a metric is called by its options too, where they are not the usual ones", () => {
  const specs: MetricSpec[] = [
    "pinball",
    { pinball: { alpha: 0.5 } },
    { pinball: { alpha: 0.9 } },
    { rolling: { roc_auc: { thresholds: 50 } }, over: 100 },
  ];

  expect(specs.map((spec) => createMetric(spec).name)).toEqual([
    "pinball",
    "pinball",
    "pinball_0.9",
    "roc_auc_50_rolling_100",
  ]);
});
