import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parsePipeline } from "../parse.ts";

const flights = readFileSync(new URL("../../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");

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
    return (error as Error).message;
  }
  return "";
}

describe("event.schemas", () => {
  const second = (fields: string, name = "Flight") =>
    edited([
      "  time: date #",
      `    2:\n      type: record\n      name: ${name}\n      fields: [${fields}]\n  time: date #`,
    ]);
  const date = "{ name: date, type: { type: long, logicalType: timestamp-millis } }";
  const delay = '{ name: delay, type: ["null", double], default: null }';
  const rest = `{ name: distance, type: double }, { name: origin, type: string }, ${delay}`;

  test("may grow by fields with a default, and lose some", () => {
    const pipeline = parsePipeline(second(`${date}, ${rest}, { name: gate, type: string, default: "?" }`), "f");
    expect(pipeline.schemaVersions).toEqual([1, 2]);
    const old = { date: 0, distance: 1, origin: "LAX", destination: "SFO" };
    expect(pipeline.decodeJson(old, 1).record).toEqual({ date: 0, distance: 1, origin: "LAX", delay: null, gate: "?" });
  });

  test.each([
    ["a new field without a default", second(`${date}, ${rest}, { name: gate, type: string }`)],
    ["a type that shrank", second(`${date}, ${rest.replace("type: double", "type: int")}`)],
    ["another record name", second(`${date}, ${rest}`, "Trip")],
  ])("must still read what was written before: not with %s", (_, text) => {
    expect(problemsOf(text)).toMatch(/event\.schemas\.1: cannot be read under schema 2.*default/);
  });

  test("may use an enum again by its name", () => {
    const carrier =
      "{ name: carrier, type: { type: enum, name: Carrier, symbols: [AA, DL] } }, { name: partner, type: Carrier }";
    const pipeline = parsePipeline(
      edited([
        "- { name: destination, type: string }",
        carrier.replace(/^/, "- ").replace(", { name: partner", "\n        - { name: partner"),
      ]),
      "f",
    );
    const flight = { date: 0, distance: 1, origin: "LAX", carrier: "AA" };
    expect(pipeline.decodeJson({ ...flight, partner: "DL" }).record["partner"]).toBe("DL");
    expect(() => pipeline.decodeJson({ ...flight, partner: "ZZ" })).toThrow("one of AA, DL");
  });
});
