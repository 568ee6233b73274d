import { describe, expect, test } from "vitest";
import { RejectedError } from "../errors.ts";
import type { Event, Features } from "../events/vocabulary.ts";
import { choosePipeline, ownFeatures, pipelineOf } from "./choice.ts";
import { parsePipeline } from "./parse.ts";

const pipeline = (name: string, as = "text") =>
  parsePipeline(
    `{ name: ${name}, event: { schemas: { 1: { type: record, name: R, fields: [
      { name: n, type: double }, { name: t, type: string }, { name: y, type: double } ] } } },
      target: { field: y, task: regression }, features: [ { from: n, as: number }, { from: t, as: ${as} } ],
      models: { mean: [ mean-regressor ] }, metrics: [ mae ] }`,
    `${name}.yaml`,
  );
const [one, other] = [pipeline("one"), pipeline("other")];
const alone = new Map([["one", one]]);
const both = new Map([
  ["one", one],
  ["other", other],
]);
const rejection = { code: "unknown-pipeline" };

describe("choosePipeline", () => {
  test("takes the one that is named, or the only one where none is", () => {
    expect(choosePipeline(both, "other")).toBe(other);
    expect(choosePipeline(alone, undefined)).toBe(one);
  });

  test.each([undefined, "third", "", 3, "__proto__"])("refuses %j among several, naming them", (name) => {
    expect(() => choosePipeline(both, name)).toThrow(RejectedError);
    expect(() => choosePipeline(both, name)).toThrow(expect.objectContaining(rejection));
    expect(() => choosePipeline(both, name)).toThrow("one, other");
  });
});

describe("pipelineOf", () => {
  test("takes the pipeline that a derived event names, and no other", () => {
    expect(pipelineOf(both, { pipeline: "one" } as unknown as Event)).toBe(one);
    expect(() => pipelineOf(alone, {} as Event)).toThrow(expect.objectContaining(rejection));
  });
});

describe("ownFeatures", () => {
  test("are what the pipeline made itself", () => {
    const x = { n: 1, t: "a" };

    expect(ownFeatures(one, "one", x)).toBe(x);
  });

  test("are without what no feature gives: an older file's, or nobody's", () => {
    expect(ownFeatures(one, "one", { gone: 7, n: 1, t: "a", unheard: "b" })).toEqual({ n: 1, t: "a" });
  });

  test.each<[string, string, Features]>([
    ["another's set", "other", { n: 1 }],
    ["text for a number", "one", { n: "1" }],
    ["a number for text", "one", { t: 2 }],
  ])("are refused: %s", (_what, set, x) => {
    expect(() => ownFeatures(one, set, x)).toThrow(expect.objectContaining({ code: "payload" }));
  });

  test("are refused where there are more values than features, however they are called", () => {
    const open = pipeline("one", "one-hot");
    const forged = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t_${i}`, 1]));

    expect(() => ownFeatures(open, "one", forged)).toThrow(/100 values, and the features give 2 at most/);
  });
});
