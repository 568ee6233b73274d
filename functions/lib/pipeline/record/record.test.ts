import { readFileSync } from "node:fs";
import avsc from "avsc";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FieldProblem, RejectedError } from "../../errors.ts";
import { parsePipeline } from "../parse.ts";
import type { Pipeline } from "../pipeline.ts";
import { journeys } from "./avro-peer.contract.ts";

interface Trips {
  readonly schemas: Readonly<Record<string, unknown>>;
  readonly cases: readonly {
    readonly version: number;
    readonly written: Readonly<Record<string, unknown>>;
    readonly avro: string;
    readonly read: Readonly<Record<string, unknown>>;
  }[];
}

const trips = JSON.parse(readFileSync(new URL("./fixtures/trips.json", import.meta.url), "utf8")) as Trips;

function tripPipeline(changes: object = {}): Pipeline {
  const file = {
    name: "trips",
    event: { schemas: trips.schemas, time: "date" },
    target: { field: "delay", task: "regression" },
    labelHorizon: "1d",
    features: [{ from: "distance", as: "number" }],
    models: { mean: ["mean-regressor"] },
    metrics: ["mae"],
    ...changes,
  };
  return parsePipeline(JSON.stringify(file), "trips.yaml");
}

const pipeline = tripPipeline();
const trip = { date: "2001-01-01T00:47:00Z", distance: 1750, carrier: "AA" };

function problems(run: () => unknown): readonly FieldProblem[] {
  try {
    run();
  } catch (error) {
    if (!(error instanceof RejectedError)) throw error;
    expect(error.code).toBe("schema");
    return error.fields;
  }
  throw new Error("was not rejected");
}

const journeyPipeline = tripPipeline({ event: { schemas: journeys.schemas, time: "at" } });

const ofJson = (data: unknown, version?: number) => problems(() => pipeline.decodeJson(data, version));

describe("decodeJson", () => {
  test.each([
    ["nothing", undefined, "missing"],
    ["null", null, "null"],
    ["bytes", Buffer.from("{}"), "bytes"],
    ["a list", [1], "a list"],
  ])("names data that is %s in words", (_title, data, words) => {
    expect(ofJson(data)).toEqual([
      { path: "data", problem: `must be an object with the fields of the schema, and is ${words}` },
    ]);
  });

  test("gives the record with its defaults, the event time and the target", () => {
    // Given an observation with a label, a time as text, and fields left to their defaults
    const decoded = pipeline.decodeJson({ ...trip, delay: 66 });
    // Then
    expect(decoded.time).toBe(Date.UTC(2001, 0, 1, 0, 47));
    expect(decoded.y).toBe(66);
    expect(decoded.record).toEqual({
      date: decoded.time,
      distance: 1750,
      carrier: "AA",
      delay: 66,
      origin: "somewhere",
      late: false,
      seats: null,
      arrived: null,
    });
  });

  test("has no target where it is null or absent, and takes epoch milliseconds", () => {
    for (const data of [trip, { ...trip, delay: null, date: 0 }]) {
      const decoded = pipeline.decodeJson(data);
      expect("y" in decoded).toBe(false);
      expect(decoded.record["delay"]).toBeNull();
    }
  });

  test("has no event time where the pipeline names none, or the field is null", () => {
    const event = (time?: string) => tripPipeline({ event: { schemas: trips.schemas, ...(time && { time }) } });
    expect("time" in event().decodeJson(trip)).toBe(false);
    expect("time" in event("arrived").decodeJson(trip)).toBe(false);
    expect(event("arrived").decodeJson({ ...trip, arrived: 5 }).time).toBe(5);
  });

  test("lists every field at fault, with the nearest name for one it does not know", () => {
    const fields = ofJson({ date: "2001-01-01", distance: "far", delya: 3, carrier: "ZZ", late: 1, seats: 1.5 });
    expect(fields.map(({ path }) => path)).toEqual([
      "data.date",
      "data.distance",
      "data.carrier",
      "data.late",
      "data.seats",
      "data.delya",
    ]);
    expect(fields[0]?.problem).toContain("with its zone");
    expect(fields[2]?.problem).toContain("one of AA, DL, XX, UA");
    expect(fields[5]?.problem).toContain("did you mean delay?");
  });

  test.each([
    ["a missing field", { date: 0, distance: 1 }, "data.carrier", "is missing"],
    ["null where it may not be", { ...trip, distance: null }, "data.distance", "null"],
    ["NaN", { ...trip, distance: Number.NaN }, "data.distance", "not a finite number"],
    ["infinity", { ...trip, delay: Number.POSITIVE_INFINITY }, "data.delay", "not a finite number"],
    ["a whole number that Avro would lose digits of", { ...trip, seats: 2 ** 52 }, "data.seats", "whole number"],
    ["epoch microseconds", { ...trip, date: 978_310_020_000_000 }, "data.date", "must be a time"],
    ["long text", { ...trip, origin: "x".repeat(8_193) }, "data.origin", "longer than 8192"],
    ["half a character", { ...trip, origin: "\ud800" }, "data.origin", "surrogate"],
    ["an object", { ...trip, origin: {} }, "data.origin", "an object"],
    [
      "__proto__",
      JSON.parse('{"date":0,"distance":1,"carrier":"AA","__proto__":{"delay":1}}'),
      "data.__proto__",
      "not a field",
    ],
    ["constructor", { ...trip, constructor: 1 }, "data.constructor", "not a field"],
    ["a name to trip over", { ...trip, 'a"\n': 1 }, 'data["a\\"\\n"]', "not a field"],
    ["a list", [trip], "data", "a list"],
    ["nothing", undefined, "data", "missing"],
    ["null", null, "data", "null"],
    ["text", "{}", "data", "text"],
    ["bytes", new Uint8Array(3), "data", "object"],
  ])("refuses %s", (_, data, path, problem) => {
    const found = ofJson(data).find((field) => field.path === path);
    expect(found?.problem).toContain(problem);
  });

  test("lists at most 50 of many problems, and says little in its message", () => {
    const flood = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`x${i}`, i]));
    const data = { ...trip, ...flood, ["k".repeat(100_000)]: 1 };
    expect(ofJson(data)).toHaveLength(50);
    expect(() => pipeline.decodeJson(data)).toThrow(/^.{1,800}$/);
  });

  test("reads what was written under an earlier schema: renamed, widened, removed and new fields", () => {
    const { record } = pipeline.decodeJson({ date: 0, miles: 7, carrier: "DL", gone: "x", delay: 1 }, 1);
    expect(record["distance"]).toBe(7);
    expect(record["origin"]).toBe("somewhere");
    expect("gone" in record || "miles" in record).toBe(false);
    expect(ofJson({ ...trip }, 1).map(({ path }) => path)).toEqual(["data.miles", "data.gone", "data.distance"]);
  });

  test("refuses a version it has no schema for, and tells which there are", () => {
    const [field] = ofJson(trip, 3);
    expect(field).toEqual({ path: "dataschema", problem: "names schema 3, and pipeline trips has 1, 2" });
  });

  test("takes its own record for the same record", () => {
    const { record } = pipeline.decodeJson({ ...trip, delay: 1.5, arrived: "2001-01-01T03:00:00Z" });
    expect(pipeline.decodeJson(JSON.parse(JSON.stringify(record))).record).toEqual(record);
  });
});

describe("decodeAvro", () => {
  test.each(trips.cases)("reads what fastavro wrote under schema $version: $avro", ({ version, avro, read }) => {
    const decoded = pipeline.decodeAvro(Buffer.from(avro, "hex"), version);
    expect(decoded.record).toEqual(read);
    expect(decoded.time).toBe(read["date"]);
  });

  test.each(trips.cases)("gives the same record as JSON does: $avro", ({ version, written, read }) => {
    expect(pipeline.decodeJson(written, version).record).toEqual(read);
  });

  test.each(journeys.cases)("reads what Java wrote under schema $version, as Java reads it: $avro", (journey) => {
    const { record, time } = journeyPipeline.decodeAvro(Buffer.from(journey.avro, "hex"), journey.version);

    // JSON, which keeps a record, has no -0.
    expect(record).toEqual(JSON.parse(JSON.stringify(journey.read)));
    expect(time).toBe(record["at"]);
    expect(journeyPipeline.decodeJson(record).record).toEqual(record);
  });

  test("names the field whose value is none of its logical type", () => {
    const first = journeys.cases[1] as (typeof journeys.cases)[number];
    const noFare = Buffer.from(first.avro.replace("08c4653601", "00"), "hex");
    const longFare = Buffer.from(first.avro.replace("08c4653601", `46${"7f".repeat(35)}`), "hex");

    for (const [bytes, problem] of [
      [noFare, /without bytes/],
      [longFare, /more than 9 digits/],
    ] as const) {
      const [fault] = problems(() => journeyPipeline.decodeAvro(bytes, 1));
      expect(fault).toMatchObject({ path: "data.fare", problem: expect.stringMatching(problem) });
    }
  });

  test("refuses a cut-off record, one with more behind it, and another schema's", () => {
    const bytes = Buffer.from(trips.cases[3]?.avro as string, "hex");
    for (const data of [bytes.subarray(0, -1), Buffer.concat([bytes, bytes]), new Uint8Array(0)]) {
      expect(problems(() => pipeline.decodeAvro(data))[0]?.path).toBe("data");
    }
    expect(problems(() => pipeline.decodeAvro(bytes, 9))[0]?.path).toBe("dataschema");
  });

  test.each([-(2n ** 52n) - 1n, 2n ** 52n, -(2n ** 63n)])("refuses the long %s rather than misread it", (long) => {
    const flat = {
      type: "record",
      name: "R",
      fields: [
        { name: "n", type: "long" },
        { name: "delay", type: "double" },
      ],
    };
    const one = tripPipeline({
      event: { schemas: { 1: flat } },
      labelHorizon: undefined,
      features: [{ from: "n", as: "number" }],
    });
    const bytes: number[] = [];
    let zigzag = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
    for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128);
    bytes.push(Number(zigzag), 0, 0, 0, 0, 0, 0, 0, 0);
    expect(problems(() => one.decodeAvro(Uint8Array.from(bytes)))).toHaveLength(1);
  });

  test("refuses numbers that are not finite, which Avro can carry", () => {
    const type = avsc.Type.forSchema(trips.schemas["2"] as never, { wrapUnions: "never" });
    const { read } = trips.cases[3] as Trips["cases"][number];
    const data = type.toBuffer({ ...read, distance: Number.NaN, delay: Number.NEGATIVE_INFINITY });
    expect(problems(() => pipeline.decodeAvro(data)).map(({ path }) => path)).toEqual(["data.distance", "data.delay"]);
  });
});

describe("values of logical types in JSON", () => {
  const { read } = journeys.cases[9] as (typeof journeys.cases)[number];

  test.each<[string, unknown, unknown]>([
    ["day", "2001-02-28", 983_318_400_000],
    ["fare", "12.5", 12.5],
    ["fare", 12.345, 12.35],
    ["fare", -0.004, 0],
    ["booked", "2001-01-31T08:30:00.123456Z", 980_929_800_123],
    ["ticket", "6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"],
  ])("%s: %j is read as %j", (field, given, value) => {
    expect(journeyPipeline.decodeJson({ ...read, [field]: given }).record[field]).toBe(value);
  });

  test.each<[string, unknown, RegExp]>([
    ["day", "2001-02-29", /a date such as/],
    ["day", 1, /midnight/],
    ["fare", "12,5", /a decimal number, or one as text, of 9 digits, 2 of them fractions, or null/],
    ["fare", 10_000_000, /of 9 digits/],
    ["fare", "1".repeat(101), /of 9 digits/],
    ["ticket", "6ba7b8109dad11d180b400c04fd430c8", /a UUID/],
  ])("%s: %j is refused", (field, given, problem) => {
    const [fault] = problems(() => journeyPipeline.decodeJson({ ...read, [field]: given }));
    expect(fault).toMatchObject({ path: `data.${field}`, problem: expect.stringMatching(problem) });
  });
});

describe("decodeLabel", () => {
  test("gives the target", () => {
    expect(pipeline.decodeLabel({ delay: -5 })).toEqual({ y: -5 });
    expect(pipeline.decodeLabel({ delay: 0 })).toEqual({ y: 0 });
  });

  test.each([
    [{}, "data.delay", "is missing"],
    [{ delay: null }, "data.delay", "null"],
    [{ delay: "late" }, "data.delay", "text"],
    [{ delay: 1, x: 2 }, "data.x", "not a field"],
    [{ dealy: 1 }, "data.dealy", "did you mean delay?"],
    [3, "data", "object"],
    [JSON.parse('{"__proto__": 1, "delay": 1}'), "data.__proto__", "not a field"],
  ])("refuses %j", (data, path, problem) => {
    const found = problems(() => pipeline.decodeLabel(data)).find((field) => field.path === path);
    expect(found?.problem).toContain(problem);
  });
});

describe("records of any kind", () => {
  const value = fc.record({
    date: fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
    distance: fc.double({ noNaN: true, noDefaultInfinity: true }),
    carrier: fc.constantFrom("AA", "DL", "XX", "UA"),
    delay: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    origin: fc.string({ unit: "grapheme" }).filter((text) => text.isWellFormed()),
    late: fc.option(fc.boolean()),
    seats: fc.option(fc.maxSafeInteger().map((n) => Math.trunc(n / 2))),
    arrived: fc.option(fc.integer({ min: 0, max: 253_402_300_799_999 })),
  });

  test("are the same through JSON, through Avro and when read again", () => {
    const type = avsc.Type.forSchema(trips.schemas["2"] as never, { wrapUnions: "never" });
    fc.assert(
      fc.property(value, (written) => {
        const decoded = pipeline.decodeJson(written);
        // JSON writes -0 as 0.
        expect(decoded.record).toEqual(JSON.parse(JSON.stringify(written)));
        expect(pipeline.decodeAvro(type.toBuffer(written))).toEqual(decoded);
        expect(pipeline.decodeJson(decoded.record)).toEqual(decoded);
      }),
    );
  });

  test("of logical types are the same through JSON, through Avro and when read again", () => {
    const day = fc.integer({ min: -719_528, max: 2_932_896 });
    const decimal = (most: number, scale: number) =>
      fc.integer({ min: -most, max: most }).map((n) => Number(`${n}e-${scale}`));
    const journey = fc.record({
      ...{
        at: fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }),
        day: day.map((n) => n * 86_400_000),
      },
      ...{ booked: fc.option(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 })) },
      ...{ seen: fc.integer({ min: -9_223_372_036_854, max: 9_223_372_036_854 }), fee: decimal(2 ** 53 - 1, 4) },
      ...{ distance: fc.double({ noNaN: true, noDefaultInfinity: true }), fare: fc.option(decimal(999_999_999, 2)) },
      ...{ kind: fc.constantFrom("OTHER", "BUS", "TRAIN", "TAXI"), rider: fc.string(), ticket: fc.option(fc.uuid()) },
      ...{ crowded: fc.option(fc.boolean()), stops: fc.nat(), delay: fc.option(fc.constantFrom(-1.5, 0, 2)) },
    });
    fc.assert(
      fc.property(journey, (written) => {
        const decoded = journeyPipeline.decodeJson(written);

        expect(decoded.record).toEqual(JSON.parse(JSON.stringify(written)));
        expect(journeyPipeline.decodeAvro(journeyPipeline.encodeAvro(written))).toEqual(decoded);
        expect(journeyPipeline.decodeJson(decoded.record)).toEqual(decoded);
      }),
    );
  });

  test("of Avro are read or rejected, whatever was done to their bytes", () => {
    const spoilt = fc.record({
      journey: fc.constantFrom(...journeys.cases),
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.uint8Array({ maxLength: 12 }),
    });
    fc.assert(
      fc.property(spoilt, ({ journey: { avro, version }, at, cut, put }) => {
        const bytes = Buffer.from(avro, "hex");
        const place = at % (bytes.length + 1);
        const data = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
        let record: object | undefined;
        try {
          ({ record } = journeyPipeline.decodeAvro(data, version));
        } catch (error) {
          expect(error).toBeInstanceOf(RejectedError);
        }
        if (record !== undefined) expect(journeyPipeline.decodeJson(record).record).toEqual(record);
      }),
      { numRuns: 1000 },
    );
  });

  test("are read or rejected, and nothing else, whatever comes", () => {
    const name = fc.constantFrom(
      "date",
      "distance",
      "carrier",
      "delay",
      "late",
      "__proto__",
      "constructor",
      "toString",
    );
    const hostile = fc.oneof(
      fc.anything(),
      fc.array(fc.tuple(name, fc.anything())).map((entries) => Object.fromEntries(entries)),
      fc.json().map((text) => JSON.parse(text) as unknown),
    );
    const either = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        expect(error).toBeInstanceOf(RejectedError);
      }
    };
    fc.assert(
      fc.property(
        hostile,
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(undefined, 1, 2, 3),
        (data, bytes, version) => {
          either(() => pipeline.decodeJson(data, version));
          either(() => pipeline.decodeLabel(data));
          either(() => pipeline.decodeAvro(bytes, version));
        },
      ),
    );
    expect(({} as { delay?: unknown }).delay).toBeUndefined();
  });
});
