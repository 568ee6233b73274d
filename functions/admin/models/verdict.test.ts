// The verdict on the model that serves: in the words of its metric, and nothing where too little is known.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import { PIPELINES } from "../fixtures/running.ts";
import type { ModelFigures } from "../shapes/shapes.ts";
import { verdictsOf } from "./verdict.ts";

const read = (name: string) => parsePipeline(readFileSync(join(PIPELINES, `${name}.yaml`), "utf8"), `${name}.yaml`);
const [flights, phishing, shuttle] = [read("flights"), read("phishing"), read("shuttle")];

function model(name: string, metrics: Record<string, number>, more: Partial<ModelFigures> = {}): ModelFigures {
  return { name, serves: name === "linear", n: 5000, skipped: 0, leftOut: 0, metrics, ...more };
}

const baseline = (name: string, metrics: Record<string, number>, more: Partial<ModelFigures> = {}) =>
  model(name, metrics, { isBaseline: true, ...more });

test.each<[string, string, ModelFigures[], string]>([
  [
    "less of an error than the best baseline",
    "mae_rolling_1000",
    [
      model("linear", { mae_rolling_1000: 17.44 }),
      baseline("mean", { mae_rolling_1000: 25 }),
      baseline("median", { mae_rolling_1000: 19.8 }),
    ],
    "The serving model errs by 17.4 on average, over the last 1,000, 12 % less than the best baseline, median.",
  ],
  [
    "more of an error",
    "mae",
    [model("linear", { mae: 20 }), baseline("median", { mae: 19.8 })],
    "No better than the baseline yet: the serving model errs by 20 on average; the best baseline, median, errs by 19.8 on average.",
  ],
  [
    "a difference that rounding hides",
    "mae",
    [model("linear", { mae: 19.799 }), baseline("median", { mae: 19.8 })],
    "No better than the baseline yet: the serving model errs by 19.8 on average; the best baseline, median, errs by 19.8 on average.",
  ],
  [
    "a score that is better higher, and may be below 0",
    "r2",
    [model("linear", { r2: 0.31 }), baseline("mean", { r2: -0.001 })],
    "The serving model scores 0.31 by R2 (higher is better), against -0.001 of the best baseline, mean.",
  ],
  ["too few examples", "mae", [model("linear", { mae: 1 }, { n: 29 }), baseline("mean", { mae: 9 })], "29 of 30."],
  [
    "a baseline that came later",
    "mae",
    [model("linear", { mae: 1 }), baseline("mean", { mae: 0.1 }, { n: 40 })],
    "The serving model errs by 1 on average. No baseline was scored on the same examples yet.",
  ],
  [
    "a baseline that came later, once the window is full of what both have seen",
    "mae_rolling_1000",
    [model("linear", { mae_rolling_1000: 1 }), baseline("mean", { mae_rolling_1000: 4 }, { n: 1000 })],
    "75 % less than the best baseline, mean.",
  ],
  [
    "a baseline that serves",
    "mae",
    [model("x", { mae: 1 }), baseline("linear", { mae: 2 })],
    "The serving model, linear, is itself a baseline; it errs by 2 on average.",
  ],
  ["no baseline", "mae", [model("linear", { mae: 2 })], "There is no baseline to compare it with."],
  [
    "errors beyond doubles",
    "mae",
    [model("linear", { mae: Number.MAX_VALUE }), baseline("mean", { mae: Number.MAX_VALUE })],
    "No better than the baseline yet: the serving model errs by inf on average",
  ],
])("%s", (_title, metric, models, words) => {
  expect(verdictsOf(models, flights)[metric]?.text).toContain(words);
});

test("classes are told by how often they are right or wrong", () => {
  const verdicts = verdictsOf(
    [
      model("linear", { accuracy: 0.8704, confusion_matrix: 0.1296 }),
      baseline("prior", { accuracy: 0.812, confusion_matrix: 0.188 }),
    ],
    { ...phishing, metrics: ["accuracy", "confusion_matrix"] },
  );

  expect(verdicts["accuracy"]).toEqual({
    text: "The serving model is right in 87.0 % of all cases, against 81.2 % of the best baseline, prior.",
    ...{ better: "higher", value: 0.8704, baseline: { model: "prior", value: 0.812 }, isBetter: true },
  });
  expect(verdicts["confusion_matrix"]?.text).toBe(
    "The serving model is wrong in 13.0 % of all cases, 31 % less than the best baseline, prior.",
  );
});

test("what is unusual is told without a baseline, and how often there is an alarm makes no model better", () => {
  const verdicts = verdictsOf([model("linear", { roc_auc: 0.93, alarm_rate: 0.01 })], {
    ...shuttle,
    metrics: ["roc_auc", "alarm_rate"],
  });

  expect(Object.keys(verdicts)).toEqual(["roc_auc"]);
  expect(verdicts["roc_auc"]?.text).toBe(
    "The serving model scores 0.93 by ROC AUC (higher is better). There is no baseline to compare it with.",
  );
});
