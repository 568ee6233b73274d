import { expect, test } from "vitest";
import { count, duration, fixed, percent, plural, rate } from "./figures.ts";

test("large numbers have their thousands marked, whatever the locale", () => {
  expect([count(0), count(999), count(12_345), count(1_234_567)]).toEqual(["0", "999", "12,345", "1,234,567"]);
});

test("what is no number is a dash", () => {
  expect([fixed(1.005, 1), fixed(undefined, 2), fixed(Number.NaN, 2), fixed(-2, 2)]).toEqual([
    "1.0",
    "-",
    "-",
    "-2.00",
  ]);
});

test("only all of it is 100 %", () => {
  expect([percent(0, 0), percent(0, 3), percent(1, 3), percent(99_999, 100_000), percent(3, 3), percent(4, 3)]).toEqual(
    ["0 %", "0.0 %", "33.3 %", "99.9 %", "100 %", "100 %"],
  );
});

test.each([
  [0, "0.0 s"],
  [440, "0.4 s"],
  [9_949, "9.9 s"],
  [9_950, "10 s"],
  [59_400, "59 s"],
  [59_600, "1 min 00 s"],
  [185_000, "3 min 05 s"],
  [3_599_600, "1 h 00 min"],
  [7_620_000, "2 h 07 min"],
])("%i ms are %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test("a rate over no time is none", () => {
  expect([rate(10, 0), rate(10, 2000), rate(0, 5)]).toEqual([0, 5, 0]);
});

test("one is not many", () => {
  expect([plural(0, "row"), plural(1, "row"), plural(2000, "row")]).toEqual(["0 rows", "1 row", "2,000 rows"]);
});
