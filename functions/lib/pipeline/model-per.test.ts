import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RejectedError } from "../errors.ts";
import { isSetName, MAX_VALUE_LENGTH, nameOfValue, ownsSet } from "./model-per.ts";
import { parsePipeline } from "./parse.ts";

const flights = readFileSync(new URL("../../../helm/pipelines/flights.yaml", import.meta.url), "utf8");

function flightsPer(modelPer: string, ...edits: readonly (readonly [string, string])[]) {
  const text = edits.reduce((before, [from, to]) => before.replace(from, to), flights);
  return parsePipeline(`${text}\nmodelPer: ${modelPer}\n`, "flights.yaml");
}

const record = { date: 0, distance: 1, origin: "DTW", destination: "LAS" };
const nameOf = (value: unknown) => (nameOfValue(value) as { name?: string }).name;
const whole = fc.string({ unit: "binary", minLength: 1, maxLength: 15 });

describe("the name of a value", () => {
  test.each([
    ["DTW", "DTW"],
    ["a.b-c_d~e", "a.b-c_d~e"],
    ["a/b", "a%2Fb"],
    ["{a}", "%7Ba%7D"],
    ["100 %", "100%20%25"],
    ["it's (a) test!*", "it%27s%20%28a%29%20test%21%2A"],
    ["São", "S%C3%A3o"],
    ["\u0000\u001b[31m", "%00%1B%5B31m"],
    [".", "%2E"],
    ["..", "%2E."],
    [true, "true"],
    [false, "false"],
    [0, "0"],
    [-12, "-12"],
    [2 ** 52 - 1, "4503599627370495"],
  ])("of %j is %s", (value, name) => {
    expect(nameOf(value)).toBe(name);
  });

  test("is read back to the value, so two values never share one, and is fit for a path, a file, a header and a terminal", () => {
    fc.assert(
      fc.property(whole, (value) => {
        const name = nameOf(value) as string;
        expect(decodeURIComponent(name)).toBe(value);
        expect(name).toMatch(/^[A-Za-z0-9._~%-]+$/);
        expect(basename(join("/sets", name))).toBe(name);
        expect(isSetName(`flights/${name}`)).toBe(true);
      }),
    );
  });

  test.each([
    ["empty", "", /is empty/],
    ["too long", "a".repeat(MAX_VALUE_LENGTH + 1), /too long.*201 characters/],
    ["too long as it is written", "é".repeat(MAX_VALUE_LENGTH / 6 + 1), /too long/],
    ["half a character", "\ud800", /names no model set/],
    ["null", null, /names no model set/],
    ["a fraction", 0.5, /names no model set/],
  ])("is none where the value is %s", (_what, value, problem) => {
    expect((nameOfValue(value) as { problem: string }).problem).toMatch(problem);
  });

  test("has room for the longest that is allowed", () => {
    expect(nameOf("a".repeat(MAX_VALUE_LENGTH))).toHaveLength(MAX_VALUE_LENGTH);
  });
});

describe("modelPer", () => {
  test("is a field, of which there are a thousand sets at most and none begins with another's models", () => {
    expect(flightsPer("origin").modelPer).toEqual({ field: "origin", most: 1000, prior: undefined });
  });

  test("may say how many there may be, and with whose models they begin", () => {
    const { modelPer } = flightsPer("{ field: origin, most: 5, prior: flights/DTW }");

    expect(modelPer).toEqual({ field: "origin", most: 5, prior: "flights/DTW" });
  });

  test("sends each record to the set of its value; without it all belong to one", () => {
    expect(flightsPer("origin").setOf(record)).toBe("flights/DTW");
    expect(parsePipeline(flights, "flights.yaml").setOf(record)).toBe("flights");
  });

  test("leaves the features as they are", () => {
    expect(flightsPer("origin").extract(record)).toEqual(parsePipeline(flights, "flights.yaml").extract(record));
  });

  test.each([
    ["a field there is not", "orgin", [], /modelPer: .*no field "orgin"; did you mean "origin"/],
    ["a field there is not, with options", "{ field: orgin }", [], /modelPer\.field: .*did you mean "origin"/],
    ["a number with a fraction", "distance", [], /modelPer: the field distance is a double/],
    ["a time", "date", [], /modelPer: the field date is a timestamp/],
    ["the target", "delay", [], /modelPer: delay is the target/],
    [
      "what may be null",
      "origin",
      [["name: origin, type: string", 'name: origin, type: [ "null", string ], default: null']],
      /modelPer: the field origin may be null/,
    ],
    ["none at all", "{ field: origin, most: 0 }", [], /modelPer.*most/],
    ["too many", "{ field: origin, most: 1000000 }", [], /modelPer.*most/],
    ["a prior that is no set", "{ field: origin, prior: Flights }", [], /modelPer\.prior: "Flights" is no name/],
    ["a prior that is written otherwise", "{ field: origin, prior: flights/%41 }", [], /modelPer\.prior/],
    ["an option there is not", "{ field: origin, must: 1 }", [], /modelPer/],
  ] as const)("of %s is refused with its path", (_what, modelPer, edits, message) => {
    expect(() => flightsPer(modelPer, ...edits)).toThrow(message);
  });

  test.each([
    ["empty", ""],
    ["too long", "a".repeat(201)],
  ])("refuses a record whose value is %s, naming the field", (_what, origin) => {
    const pipeline = flightsPer("origin");

    expect(() => pipeline.decodeJson({ ...record, date: 0, origin })).toThrow(
      expect.objectContaining({ code: "schema", fields: [expect.objectContaining({ path: "data.origin" })] }),
    );
    expect(() => pipeline.setOf({ ...record, origin })).toThrow(RejectedError);
    expect(() => parsePipeline(flights, "flights.yaml").decodeJson({ ...record, origin })).not.toThrow();
  });

  test("owns the sets of its values and the one that is named like it, and no others", () => {
    const pipeline = flightsPer("origin");
    const single = parsePipeline(flights, "flights.yaml");

    for (const set of ["flights", "flights/DTW", "flights/S%C3%A3o"]) expect(ownsSet(pipeline, set), set).toBe(true);
    for (const set of [
      "flights/",
      "flights/a b",
      "flights/%c3%a3",
      "flights/%41",
      "flights/%",
      "other/DTW",
      "flights2",
    ])
      expect(ownsSet(pipeline, set), set).toBe(false);
    expect(ownsSet(single, "flights/DTW")).toBe(false);
  });
});
