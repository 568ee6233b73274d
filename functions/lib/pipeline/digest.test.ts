import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "./parse.ts";

const flights = readFileSync(new URL("../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");

/** flights.yaml with some of its text replaced. */
function edited(...edits: readonly (readonly [string, string])[]): string {
  return edits.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`flights.yaml has no ${from}`);
    return text.replace(from, to);
  }, flights);
}

describe("digests", () => {
  const digests = (text: string): Record<string, string> => {
    const { digest, modelDigests } = parsePipeline(text, "f");
    return { digest, ...modelDigests };
  };
  const before = digests(flights);

  test("do not change with comments, the order of keys and the way it is written", () => {
    const text = edited(
      ["# miles", "# kilometres?"],
      ["{ from: distance, as: number }", "as: number\n    from: distance"],
    );
    expect(digests(text)).toEqual(before);
  });

  test("change for one model where its chain changes", () => {
    const after = digests(edited(["epsilon: 5", "epsilon: 4"]));
    expect(after["digest"]).not.toBe(before["digest"]);
    expect(after["linear"]).not.toBe(before["linear"]);
    expect(after["mean"]).toBe(before["mean"]);
  });

  test("a threshold changes no model, and a positive value changes each", () => {
    const binary = (more: string) => `
name: late
event: { schemas: { 1: { type: record, name: R, fields: [ { name: x, type: double }, { name: y, type: double } ] } } }
target: { field: y, task: binary, ${more} }
features: [ { from: x, as: number } ]
models: { prior: [ prior-classifier ] }
metrics: [ accuracy ]
`;
    const one = digests(binary("positive: 1"));

    expect(digests(binary("positive: 1, threshold: 0.3"))["prior"]).toBe(one["prior"]);
    expect(digests(binary("positive: 1, threshold: 0.3"))["digest"]).not.toBe(one["digest"]);
    expect(digests(binary("positive: 2"))["prior"]).not.toBe(one["prior"]);
  });

  test("change for every model where the features change", () => {
    const after = digests(edited(["as: number }", "as: log }"]));
    for (const name of ["linear", "mean", "median"]) expect(after[name]).not.toBe(before[name]);
  });

  test("stay for the others where a model is added", () => {
    const after = digests(edited(["  mean: [", "  mean2: [mean-regressor]\n  mean: ["]));
    expect({ ...after, digest: "", mean2: "" }).toEqual({ ...before, digest: "", mean2: "" });
  });

  test("are known from before features were added behind the others, and not from before others changed", () => {
    const added = "{ from: origin, as: one-hot }\n  - { from: destination, as: hash, buckets: 8, name: to }";
    const grown = parsePipeline(edited(["{ from: origin, as: one-hot }", added]), "f");
    const other = parsePipeline(edited(["as: number }", "as: log }"], ["{ from: origin, as: one-hot }", added]), "f");

    expect(grown.digestsBeforeGrowth("linear")[0]).toBe(before["linear"]);
    expect(grown.digestsBeforeGrowth("mean")[0]).toBe(before["mean"]);
    expect(other.digestsBeforeGrowth("linear")).not.toContain(before["linear"]);
  });

  test("are known from before a field was renamed, where the features are called as they were", () => {
    const date = "{ name: date, type: { type: long, logicalType: timestamp-millis } }";
    const rest = "{ name: origin, type: string }, { name: destination, type: string }";
    const delay = '{ name: late, type: ["null", double], default: null, aliases: [delay] }';
    const way = "{ name: way, type: double, aliases: [distance] }";
    const file = (feature: string) =>
      parsePipeline(
        edited(
          [
            "  time: date #",
            `    2: { type: record, name: Flight, fields: [${date}, ${way}, ${rest}, ${delay}] }\n  time: date #`,
          ],
          ["{ from: distance, as: number }", feature],
          ["field: delay", "field: late"],
        ),
        "f",
      );

    const { digestsBeforeGrowth } = file("{ from: way, as: number, name: distance }");
    expect(digestsBeforeGrowth("linear")).toContain(before["linear"]);
    expect(digestsBeforeGrowth("mean")).toContain(before["mean"]);
    expect(file("{ from: way, as: number }").digestsBeforeGrowth("mean")).not.toContain(before["mean"]);
  });
});
