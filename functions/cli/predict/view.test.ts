import { describe, expect, test } from "vitest";
import type { Explanation } from "../../lib/events/vocabulary.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { explanationLines, intervalText } from "./told-view.ts";
import { type Inferred, predictionLines } from "./view.ts";

const screen = () => recordedOutput({ columns: 80, env: { NO_COLOR: "1" } });

function answer(outputs: Readonly<Record<string, readonly unknown[]>>, parameters = {}): Inferred {
  return {
    ...{ model_name: "line", model_version: "7", parameters },
    outputs: Object.entries(outputs).map(([name, data]) => ({ name, data })),
  };
}

const MODELS = { champion: ["a"], prediction: [1], "model:a": [1], "model:b": [2] };

describe("a prediction", () => {
  test("has its interval below the models", () => {
    const asked = answer({ ...MODELS, lower: [-10.25], upper: [12.25], interval_note: [null] }, { interval: 0.9 });

    expect(predictionLines(asked, 1, screen()).slice(-2)).toEqual(["", "interval  -10.250 to 12.250 (90 %)"]);
  });

  test("says why there is no interval", () => {
    const asked = answer({ ...MODELS, lower: [null], upper: [null], interval_note: ["too early"] }, { interval: 0.95 });

    expect(predictionLines(asked, 1, screen()).at(-1)).toBe("interval  none at 95 %: too early");
  });

  test("of a classification has the classes, whatever they are called", () => {
    const classes = { class: ["[x"], classes: ['["[x","{y"]'], interval_note: [null] };
    const one = predictionLines(answer({ ...MODELS, ...classes }, { interval: 0.8 }), 1, screen());
    const two = answer({ ...MODELS, prediction: [1, 2], class: ["[x", "{y"], classes: ['["[x","{y"]', "[]"] });

    expect(one.at(-1)).toBe("classes  [x, {y (80 %)");
    expect(one.join("\n")).toContain("serves: [x");
    expect(predictionLines(two, 2, screen()).slice(1)).toEqual([
      "record  prediction  class  classes     ▸ a       b",
      "     1      1.0000  [x     [x, {y   1.0000  2.0000",
      "     2      2.0000  {y     none          -       -",
    ]);
  });

  test("of several records has bounds in columns, and each reason once", () => {
    const notes = ["early", "early", null];
    const asked = answer({
      ...MODELS,
      prediction: [1, 2, 3],
      lower: [null, null, 1],
      upper: [null, null, 2],
      interval_note: notes,
    });

    const lines = predictionLines(asked, 3, screen());

    expect(lines[1]).toMatch(/^record +prediction +lower +upper +▸ a +b$/);
    expect(lines[4]).toMatch(/^ +3 +3\.0000 +1\.0000 +2\.0000 /);
    expect(lines.slice(5)).toEqual(["where there is no interval: early"]);
  });
});

test("a set without a class is told as that", () => {
  expect(intervalText({ level: 0.9, classes: [] })).toBe("no class is likely enough (90 %)");
  expect(intervalText({ level: 0.9, classes: [true, false] })).toBe("true, false (90 %)");
});

describe("an explanation", () => {
  const lines = (explanation: Explanation) => explanationLines(explanation, "linear", screen());
  const sum = {
    ...{ total: 12.5, intercept: -1 },
    contributions: [
      { feature: "distance", value: 1.25, contribution: 13 },
      { feature: "a much longer name", value: -0.5, contribution: -0.25 },
    ],
    others: { features: 3, contribution: 0.75 },
  };

  test("of a sum is a table of what is added", () => {
    expect(lines({ kind: "sum", unit: "target", ...sum })).toEqual([
      "why  what linear adds up",
      "  feature               value    adds",
      "  distance             1.2500  13.000",
      "  a much longer name  -0.5000  -0.250",
      "  3 others                      0.750",
      "  intercept                    -1.000",
      "  total                        12.500",
    ]);
  });

  test("of log-odds says how they are a probability", () => {
    expect(lines({ kind: "sum", unit: "log-odds", ...sum })[0]).toBe(
      "why  the log-odds of linear: its P(true) is 1 / (1 + e^-total)",
    );
  });

  test("of classes has a table for each", () => {
    const told = lines({ kind: "sums", unit: "log-probability", classes: [{ class: "red", ...sum }], otherClasses: 4 });

    expect(told.slice(0, 2)).toEqual(["why  the logarithm of each probability of linear: it is e^total", "  red"]);
    expect(told.at(-1)).toBe("  and 4 less likely classes");
  });

  test("of a tree is the way", () => {
    const tests = [
      { feature: "hour", threshold: 12.5, value: 9, went: "at most" },
      { feature: "distance", threshold: 1000, value: null, went: "above" },
    ] as const;

    expect(lines({ kind: "path", tests, otherTests: 2, leaf: { n: 1660, value: { late: 0.75, fine: 0.25 } } })).toEqual(
      [
        "why  the way through the tree of linear",
        "  after 2 tests nearer to the root",
        "  feature    value  went",
        "  hour      9.0000  at most 12.500",
        "  distance  absent  above 1,000.0",
        "  leaf  late 0.75, fine 0.25, after 1,660 examples",
      ],
    );
  });

  test("that is missing has a reason", () => {
    expect(lines({ kind: "none", why: "it is a mean" })).toEqual(["why  linear has no explanation: it is a mean"]);
  });
});
