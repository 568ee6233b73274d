import { expect, test } from "vitest";
import { metricTitle, metricValues } from "./title.ts";

test.each([
  ["mae", "MAE"],
  ["mae_rolling_1000", "MAE, last 1,000"],
  ["roc_auc", "ROC AUC"],
  ["macro_f1_rolling_500", "macro F1, last 500"],
  ["balanced_accuracy", "balanced accuracy"],
  ["pinball_0.9", "pinball 0.9"],
])("%s is %s to people", (metric, title) => {
  expect(metricTitle(metric)).toBe(title);
});

test("an infinite score is told as such, and leaves the others their figures", () => {
  expect(metricValues([Number.MAX_VALUE, 1.25, -Number.MAX_VALUE, undefined])).toEqual(["inf", "1.2500", "-inf", "-"]);
});
