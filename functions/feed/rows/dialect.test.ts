// How countries write numbers and dates: Unicode CLDR, common/main, numbers and dateFormats (short) of the locales named.

import { describe, expect, test } from "vitest";
import { createCellReader, planCells } from "./cells.ts";
import { dateOrderOf, readDate } from "./dates.ts";
import { readDialect } from "./dialect.ts";
import { decimalOf, readNumber } from "./numbers.ts";

const NARROW = "\u202f";

describe("a number", () => {
  test.each([
    ["en", "1,234.5", "point", 1234.5],
    ["en-IN", "12,34,567.5", "point", 1_234_567.5],
    ["de", "1.234,5", "comma", 1234.5],
    ["de-AT", "1\u00a0234,5", "comma", 1234.5],
    ["de-CH", "1\u2019234.5", "point", 1234.5],
    ["de-CH, typed", "1'234.5", "point", 1234.5],
    ["fr", `1${NARROW}234,5`, "comma", 1234.5],
    ["sv, typed", "-1 234,5", "comma", -1234.5],
    ["sv", "\u22121 234,5", "comma", -1234.5],
    ["es, seven digits", "1.234.567", "comma", 1_234_567],
  ] as const)("of %s: %s", (_locale, cell, decimal, value) => {
    expect(decimalOf(cell)).toBe(decimal);
    expect(readNumber(cell, decimal)).toBe(value);
  });

  test.each([
    ["1,234", "unclear"],
    ["1.234", "unclear"],
    ["1234", "either"],
    ["1 234", "either"],
    ["0,123", "comma"],
    ["0.123", "point"],
    ["1.2.3", undefined],
    ["1,23,4", undefined],
    ["1 23", undefined],
    ["01.234,5", undefined],
    ["1'234 567", undefined],
    ["12 %", undefined],
    ["", undefined],
  ])("%s is %s", (cell, decimal) => {
    expect(decimalOf(cell)).toBe(decimal);
  });
});

describe("a date", () => {
  test.each([
    ["en-US", "3/11/2026, 3:50 PM", "month-first", "2026-03-11T15:50:00"],
    ["en-GB", "03/11/2026 15:50", "day-first", "2026-11-03T15:50:00"],
    ["de", "03.11.26, 15:50", "day-first", "2026-11-03T15:50:00"],
    ["nl", "03-11-2026 15:50:30", "day-first", "2026-11-03T15:50:30"],
    ["ja", "2026/3/11 9:05", undefined, "2026-03-11T09:05:00"],
    ["hu", "2026. 03. 11.", undefined, "2026-03-11"],
    ["en-US, midnight", "3/11/2026 12:00 am", "month-first", "2026-03-11T00:00:00"],
    ["POSIX, of the last century", "03/11/69", "day-first", "1969-11-03"],
  ] as const)("of %s: %s", (_locale, cell, order, iso) => {
    expect(readDate(cell, order)).toBe(iso);
  });

  test.each([
    ["25/03/2026", "day-first"],
    ["03/25/2026", "month-first"],
    ["03/11/2026", "unclear"],
    ["03/03/2026", "either"],
    ["03.11.2026", "day-first"],
    ["25/25/2026", undefined],
    ["30/02/2026", undefined],
    ["1.2.10", undefined],
    ["2026-03-11", undefined],
    ["03/11/2026 25:00", undefined],
    ["03/11/2026 13:00 PM", undefined],
  ])("%s is %s", (cell, order) => {
    expect(dateOrderOf(cell)).toBe(order);
  });
});

describe("the dialect of a file", () => {
  test.each([
    ["one cell tells of all", [["1,234", "0,5"], ["2,500"]], ",", "comma"],
    ["each column has one vote", [["1,5"], ["0.5"], ["2.5"]], ",", "point"],
    ["a column of other things has none", [["1,5", "none"], ["0.5"]], ",", "point"],
    [
      "a few spoilt cells do not take it away",
      [
        ["1,5", "2,5", "none"],
        ["1", "2", "3"],
      ],
      ",",
      "comma",
    ],
    ["behind semicolons a comma is decimal", [["1,234"]], ";", "comma"],
    ["and a point is what it was", [["1.234"]], ";", "point"],
  ] as const)("%s", (_title, columns, delimiter, decimal) => {
    expect(readDialect(columns, delimiter).decimal).toBe(decimal);
  });

  test("a number that could be another one is named, but in quotes among commas", () => {
    expect(readDialect([["1,234"]], ";").unclearNumber).toBe("1,234");
    expect(readDialect([["1,234"]], ",").unclearNumber).toBeUndefined();
    expect(readDialect([["1,234"]], ";", { decimal: "point" }).unclearNumber).toBeUndefined();
  });

  test("the order of dates is told by any date, by the way numbers are written, or not", () => {
    expect(readDialect([["03/11/2026", "03/25/2026"]], ",")).toMatchObject({ dates: "month-first", datesTold: true });
    expect(readDialect([["03/11/2026"], ["1,5"]], ",")).toMatchObject({ dates: "day-first", datesTold: true });
    expect(readDialect([["03/11/2026"]], ",")).toMatchObject({ dates: "day-first", datesTold: false });
  });
});

describe("columns of a file", () => {
  const read = (header: readonly string[], rows: readonly (readonly string[])[], options = {}) => {
    const reader = createCellReader(planCells(header, rows, options));
    return rows.map(reader);
  };

  test("a column keeps the other decimal sign where all of it has it", () => {
    expect(read(["price", "cost", "latitude"], [["1,5", "2,5", "52.52"]])).toEqual([
      { price: 1.5, cost: 2.5, latitude: 52.52 },
    ]);
  });

  test("yes and no of one language are true and false; NO alone is Norway, and mixed ones are words", () => {
    expect(read(["a"], [["Ja"], ["Nein"]])).toEqual([{ a: true }, { a: false }]);
    expect(read(["a"], [["NO"], ["NO"]])).toEqual([{ a: "NO" }, { a: "NO" }]);
    expect(read(["a"], [["ja"], ["no"]])).toEqual([{ a: "ja" }, { a: "no" }]);
  });

  test("what a spreadsheet writes for nothing leaves a number out", () => {
    expect(read(["a"], [["1"], ["-"], ["n/a"], ["#N/A"], ["#DIV/0!"]])).toEqual([{ a: 1 }, {}, {}, {}, {}]);
  });

  test("what means nothing can be named, and then does so in text, too", () => {
    const rows = [
      ["BW", "?"],
      ["NA", "1"],
      ["-99", "-99"],
    ];

    expect(read(["s", "x"], rows, { na: ["-99", "?"] })).toEqual([{ s: "BW" }, { s: "NA", x: 1 }, {}]);
  });

  test("only the dates of a column that is a time become ISO 8601", () => {
    const rows = [["25/03/2026 8:30", "25/03/2026"]];

    expect(read(["t", "other"], rows, { times: ["t"] })).toEqual([{ t: "2026-03-25T08:30:00", other: "25/03/2026" }]);
  });

  test("a time whose day may be its month is found, unless its order is given", () => {
    const plan = (dates?: "day-first") =>
      planCells(["t"], [["03/11/2026"]], { times: ["t"], ...(dates !== undefined && { dates }) }).columns[0];

    expect(plan()?.unclearDate).toBe("03/11/2026");
    expect(plan("day-first")?.unclearDate).toBeUndefined();
  });
});
