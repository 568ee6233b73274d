import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import type { FeatureSpec, FieldKind } from "./feature.ts";
import { featureTypes } from "./index.ts";
import { MAX_TEXT_LENGTH } from "./short-text.ts";

type Value = number | string | boolean;

function extract(spec: FeatureSpec, value: Value): Record<string, number | string> {
  const type = featureTypes[spec.as];
  if (!type) throw new Error(`no transform ${spec.as}`);
  const out: [string, number | string][] = [];
  type.create(spec).extract(value, (name, v) => out.push([name, v]));
  return Object.fromEntries(out);
}

interface Flight {
  readonly record: Readonly<Record<string, Value>>;
  readonly indicators: Readonly<Record<string, Value>>;
  readonly text: Readonly<Record<string, Value>>;
}

const flights = (
  JSON.parse(readFileSync(new URL("./fixtures/flights.json", import.meta.url), "utf8")) as { cases: Flight[] }
).cases;

const cyclic = [
  { from: "distance", as: "number" },
  { from: "date", as: "hour-of-day", encode: "cyclic" },
  { from: "date", as: "day-of-week", encode: "cyclic" },
];

function extractAll(specs: readonly FeatureSpec[], record: Flight["record"]): Record<string, number | string> {
  const value = (from: string) => (from === "date" ? Date.parse(String(record[from])) : (record[from] as Value));
  return Object.assign({}, ...specs.map((spec) => extract(spec, value(spec.from))));
}

describe("the features of flights", () => {
  test.each(flights)("are those River was given: $record.date from $record.origin", ({ record, indicators, text }) => {
    const oneHot = extractAll([...cyclic, { from: "origin", as: "one-hot" }], record);
    expect(Object.keys(oneHot)).toEqual(Object.keys(indicators));
    for (const [name, value] of Object.entries(indicators)) expect(oneHot[name]).toBeCloseTo(Number(value), 12);

    const { weekday_sin, weekday_cos, ...asText } = extractAll([...cyclic, { from: "origin", as: "text" }], record);
    expect(Object.keys(asText)).toEqual(Object.keys(text));
    expect(asText["origin"]).toBe(text["origin"]);
  });
});

describe("hour-of-day and day-of-week", () => {
  test("give the whole hour and Monday 0, in UTC", () => {
    const sundayNight = Date.parse("2023-06-04T23:59:59.999Z");
    expect(extract({ from: "t", as: "hour-of-day" }, sundayNight)).toEqual({ hour: 23 });
    expect(extract({ from: "t", as: "day-of-week" }, sundayNight)).toEqual({ weekday: 6 });
    expect(extract({ from: "t", as: "day-of-week" }, sundayNight + 1)).toEqual({ weekday: 0 });
  });

  test("agree with the calendar at any time, before 1970 too", () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(extract({ from: "t", as: "hour-of-day" }, date.getTime())).toEqual({ hour: date.getUTCHours() });
        const monday0 = (date.getUTCDay() + 6) % 7;
        expect(extract({ from: "t", as: "day-of-week" }, date.getTime())).toEqual({ weekday: monday0 });
      }),
    );
  });

  test("take another name, as a prefix where there are two", () => {
    const spec = { from: "t", as: "hour-of-day", name: "departure" };
    expect(extract(spec, 0)).toEqual({ departure: 0 });
    expect(extract({ ...spec, encode: "cyclic" }, 0)).toEqual({ departure_sin: 0, departure_cos: 1 });
  });
});

describe("log", () => {
  test("is the natural logarithm, after the offset is added", () => {
    expect(extract({ from: "d", as: "log" }, Math.E)).toEqual({ d_log: 1 });
    expect(extract({ from: "d", as: "log", offset: 1 }, 0)).toEqual({ d_log: 0 });
    expect(extract({ from: "d", as: "log", offset: 1 }, 1e-12)["d_log"]).toBeCloseTo(1e-12, 20);
    expect(extract({ from: "d", as: "log", offset: 2, name: "size" }, 6)["size"]).toBeCloseTo(Math.log(8), 12);
  });

  test.each([0, -1])("is absent where there is none: of %d", (value) => {
    expect(extract({ from: "d", as: "log" }, value)).toEqual({});
  });
});

describe("bucket", () => {
  const spec = { from: "d", as: "bucket", boundaries: [500, 1500] };

  test.each([
    [499.9, 0],
    [500, 1],
    [1499, 1],
    [1500, 2],
    [1e300, 2],
  ])("puts %d into bucket %i", (value, expected) => {
    expect(extract(spec, value)).toEqual({ [`d_bucket_${expected}`]: 1 });
    expect(extract({ ...spec, encode: "number" }, value)).toEqual({ d_bucket: expected });
  });

  test.each([[[2, 1]], [[1, 1]]])("refuses boundaries that do not ascend: %j", (boundaries) => {
    expect(() => featureTypes["bucket"]?.create({ ...spec, boundaries })).toThrow(ConfigurationError);
  });
});

describe("text", () => {
  test("keeps as many characters as it is told to, and is shortened beyond", () => {
    const spec = { from: "comment", as: "text", maxLength: 500 };

    expect(extract(spec, "word ".repeat(100))["comment"]).toBe("word ".repeat(100));
    expect(String(extract(spec, "word ".repeat(101))["comment"])).toMatch(/^(word ){96}wor~[0-9a-f]{16}$/);
  });

  test("is one indicator a value as one-hot, and itself as text", () => {
    expect(extract({ from: "origin", as: "one-hot" }, "LAX")).toEqual({ origin_LAX: 1 });
    expect(extract({ from: "origin", as: "one-hot", name: "airport" }, "LAX")).toEqual({ airport_LAX: 1 });
    expect(extract({ from: "origin", as: "text" }, "LAX")).toEqual({ origin: "LAX" });
  });

  test("makes no key of an object's prototype", () => {
    expect(Object.keys(extract({ from: "o", as: "one-hot" }, "__proto__"))).toEqual(["o___proto__"]);
  });

  test("is shortened when long, and two long values stay two", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: MAX_TEXT_LENGTH + 1, maxLength: 300 }), (long) => {
        const short = extract({ from: "o", as: "text" }, long)["o"] as string;
        expect(short.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
        expect(short.isWellFormed()).toBe(true);
        expect(extract({ from: "o", as: "text" }, `${long}!`)["o"]).not.toBe(short);
        expect(extract({ from: "o", as: "text" }, long)["o"]).toBe(short);
      }),
    );
  });
});

describe("boolean", () => {
  test("is 1 or 0", () => {
    expect(extract({ from: "b", as: "boolean" }, true)).toEqual({ b: 1 });
    expect(extract({ from: "b", as: "boolean" }, false)).toEqual({ b: 0 });
  });
});

describe.each(Object.values(featureTypes))("$name", (type) => {
  const values: Record<FieldKind, fc.Arbitrary<Value>> = {
    number: fc.double(),
    timestamp: fc.double(),
    boolean: fc.boolean(),
    string: fc.string({ unit: "binary", maxLength: 300 }),
  };
  const specs: FeatureSpec[] = [{}, { encode: "cyclic" }, { encode: "number" }, { offset: 1 }].map((options) => ({
    from: "field",
    as: type.name,
    boundaries: [-1, 0, 10],
    ...options,
  }));

  test("never gives a number that is not finite, nor a name it did not announce", () => {
    const value = fc.oneof(...type.accepts.map((kind) => values[kind]));
    fc.assert(
      fc.property(fc.constantFrom(...specs), value, (spec, v) => {
        const feature = type.create(spec);
        feature.extract(v, (name, out) => {
          if (typeof out === "number") expect(Number.isFinite(out)).toBe(true);
          const announced = feature.outputs.find((o) => (o.open ? name.startsWith(o.name) : name === o.name));
          expect(announced?.kind === "text").toBe(typeof out === "string");
          if (announced?.kind === "indicator") expect(Math.abs(Number(out))).toBe(1);
        });
      }),
    );
  });
});
