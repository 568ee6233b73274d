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

function textOf(more: Partial<Predicted>): string {
  const place = document.createElement("div");
  render(html`<${Prediction} told=${{ ...told, ...more }} />`, place);
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
    /x = 0\.5000.*\+2\.5000.*z = 1\.0000.*-0\.5000.*constant.*\+1\.0000.*Together 3\.0000, the prediction/,
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
    "<img src=x onerror=alert(1)> = 1.0000",
  );
});
