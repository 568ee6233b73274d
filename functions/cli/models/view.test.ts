// Model sets as people see them, on terminals that are narrow, and of pipelines that differ.

import { describe, expect, test } from "vitest";
import type { ModelSetDetail, ModelSetSummary } from "../../admin/shapes/shapes.ts";
import { recordedOutput } from "../terminal/recorded-output.contract.ts";
import { modelSetLines, modelSetsLines } from "./view.ts";

const screen = (columns: number) => recordedOutput({ columns, env: { NO_COLOR: "1", LANG: "C.UTF-8" } });

function summaryOf(set: string, metrics: Record<string, number>): ModelSetSummary {
  return { set, pipeline: set, generation: "1", version: 5_801, count: 20_000, champion: "linear", metrics };
}

const SETS = [
  summaryOf("deliveries", { mae: 4.02, rmse: 5.1, r2: 0.8, mae_rolling_500: 3.91 }),
  summaryOf("flights", { mae: 17.309, rmse: 31.719, r2: -0.026, mae_rolling_1000: 16 }),
  summaryOf("line", { mae: 0.16, rmse: 2.53, r2: 0.2, mae_rolling_100: 1.07 }),
];

test("on 80 columns no name is cut, and each pipeline shows what it is like lately, whatever its window", () => {
  expect(modelSetsLines(SETS, screen(80))).toEqual([
    "set         champion  examples     MAE  MAE, lately    RMSE       R2  version",
    "deliveries  ▸ linear    20,000   4.020        3.910   5.100   0.8000    5,801",
    "flights     ▸ linear    20,000  17.309       16.000  31.719  -0.0260    5,801",
    "line        ▸ linear    20,000   0.160        1.070   2.530   0.2000    5,801",
  ]);
});

test("on 60 columns the version and the last scores give way before a name is cut", () => {
  const [titles, first] = modelSetsLines(SETS, screen(60));

  expect(titles).toBe("set         champion  examples     MAE  MAE, lately    RMSE");
  expect(first).toMatch(/^deliveries {2}▸ linear/);
});

test("windows are told apart where one pipeline has two of them", () => {
  const [titles] = modelSetsLines([summaryOf("a", { mae: 1, mae_rolling_10: 1, mae_rolling_100: 1 })], screen(120));

  expect(titles).toContain("MAE, last 10  MAE, last 100");
});

function detailOf(figures: Partial<ModelSetDetail>): ModelSetDetail {
  return {
    ...{ set: "line", pipeline: "line", generation: "1", version: 98, revision: "r", count: 1_500, scoredOnServed: 0 },
    ...{ learnedIds: 1_500, stateBytes: 10, champion: "linear", models: [], verdicts: {}, drift: [], history: [] },
    ...figures,
  };
}

const factOf = (name: string, detail: ModelSetDetail, conflicts = 0) =>
  modelSetLines(detail, conflicts, recordedOutput()).find((line) => line.startsWith(name));

test.each([
  [
    0,
    "0 on the prediction that was served, 1,500 on one made just before learning (their label came with them, or before the prediction)",
  ],
  [1_500, "1,500 on the prediction that was served"],
])(
  "of 1,500 examples %d were scored on what was served, and it is said why the others were not",
  (scoredOnServed, words) => {
    expect(factOf("scored", detailOf({ scoredOnServed }))).toMatch(new RegExp(` ${words.replace(/[()]/g, "\\$&")}$`));
  },
);

test("labels that were not learned are told, where there are some", () => {
  expect(factOf("not learned", detailOf({}))).toBeUndefined();
  expect(factOf("not learned", detailOf({}), 2)).toMatch(/ 2 labels since the start: another came first/);
});

test("the chart is of the whole history, thinned to the width, from the first value on", () => {
  const history = Array.from({ length: 5_000 }, (_, i) => ({
    ...{ version: 5_000 - i, time: 0, count: 1 },
    metrics: { linear: { mae_rolling_100: i === 4_999 ? 9 : 1 } },
  }));

  const lines = modelSetLines(detailOf({ history }), 0, screen(80));

  expect(lines.at(-3)?.length).toBe(60);
  expect(lines.at(-2)).toBe("9.0000 → 1.0000, lowest 1.0000, highest 9.0000");
  expect(lines.at(-1)).toMatch(/^versions 1 to 5,000, /);
});

test("the newest change of the champion is told with its reason, where the history has one", () => {
  const point = (version: number, to: string) => {
    const champion = { from: to === "linear" ? "mean" : "linear", to, why: `its mae over 60 examples is ${version}` };
    return { version, time: 0, count: version, metrics: {}, champion };
  };
  const history = [{ version: 9, time: 0, count: 9, metrics: {} }, point(8, "linear"), point(5, "mean")];

  expect(factOf("champion", detailOf({ history }))).toMatch(
    / linear instead of mean since version 8, .*: its mae over 60/,
  );
  expect(factOf("champion", detailOf({}))).toBeUndefined();
});

describe("drift", () => {
  const rise = { model: "linear", detector: "adwin", at: 1_400, change: "rise" } as const;
  const point = { version: 97, time: 0, count: 1_410, metrics: {}, drift: [rise], risen: rise };
  const drift = [
    { version: 97, time: 0, ...rise },
    { version: 9, time: 0, ...rise, at: 90, change: "fall" as const },
  ];
  const model = { serves: false, n: 90, skipped: 0, leftOut: 0, metrics: {} };

  test("is told by its newest, with the example and the version, and how often before", () => {
    expect(factOf("drift", detailOf({}))).toBeUndefined();
    expect(factOf("drift", detailOf({ drift, history: [point] }))).toMatch(
      / the error of linear rose, by adwin at example 1,400, version 97, .*; 1 time before that/,
    );
    expect(factOf("drift", detailOf({ drift: drift.slice(1), history: [] }))).toMatch(/ the error of linear fell, by/);
  });

  test("shows the model that began anew while it learns, and since when it has replaced the old one", () => {
    const models = [
      { ...model, name: "linear", serves: true },
      { ...model, name: "linear@1400", challenges: "linear" },
    ];
    const why = "its mae over 100 examples is 1, that of linear 4";
    const restarted = [{ model: "linear", challenger: "linear@1400", at: 1_400, why }];

    const learning = detailOf({ drift, history: [point], models });
    const replaced = detailOf({
      drift,
      history: [{ version: 98, time: 0, count: 1_500, metrics: {}, restarted }, point],
    });

    expect(factOf("restart", learning)).toMatch(/ linear@1400 learns beside linear, and replaces it once it is better/);
    expect(modelSetLines(learning, 0, screen(80)).join("\n")).toMatch(/^ {2}linear@1400 +90/m);
    expect(factOf("restart", replaced)).toMatch(/ linear is what began as linear@1400, since version 98, .*: its mae/);
    expect(factOf("restart", detailOf({}))).toBeUndefined();
  });

  test("shows the newest rollback, and which models came and went with the newest pipeline file", () => {
    const file = { from: 3, to: 4, added: ["tree"], removed: ["mean"] };
    const commit = { time: 0, count: 1, metrics: {} };
    const history = [
      { ...commit, version: 8, restored: 5 },
      { ...commit, version: 7, file: { ...file, added: [], removed: [] } },
      { ...commit, version: 6, file },
    ];

    const [both, older] = [detailOf({ history }), detailOf({ history: history.slice(2) })];

    expect(factOf("rollback", both)).toMatch(/ version 8 brought back version 5, /);
    expect(factOf("file", both)).toMatch(/ pipeline revision 4 instead of 3 since version 7, .*: the same models$/);
    expect(factOf("file", older)).toMatch(/ since version 6, .*: with tree, without mean$/);
    expect([factOf("rollback", older), factOf("file", detailOf({}))]).toEqual([undefined, undefined]);
  });
});

const figures = { name: "logistic", serves: true, n: 9, skipped: 0, leftOut: 0, metrics: {} };

test("it is said whether the champion's intervals hold as many truths as they should", () => {
  const coverage = { level: 0.95, n: 12_340, inside: 11_700 };

  expect(factOf("intervals", detailOf({ models: [{ ...figures, coverage }] }))).toBe(
    "intervals   those of logistic are to hold 95 % of all truths, and held 94.8 % of 12,340",
  );
  expect(factOf("intervals", detailOf({ models: [{ ...figures, serves: false, coverage }] }))).toBeUndefined();
});

test("it is said whether the champion's probabilities come true, together and by tenths", () => {
  const empty = { n: 0, predicted: 0, observed: 0 };
  const calibration = Array.from({ length: 10 }, () => empty);
  calibration[2] = { n: 30, predicted: 0.25, observed: 0.35 };
  calibration[8] = { n: 10, predicted: 0.85, observed: 0.55 };

  expect(factOf("calibration", detailOf({ models: [{ ...figures, calibration }] }))).toBe(
    "calibration  over 40 predictions logistic said 40.0 %, and 40.0 % came true; by tenths it is off by 15.0 points on average",
  );
  expect(factOf("calibration", detailOf({ models: [{ ...figures, calibration: calibration.map(() => empty) }] }))).toBe(
    undefined,
  );
});
