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

  const typed = (type: string) =>
    second(`${date}, ${rest.replace("name: distance, type: double", `name: distance, type: ${type}`)}`);
  test.each<[string, string, RegExp]>([
    [
      "a new field without a default",
      second(`${date}, ${rest}, { name: gate, type: string }`),
      /gate is new and has no default/,
    ],
    ["a type that shrank", typed("int"), /distance was double, which is no int: keep its type, or widen it/],
    ["another record name", second(`${date}, ${rest}`, "Trip"), /called Trip, and was Flight: .*aliases: \[Flight\]/],
    [
      "a decimal for a double",
      typed("{ type: bytes, logicalType: decimal, precision: 9, scale: 2 }"),
      /which is no decimal\(9,2\)/,
    ],
    [
      "a time in another unit for a long",
      second(`{ name: date, type: { type: long, logicalType: timestamp-micros } }, ${rest}`)
        .replace("timestamp-millis", "none")
        .replace(", logicalType: none", ""),
      /date was long, which is no timestamp-micros/,
    ],
  ])("must still read what was written before: not with %s", (_, text, problem) => {
    expect(problemsOf(text)).toMatch(/event\.schemas\.1: cannot be read under schema 2: the/);
    expect(problemsOf(text)).toMatch(problem);
  });

  test.each<[string, string, RegExp]>([
    ["a decimal without precision", "{ type: bytes, logicalType: decimal }", /a precision, .* from 1 to 76/],
    ["a scale past the precision", "{ type: bytes, logicalType: decimal, precision: 2, scale: 3 }", /scale/],
    ["a fixed too small", "{ type: fixed, name: F, size: 3, logicalType: decimal, precision: 9 }", /needs 4 bytes/],
    ["a date of a long", "{ type: long, logicalType: date }", /date of "int"/],
    [
      "a time of no zone",
      "{ type: long, logicalType: local-timestamp-millis }",
      /is not supported: use timestamp-millis/,
    ],
  ])("may not have %s", (_, type, problem) => {
    expect(problemsOf(edited(["{ name: distance, type: double }", `{ name: distance, type: ${type} }`]))).toMatch(
      problem,
    );
  });

  test("may be read by an earlier version, so that a file can go back while producers go on", () => {
    const gate = '{ name: gate, type: string, default: "?" }';
    const later = second(`${date}, ${rest}, { name: destination, type: string }, ${gate}`);
    const reads = (version: number) => later.replace("  time: date #", `  reads: ${version}\n  time: date #`);

    const { decodeJson, schemaVersion, fields } = parsePipeline(reads(1), "f");

    const written = { date: 0, distance: 1, origin: "LAX", destination: "SFO", delay: 3, gate: "B" };
    const { gate: _, ...read } = written;
    expect(decodeJson(written, 2).record).toEqual(read);
    expect(decodeJson(read).record).toEqual(read);
    expect([schemaVersion, fields.includes("gate")]).toEqual([1, false]);
    expect(parsePipeline(reads(2), "f").fields).toContain("gate");
    expect(problemsOf(reads(3))).toMatch(/event\.reads: there is no schema 3: name one of 1, 2/);
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
