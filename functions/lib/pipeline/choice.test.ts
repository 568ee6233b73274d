import { describe, expect, it } from "vitest";
import { RejectedError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import { choosePipeline, foreignParts, pipelineOf } from "./choice.ts";
import { parsePipeline } from "./parse.ts";

const pipeline = (name: string) =>
  parsePipeline(
    `{ name: ${name}, event: { schemas: { 1: { type: record, name: R, fields: [
      { name: n, type: double }, { name: t, type: string }, { name: y, type: double } ] } } },
      target: { field: y, task: regression }, features: [ { from: n, as: number }, { from: t, as: text } ],
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
  it("takes the one that is named, or the only one where none is", () => {
    expect(choosePipeline(both, "other")).toBe(other);
    expect(choosePipeline(alone, undefined)).toBe(one);
  });

  it.each([undefined, "third", "", 3, "__proto__"])("refuses %j among several, naming them", (name) => {
    expect(() => choosePipeline(both, name)).toThrow(RejectedError);
    expect(() => choosePipeline(both, name)).toThrow(expect.objectContaining(rejection));
    expect(() => choosePipeline(both, name)).toThrow("one, other");
  });
});

describe("pipelineOf", () => {
  it("takes the pipeline that a derived event names, and no other", () => {
    expect(pipelineOf(both, { pipeline: "one" } as unknown as Event)).toBe(one);
    expect(() => pipelineOf(alone, {} as Event)).toThrow(expect.objectContaining(rejection));
  });
});

describe("foreignParts", () => {
  it("are none of what the pipeline made itself", () => {
    expect(foreignParts(one, "one", { n: 1, t: "a" })).toEqual([]);
  });

  it("are another set, text for a number, and a number for text", () => {
    expect(foreignParts(one, "other", { n: "1", t: 2, unheard: 3 })).toHaveLength(3);
  });
});
