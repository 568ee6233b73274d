// The weights of models as people see them.

import { expect, test } from "vitest";
import type { Weights } from "../../admin/shapes/weights.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { weightLines } from "./weights.ts";

const screen = (columns = 80) => recordedOutput({ columns, env: { NO_COLOR: "1", LANG: "C.UTF-8" } });

const AT = [1, 2, 3].map((one) => ({ version: 500 * one, time: one, count: 1000 * one }));
const none: Weights = { set: "flights", version: 1_600, versions: AT, models: [] };
const linear = { name: "linear", serves: true, unit: "target", intercept: 3.5, others: 0 } as const;

test("each weight stands with what it was at first and how it moved; what was not there then is blank", () => {
  const weights = [
    { feature: "distance", now: 4, before: [1, 2, 3] },
    { feature: "origin_LAX", now: -0.5, before: [null, -1, null] },
  ];

  expect(weightLines({ ...none, models: [{ ...linear, weights, others: 2 }] }, screen())).toEqual([
    "flights at version 1,600",
    "How they moved is told by 3 snapshots, versions 500 to 1,500, and by now.",
    "",
    "▸ linear  adds up to the prediction, from 3.5000 on",
    "feature      weight  at first  how it moved",
    "distance     4.0000    1.0000  ▁▃▆█",
    "origin_LAX  -0.5000   -1.0000   ▁ █",
    "and 2 smaller ones",
  ]);
});

test("a sum for each class names the class, and without a snapshot nothing is said to have moved", () => {
  const weights = [{ feature: "x", class: "red\u001b[31m", now: 1, before: [] }];
  const model = { name: "softmax", serves: false, unit: "log-probability", weights, others: 0 } as const;

  const lines = weightLines({ ...none, versions: [], models: [model] }, screen(200));

  expect(lines[1]).toBe("No snapshot of an earlier version is kept yet, so nothing shows how the weights moved.");
  expect(lines[3]).toBe("softmax  adds up to an s for each class, and the share of a class is that of its e^s");
  expect(lines[4]).toMatch(/^feature +class +weight$/);
  expect(lines[5]).not.toContain("\u001b");
});

test("it is said where there is nothing to show", () => {
  expect(weightLines(none, screen())[1]).toMatch(/^It has no model that is a sum/);
  expect(weightLines({ ...none, models: [{ ...linear, weights: [] }] }, screen()).at(-1)).toBe("It has no weight yet.");
});
