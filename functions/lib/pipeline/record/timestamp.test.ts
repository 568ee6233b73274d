import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTimestamp } from "./timestamp.ts";

describe("parseTimestamp", () => {
  test("agrees with Date for every time of the years 0 to 9999", () => {
    const date = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (d) => {
        expect(parseTimestamp(d.toISOString())).toBe(d.getTime());
      }),
    );
  });

  test.each([
    ["2001-01-31T08:30Z", "2001-01-31T08:30:00.000Z"],
    ["2001-01-31T08:30:00+02:00", "2001-01-31T06:30:00.000Z"],
    ["2001-01-31 08:30:00-0530", "2001-01-31T14:00:00.000Z"],
    ["2001-01-31t08:30:00.123456789z", "2001-01-31T08:30:00.123Z"],
    ["2001-01-31T08:30:00.5Z", "2001-01-31T08:30:00.500Z"],
    ["2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"],
  ])("reads %s as %s", (text, iso) => {
    expect(new Date(parseTimestamp(text) ?? 0).toISOString()).toBe(iso);
  });

  test.each([
    ["a time without a zone", "2001-01-31T08:30:00"],
    ["a date alone", "2001-01-31"],
    ["a day that is none", "2001-02-29T00:00:00Z"],
    ["a month that is none", "2001-13-01T00:00:00Z"],
    ["hour 24", "2001-01-31T24:00:00Z"],
    ["second 60", "2001-01-31T23:59:60Z"],
    ["offset of a day", "2001-01-31T00:00:00+24:00"],
    ["a time that its offset puts into the year 10000", "9999-12-31T23:59:59-01:00"],
    ["a number", "978310020000"],
    ["a word", "yesterday"],
    ["a very long text", `2001-01-31T08:30:00.${"0".repeat(10_000)}Z`],
  ])("refuses %s", (_, text) => {
    expect(parseTimestamp(text)).toBeUndefined();
  });
});
