import { render } from "preact";
import { expect, test } from "vitest";
import type { Predicted } from "../../../admin/shapes/tries.ts";
import { html } from "../html.ts";
import { Prediction } from "./prediction.ts";

const told: Predicted = {
  value: 3,
  model: "linear",
  set: "line",
  generation: "1",
  version: 7,
  values: { linear: 3, mean: 2 },
};

const ORIGINS = [
  { name: "distance", open: false, kind: "number", from: "distance", as: "number" },
  { name: "carrier_", open: true, kind: "indicator", from: "carrier", as: "one-hot" },
  { name: "town", open: false, kind: "text", from: "town", as: "text" },
  { name: "hour_sin", open: false, kind: "number", from: "date", as: "hour-of-day" },
  { name: "far_bucket_1", open: false, kind: "indicator", from: "distance", as: "bucket" },
];

function textOf(more: Partial<Predicted>): string {
  const place = document.createElement("div");
  const pipeline = { features: ORIGINS, baselines: ["mean"] };
  render(html`<${Prediction} told=${{ ...told, ...more }} pipeline=${pipeline} />`, place);
  return (place.textContent ?? "").replaceAll(/\s+/g, " ");
}

test("a value, and what each model says", () => {
  expect(textOf({})).toMatch(/linear says.*3\.0000.*version 7.*▸ linear.*mean/);
});

test("contributions add up to the prediction, the largest as bars, the constant among them", () => {
  const explanation = {
    kind: "sum",
    unit: "target",
    total: 3,
    intercept: 1,
    contributions: [
      { feature: "x", value: 0.5, contribution: 2.5 },
      { feature: "z", value: 1, contribution: -0.5 },
    ],
  };

  expect(textOf({ explanation })).toMatch(
    /x = 0\.5.*\+2\.5000.*z = 1.*-0\.5000.*constant.*\+1\.0000.*Together 3\.0000, the prediction/,
  );
});

test.each([
  [{ level: 0.9, lower: 1, upper: 5 }, /90\.0 % of all cases ?1\.0000 to 5\.0000/],
  [{ level: 0.9, none: "12 of the 30 scores are there so far" }, /not known yet ?12 of the 30/],
  [{ level: 0.8, classes: ["true"] }, /80\.0 % of all cases ?true/],
])("an interval %j", (interval, words) => {
  expect(textOf({ interval })).toMatch(words);
});

test("nothing was learned yet", () => {
  expect(textOf({ value: null, values: { linear: null } })).toContain("nothing learned yet");
});

test("probabilities, the likeliest first, and the class", () => {
  expect(textOf({ value: { cat: 0.2, dog: 0.8 }, class: "dog" })).toMatch(/says ?dog ?dog 80\.0 %, cat 20\.0 %/);
});

test("markup in a feature's name is text", () => {
  const contributions = [{ feature: "<img src=x onerror=alert(1)>", value: 1, contribution: 1 }];

  expect(textOf({ explanation: { kind: "sum", unit: "target", total: 1, intercept: 0, contributions } })).toContain(
    "<img src=x onerror=alert(1)> = 1",
  );
});

test("features are told by the fields that they are made of, and what was scaled by both numbers", () => {
  const x = { distance: 700, carrier_AA: 1, town: "Rome", hour_sin: 0.5, far_bucket_1: 1 };
  const named = { distance: 0.25, carrier_AA: 1, town_Oslo: 0, hour_sin: 0.5, far_bucket_1: 1, target_mean_by_town: 3 };
  const contributions = Object.entries(named).map(([feature, value]) => ({ feature, value, contribution: 1 }));

  expect(textOf({ x, explanation: { kind: "sum", unit: "target", total: 6, intercept: 0, contributions } })).toMatch(
    /distance = 700, scaled to 0\.25.*carrier is AA.*town is not Oslo.*hour of date, as a sine = 0\.5.*distance is in range 1.*mean of the target where town is Rome = 3/,
  );
});

test("what is far outside of what was learned is said quietly beside it, and baselines are marked", () => {
  const unusual = [
    { field: "distance", feature: "distance", value: 9000, n: 50, mean: 702.4, deviation: 499.7 },
    { field: "carrier", feature: "carrier_ZZ", value: "ZZ", valuesInAll: 17 },
  ];

  expect(textOf({ unusual })).toMatch(
    /distance 9,000 is far outside of what was learned \(about 702 ± 500\)\..*carrier ZZ was never learned; 17 other values were\..*mean baseline.*A baseline looks at no feature/,
  );
  expect(textOf({ unusual: [] })).not.toContain("far outside");
});
