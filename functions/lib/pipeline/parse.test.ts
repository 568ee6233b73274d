import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { parsePipeline } from "./parse.ts";

const flights = readFileSync(new URL("../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");

/** flights.yaml with some of its text replaced. */
function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`flights.yaml has no ${from}`);
    return text.replace(from, to);
  }, flights);
}

function problemsOf(text: string): string {
  try {
    parsePipeline(text, "flights.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  return "";
}

describe("flights.yaml", () => {
  const pipeline = parsePipeline(flights, "flights.yaml");

  test("is read with everything in it resolved", () => {
    expect(pipeline).toMatchObject({
      name: "flights",
      task: "regression",
      targetField: "delay",
      labelHorizonMs: 7 * 86_400_000,
      schemaVersions: [1],
      serve: "linear",
      metrics: ["mae", "rmse", "r2", { rolling: "mae", over: 1000 }],
    });
    expect(Object.keys(pipeline.models)).toEqual(["linear", "mean", "median"]);
  });

  test("knows the indicators among its features", () => {
    expect(pipeline.featureOutputs.map(({ name }) => name)).toEqual([
      "distance",
      "hour_sin",
      "hour_cos",
      "weekday_sin",
      "weekday_cos",
      "origin_",
    ]);
    expect(pipeline.context.isIndicator("origin_LAX")).toBe(true);
    expect(pipeline.context.isIndicator("distance")).toBe(false);
    expect(pipeline.context.isIndicator("toString")).toBe(false);
  });

  test("extracts named features, in order, and none of a field that is null", () => {
    const { record } = pipeline.decodeJson({
      date: "2001-01-01T06:00:00Z",
      distance: 1750,
      origin: "__proto__",
      destination: "LAS",
    });
    expect(Object.entries(pipeline.extract(record))).toEqual([
      ["distance", 1750],
      ["hour_sin", 1],
      ["hour_cos", expect.closeTo(0)],
      ["weekday_sin", 0],
      ["weekday_cos", 1],
      ["origin___proto__", 1],
    ]);
    expect(Object.keys(pipeline.extract({ ...record, distance: null, origin: null }))).toHaveLength(4);
    expect(pipeline.extract({})).toEqual({});
  });

  test("gives each record features of its own", () => {
    const [first, second] = [pipeline.extract({ distance: 1 }), pipeline.extract({ distance: 2 })];
    expect([first, second]).toEqual([{ distance: 1 }, { distance: 2 }]);
  });
});

describe("a wrong file", () => {
  test.each([
    ["a mistyped option", [["huber:", "hubr:"]], /models\.linear\[1\]\.linear-regression\.loss.*"huber"/],
    ["a wrong option", [["epsilon: 5", "epsilon: five"]], /models\.linear\[1\]\.linear-regression\.loss.*"five"/],
    [
      "a mistyped learner",
      [["[mean-regressor]", "[mean-regresor]"]],
      /models\.mean\[0\].*did you mean "mean-regressor"/,
    ],
    ["a mistyped transform", [["as: number", "as: nubmer"]], /features\[0\]\.as.*did you mean "number"/],
    [
      "a mistyped key",
      [["labelHorizon:", "labelHorizn:"]],
      /labelHorizn: is not known here; did you mean "labelHorizon"/,
    ],
    ["a feature of no field", [["from: distance", "from: distanc"]], /features\[0\]\.from.*did you mean "distance"/],
    [
      "a feature of a field of another kind",
      [["origin, as: one-hot", "origin, as: number"]],
      /features\[3\]\.as: number takes a number.*one-hot/,
    ],
    [
      "two features of one name",
      [
        [
          "from: origin, as: one-hot }",
          "from: origin, as: one-hot }\n  - { from: destination, as: one-hot, name: origin }",
        ],
      ],
      /features\[4\]: its name origin_\* meets/,
    ],
    [
      "a name that an open feature may take",
      [["as: number }", "as: number, name: origin_x }"]],
      /meets origin_x of features\[0\]/,
    ],
    ["the target as a feature", [["from: distance", "from: delay"]], /features\[0\]\.from: delay is the target/],
    [
      "text that reaches what takes numbers",
      [["origin, as: one-hot", "origin, as: text"]],
      /"origin" reaches standard-scaler.*target-mean/,
    ],
    [
      "text that no part before the predictor takes",
      [
        ["origin, as: one-hot", "origin, as: text"],
        ["    - standard-scaler: { only: numbers }\n", ""],
      ],
      /"origin" reaches linear-regression/,
    ],
    [
      "an indicator scaled to nothing",
      [["standard-scaler: { only: numbers }", "standard-scaler"]],
      /models\.linear\[0\]: would scale the indicators origin_\*.*only: numbers/,
    ],
    [
      "an indicator picked to be scaled",
      [["{ only: numbers }", "{ only: [distance, 'origin_L*'] }"]],
      /would scale the indicators/,
    ],
    [
      "a chain that ends in a transformer",
      [["[mean-regressor]", "[standard-scaler: { only: numbers }]"]],
      /models\.mean\[0\].*ends in a predictor/,
    ],
    [
      "a predictor within a chain",
      [["[mean-regressor]", "[mean-regressor, median-regressor]"]],
      /models\.mean\[0\].*must be the last/,
    ],
    [
      "a served model that is none",
      [["serve: linear", "serve: linaer"]],
      /serve: there is no model "linaer"; did you mean "linear"/,
    ],
    [
      "a metric of another task",
      [["metrics: [", "metrics: [accuracy, "]],
      /metrics\[0\]: accuracy does not score regression: use one of mae, .*pinball/,
    ],
    [
      "an option out of its range",
      [["metrics: [", "metrics: [{ pinball: { alpha: 1 } }, "]],
      /metrics\[0\]\.pinball\.alpha/,
    ],
    [
      "a metric twice",
      [["metrics: [", "metrics: [pinball, { pinball: { alpha: 0.5 } }, "]],
      /metrics\[1\]: is pinball, which is there already/,
    ],
    ["a time that is none", [["time: date", "time: distance"]], /event\.time: the field distance is a double/],
    ["a time of no field", [["time: date", "time: dat"]], /event\.time.*did you mean "date"/],
    ["a target of no field", [["field: delay", "field: dealy"]], /target\.field.*did you mean "delay"/],
    [
      "a target of another task",
      [["task: regression", "task: binary"]],
      /target\.field: the field delay is a double, and binary predicts whether something is true: add positive: .*, or name another task/,
    ],
    [
      "a positive value where the target is a number",
      [["task: regression", "task: regression, positive: 1"]],
      /target\.positive: is for binary and anomaly, and the task is regression: remove it/,
    ],
    [
      "a threshold where the target is a number",
      [["task: regression", "task: regression, threshold: 0.3"]],
      /target\.threshold: is for binary/,
    ],
    [
      "a positive value that the field cannot have",
      [["task: regression", "task: binary, positive: late"]],
      /target\.positive: must be a finite number, and is the text "late"/,
    ],
    [
      "a threshold that is no probability",
      [["task: regression", "task: binary, positive: 1, threshold: 1.5"]],
      /target\.threshold: must be less than 1/,
    ],
    [
      "a label that is no text and no whole number",
      [["task: regression", "task: multiclass"]],
      /target\.field: the field delay is a double, and multiclass predicts a label: give the field/,
    ],
    [
      "a target that must be there though labels come late",
      [['["null", double], default: null', "double"]],
      /target\.field: labels may come late/,
    ],
    ["a target that may be missing, and no horizon", [["labelHorizon: 7d", ""]], /has no labelHorizon/],
    ["a horizon that is none", [["labelHorizon: 7d", "labelHorizon: soon"]], /labelHorizon.*7d, 12h/],
    ["a horizon of nothing", [["labelHorizon: 7d", "labelHorizon: 0s"]], /labelHorizon: must be more than nothing/],
    ["a name with capitals", [["name: flights", "name: Flights"]], /name: "Flights" is not allowed/],
    ["a long name", [["name: flights", `name: ${"f".repeat(41)}`]], /longer than 40/],
    ["a model called __proto__", [["  mean:", "  __proto__:"]], /models\.__proto__/],
    ["a model called constructor", [["  mean:", "  constructor:"]], /models\.constructor: is a name JavaScript uses/],
    ["a field called constructor", [["name: destination", "name: constructor"]], /is a name JavaScript uses/],
    ["a metric twice", [["[mae, rmse", "[mae, mae"]], /metrics\[1\]: is the same as entry 0/],
    ["a window too long", [["over: 1000", "over: 1000000"]], /metrics\[3\]\.over: must be at most 10000/],
    [
      "a nested field",
      [["type: double } # miles", "type: { type: map, values: long } }"]],
      /fields\[1\]\.type: "map" is not supported/,
    ],
    [
      "a logical type unknown here",
      [["timestamp-millis", "local-timestamp-micros"]],
      /"local-timestamp-micros".*timestamp-millis/,
    ],
    [
      "a default of another type",
      [["name: distance, type: double", "name: distance, type: double, default: far"]],
      /fields\[1\]\.default/,
    ],
    ["a version that is none", [["    1:\n", "    one:\n"]], /event\.schemas\.one/],
  ] as const)("%s is refused with its path and the cure", (_, edits, message) => {
    expect(problemsOf(edited(...edits))).toMatch(message);
    expect(problemsOf(edited(...edits))).toMatch(/^flights\.yaml/);
  });

  test.each([
    ["drift: { adwin: { delta: 0.01 } }", [{ adwin: { delta: 0.01 } }], "announce"],
    ["drift: kswin\nonDrift: restart", ["kswin"], "restart"],
    ["drift: [ adwin, page-hinkley: { threshold: 5 } ]", ["adwin", { "page-hinkley": { threshold: 5 } }], "announce"],
  ])("%s names detectors, which follow the target's task", (drift, detectors, onDrift) => {
    const pipeline = parsePipeline(edited(["serve: linear", `serve: linear\n${drift}`]), "flights.yaml");

    expect(pipeline.drift).toEqual({ detectors, onDrift, target: { field: "delay", task: "regression" } });
  });

  test("without drift there is no detector", () => {
    expect(parsePipeline(edited(), "flights.yaml").drift).toBeUndefined();
  });

  test.each([
    ["drift: adwim", /drift: .*adwin/],
    ["drift: ddm", /drift: ddm follows failures, .*: use one of adwin, page-hinkley, kswin/],
    ["drift: [ adwin, eddm ]", /drift\[1\]: eddm follows failures/],
    ["drift: [ adwin, { adwin: { clock: 1 } } ]", /drift\[1\]: adwin is there already/],
    ["drift: []", /drift: .*at least 1/],
    ["drift: { adwin: { dleta: 1 } }", /drift\.adwin\.dleta: is not known here; .*delta/],
    ["drift: { kswin: { windowSize: 50 } }", /drift: the statSize of kswin is at most half/],
    ["onDrift: restart", /onDrift: .*no detector/],
    ["drift: adwin\nonDrift: reset", /onDrift: .*restart/],
  ])("%s is refused with its path", (drift, message) => {
    expect(problemsOf(edited(["serve: linear", `serve: linear\n${drift}`]))).toMatch(message);
  });

  test.each([
    ["{ best: mae, over: 300, margin: 0.1, after: 50 }", { best: "mae", over: 300, margin: 0.1, after: 50 }],
    ["{ best: r2 }", { best: "r2", over: 1000, margin: 0.02, after: 500 }],
  ])("with serve: %s the best model is chosen, and the first of the file serves first", (serve, best) => {
    const pipeline = parsePipeline(edited(["serve: linear", `serve: ${serve}`]), "flights.yaml");

    expect(pipeline).toMatchObject({ serve: Object.keys(pipeline.models)[0], best });
  });

  test.each([
    ["{ best: mea }", /serve\.best: .*mae/],
    ["{ best: accuracy }", /serve\.best: accuracy does not score regression: use one of mae/],
    ["{ best: mae, over: 10 }", /serve\.over: .*20/],
    ["{ best: mae, margin: 1 }", /serve\.margin: /],
    ["{ over: 100 }", /serve: .*best/],
  ])("serve: %s is refused with its path", (serve, message) => {
    expect(problemsOf(edited(["serve: linear", `serve: ${serve}`]))).toMatch(message);
  });

  test.each([
    ["", { interval: undefined, explain: false }],
    ["predict: { interval: 0.9 }", { interval: 0.9, explain: false }],
    ["predict: { interval: 0.99, explain: true }", { interval: 0.99, explain: true }],
  ])("with %j its predictions say so much", (text, predict) => {
    expect(parsePipeline(edited(["serve: linear", `serve: linear\n${text}`]), "flights.yaml").predict).toEqual(predict);
  });

  test("what a prediction says makes no other model", () => {
    const digests = (...edits: [string, string][]) => parsePipeline(edited(...edits), "flights.yaml").modelDigests;

    expect(digests(["serve: linear", "serve: linear\npredict: { interval: 0.8 }"])).toEqual(digests());
  });

  test.each([
    ["{ interval: 90 }", /predict\.interval: .*0\.99/],
    ["{ interval: 0 }", /predict\.interval: .*0/],
    ["{ interval: sure }", /predict\.interval: .*number/],
    ["{ explain: 1 }", /predict\.explain: .*boolean|predict\.explain: .*true or false/],
    ["{ explian: true }", /predict.*explian.*explain/],
  ])("predict: %s is refused with its path", (predict, message) => {
    expect(problemsOf(edited(["serve: linear", `serve: linear\npredict: ${predict}`]))).toMatch(message);
  });

  test("tells all its problems at once, of shape and of meaning", () => {
    const message = problemsOf(
      edited(["as: number", "as: nubmer"], ["serve: linear", "serve: x"], ["time: date", "time: origin"]),
    );
    expect(message).toContain("3 problems");
    for (const path of ["features[0].as", "serve", "event.time"]) expect(message).toContain(`- ${path}: `);
  });

  test.each([
    ["[]"],
    ["text"],
    ["3"],
    ["{}"],
    ["name: x"],
    ["models: 3"],
    ["features: [ { } ]"],
    ["event: { schemas: { 1: { } } }"],
  ])("%s is no pipeline", (text) => {
    expect(problemsOf(text)).toMatch(/^flights\.yaml/);
  });

  test("throws nothing but ConfigurationError, whatever value is at whatever path", () => {
    const lines = flights.split("\n");
    const junk = fc.constantFrom(
      "[]",
      "{}",
      "null",
      "3",
      "-1",
      ".inf",
      "yes",
      "'x'",
      "[null]",
      "{ a: 1 }",
      "__proto__",
      "constructor: {}",
      "*a",
      "&a",
      "- x",
      "  ",
      ":",
      "[[[",
    );
    const edit = fc.tuple(fc.nat(lines.length - 1), fc.constantFrom("drop", "end", "value", "line"), junk);
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const text = [...lines];
        for (const [at, how, what] of edits) {
          const line = text[at] as string;
          if (how === "drop") text[at] = "";
          else if (how === "end") text[at] = `${line} ${what}`;
          else if (how === "value") text[at] = line.replace(/: .*/, `: ${what}`);
          else text[at] = `${line.slice(0, line.search(/\S|$/))}${what}`;
        }
        problemsOf(text.join("\n"));
      }),
      { numRuns: 300 },
    );
  });
});
