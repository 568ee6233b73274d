// The file of an anomaly task: with a field of labels or without.

import { describe, expect, test } from "vitest";
import { RejectedError } from "../errors.ts";
import { parsePipeline } from "./parse.ts";

const FILE = `
name: readings
event:
  schemas:
    1:
      type: record
      name: Reading
      fields:
        - { name: x, type: double }
        - { name: kind, type: string }
        - { name: odd, type: ["null", boolean], default: null }
target: { task: anomaly }
features: [ { from: x, as: number }, { from: kind, as: text } ]
models:
  forest: [ { feature-hasher: { on: [ kind ] } }, min-max-scaler, half-space-trees ]
metrics: [ alarm_rate ]
`;

const WITH_FIELD: Edit = ["{ task: anomaly }", "{ task: anomaly, field: odd }"];
type Edit = readonly [from: string, to: string];

function edited(...edits: readonly Edit[]) {
  const text = edits.reduce(
    (changed, [from, to]) => {
      expect(changed).toContain(from);
      return changed.replace(from, to);
    },
    FILE.replace("{ feature-hasher: { on: [ kind ] } }, ", "").replace(", { from: kind, as: text }", ""),
  );
  return parsePipeline(text, "readings.yaml");
}

describe("without a field of labels", () => {
  test("the task alone is a target, and a record has no truth", () => {
    const pipeline = edited();

    expect(pipeline.targetField).toBeUndefined();
    expect(pipeline.decodeJson({ x: 1, kind: "a", odd: true })).toEqual({ record: { x: 1, kind: "a", odd: true } });
  });

  test("a label is refused, and the cure is told", () => {
    expect(() => edited().decodeLabel({ odd: true })).toThrow(RejectedError);
    expect(() => edited().decodeLabel({ odd: true })).toThrow(/has no field for labels: name one in its target/);
  });

  test.each<[string, Edit[], RegExp]>([
    ["a horizon", [["features:", "labelHorizon: 1d\nfeatures:"]], /labelHorizon: waits for labels, and there are none/],
    ["a positive value", [["task: anomaly", "task: anomaly, positive: 1"]], /target\.positive: is a label/],
    [
      "a metric of labels",
      [["[ alarm_rate ]", "[ roc_auc ]"]],
      /metrics\[0\]: roc_auc scores labels, and the target has no field .*use one of alarm_rate, mean_score/,
    ],
    [
      "the choice of the best",
      [["metrics:", "serve: { best: roc_auc }\nmetrics:"]],
      /serve\.best: roc_auc scores labels, and the target has no field .*\(target\.field\)/,
    ],
    [
      "a source of labels",
      [["metrics:", "sources: [ { topic: t, format: json, subject: kind, type: label } ]\nmetrics:"]],
      /sources\[0\]\.type: brings labels, and the target has no field/,
    ],
  ])("%s is refused with the cure", (_, edits, message) => {
    expect(() => edited(...edits)).toThrow(message);
  });
});

describe("with a field of labels", () => {
  test("a truth is true or false, and no horizon is needed: nothing is lost without a label", () => {
    const pipeline = edited(WITH_FIELD, ["[ alarm_rate ]", "[ roc_auc, precision, alarm_rate ]"]);

    expect(pipeline.decodeJson({ x: 1, kind: "a", odd: true }).y).toBe(true);
    expect(pipeline.decodeJson({ x: 1, kind: "a" }).y).toBeUndefined();
    expect(pipeline.decodeLabel({ odd: false })).toEqual({ y: false });
  });

  test("the best model may serve, by a metric of labels alone", () => {
    const best = (metric: string) => edited(WITH_FIELD, ["metrics:", `serve: { best: ${metric} }\nmetrics:`]).best;

    expect(best("roc_auc")).toMatchObject({ best: "roc_auc" });
    expect(() => best("alarm_rate")).toThrow(/serve\.best/);
    expect(() => best("mae")).toThrow(/serve\.best: mae does not score anomaly/);
  });

  test("is the same model as without: labels do not teach, and neither does the threshold", () => {
    const digests = [edited(), edited(WITH_FIELD), edited(["task: anomaly", "task: anomaly, alarm: 0.9"])].map(
      ({ modelDigests }) => modelDigests["forest"],
    );

    expect(new Set(digests).size).toBe(1);
  });
});

test.each<[string, Edit[], RegExp]>([
  ["a quantile of 1", [["task: anomaly", "task: anomaly, alarm: 1"]], /target\.alarm: must be less than 1/],
  [
    "a threshold",
    [["task: anomaly", "task: anomaly, threshold: 0.5"]],
    /target\.threshold: is for binary, and the task/,
  ],
  [
    "another task without a field",
    [["task: anomaly", "task: binary"]],
    /target: has no field: binary learns from labels/,
  ],
  ["a learner of labels", [["half-space-trees", "prior-classifier"]], /use one of half-space-trees/],
  [
    "a transformer that learns labels",
    [
      ["min-max-scaler", "{ target-mean: { by: kind } }"],
      ["} ]\nmodels", "}, { from: kind, as: text } ]\nmodels"],
    ],
    /target-mean: target-mean learns from labels, and anomaly teaches none/,
  ],
])("%s is refused with the cure", (_, edits, message) => {
  expect(() => edited(...edits)).toThrow(message);
});
