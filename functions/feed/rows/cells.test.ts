import { describe, expect, test } from "vitest";
import { UsageError } from "../../lib/failure.ts";
import { type CellOptions, createCellReader, parseTypes, planCells, readValue } from "./cells.ts";
import type { Cell } from "./csv.ts";

/** The values of one column whose sample are all its cells. */
function column(cells: readonly Cell[], type?: string, options: CellOptions = {}): unknown[] {
  const types = type === undefined ? {} : { types: parseTypes(`c=${type}`) };
  const sample = cells.map((cell) => [cell]);
  const read = createCellReader(planCells(["c"], sample, { ...options, ...types }));
  return cells.map((cell) => read([cell])["c"]);
}

describe("the type of a column is told by its first rows", () => {
  test.each([
    ["numbers as programs write them", ["1", "-2.5", "0", "1.5e3", "1e-7", "1e+21"], [1, -2.5, 0, 1500, 1e-7, 1e21]],
    ["blanks around numbers do not make them text", ["1", " 2", "3 "], [1, 2, 3]],
    ["true and false, as Python and R write them too", ["true", "False", "TRUE"], [true, false, true]],
    ["a single other word makes it text", ["1", "2", "x"], ["1", "2", "x"]],
    ["codes with leading zeros are text", ["00123", "00456"], ["00123", "00456"]],
    ["codes that look like 10 to the 5th are text", ["1E5", "2E6"], ["1E5", "2E6"]],
    ["plus signs are text", ["+4", "+5"], ["+4", "+5"]],
    ["digits in groups of three", ["1,000", "2,000,000.5"], [1000, 2_000_000.5]],
    ["groups of another size are text", ["1,00", "2.5"], ["1,00", "2.5"]],
    ["hexadecimals, Infinity and blanks alone are text", ["0x10", "Infinity", " "], ["0x10", "Infinity", " "]],
    ["whole numbers that a JSON number cannot keep are text", ["9007199254740993", "1"], ["9007199254740993", "1"]],
    ["the largest that it keeps is a number", ["9007199254740991", "-1"], [9007199254740991, -1]],
    ["numbers beyond all bounds are text", ["1.0e999", "1"], ["1.0e999", "1"]],
  ] as [string, string[], unknown[]][])("%s", (_title, cells, expected) => {
    expect(column(cells)).toEqual(expected);
  });

  test("empty cells and words for nothing leave the field out of a column of numbers", () => {
    expect(column(["1", undefined, "", "NA", "NaN", "null", "None", "2"])).toEqual([
      1,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      2,
    ]);
  });

  test("in a column of text NA is Namibia, and an empty text is a text", () => {
    expect(column(["NA", "DE", "", undefined])).toEqual(["NA", "DE", "", undefined]);
  });

  test("behind the sample a cell of another kind goes as the text that it is", () => {
    const read = createCellReader(planCells(["n", "b"], [["1", "true"]]));

    expect(read(["far", "maybe"])).toEqual({ n: "far", b: "maybe" });
    expect(read(["007", "1"])).toEqual({ n: "007", b: "1" });
  });

  test("a column with nothing in the sample is decided by the first cell that says something", () => {
    const read = createCellReader(planCells(["n"], [[undefined], ["NA"]]));

    expect(["NA", "3", "NA", "4"].map((cell) => read([cell]))).toEqual([{}, { n: 3 }, {}, { n: 4 }]);
  });
});

describe("a type that is given decides", () => {
  test("text keeps what looks like a number", () => {
    expect(column(["12345", "67890"], "text")).toEqual(["12345", "67890"]);
  });

  test("number takes what people write", () => {
    expect(column(["+4", "007", ".5", "5.", "1E5", "x"], "number")).toEqual([4, 7, 0.5, 5, 100_000, "x"]);
  });

  test("boolean takes 0 and 1", () => {
    expect(column(["0", "1", "true", "2"], "boolean")).toEqual([false, true, true, "2"]);
  });

  test("a column may have an equals sign in its name", () => {
    expect([...parseTypes("a=b=text, c = number")]).toEqual([
      ["a=b", "text"],
      ["c", "number"],
    ]);
  });

  test("a column with a comma in its name stands in quotes", () => {
    expect([...parseTypes('"a ""b"", c"=text,d=number')]).toEqual([
      ['a "b", c', "text"],
      ["d", "number"],
    ]);
  });

  test.each([
    ["zip", /write "zip" as <column>=<type>/],
    ["zip=txt", /"txt" is no type; did you mean "text"\?/],
    ["=text", /<column>=<type>/],
  ])("%s is refused with the cure", (text, message) => {
    expect(() => parseTypes(text)).toThrow(UsageError);
    expect(() => parseTypes(text)).toThrow(message);
  });

  test("a column that is not there is refused, and the nearest is named", () => {
    expect(() => planCells(["delay"], [], { types: parseTypes("dely=number") })).toThrow(/did you mean "delay"/);
  });
});

test.each([
  ["0.5", 0.5],
  ["true", true],
  ["DTW", "DTW"],
  ["NA", "NA"],
  ["null", "null"],
  ["NaN", "NaN"],
  ["00123", "00123"],
  ["", undefined],
  [" ", undefined],
])("a value that stands in no column says itself what it is: %j", (text, value) => {
  expect(readValue(text)).toBe(value);
});

test("a column may be called like what every object inherits", () => {
  const read = createCellReader(planCells(["__proto__", "constructor"], [["1", "x"]]));

  const record = read(["1", "x"]);

  expect(JSON.stringify(record)).toBe('{"__proto__":1,"constructor":"x"}');
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype);
});

describe("a column that a few cells make text is found, with the first of these", () => {
  const spoilt = (cells: readonly Cell[], types?: string) =>
    planCells(
      ["c"],
      cells.map((cell) => [cell]),
      types === undefined ? {} : { types: parseTypes(types) },
    ).spoilt;

  test.each([
    ["numbers", ["1", undefined, "foo", "2", "bar", "3"], { type: "number", row: 2, cell: "foo" }],
    ["true and false", ["true", "false", "maybe"], { type: "boolean", row: 2, cell: "maybe" }],
  ] as const)("of %s", (_title, cells, found) => {
    expect(spoilt(cells)).toEqual([{ column: "c", ...found }]);
  });

  test("and is of numbers once it is said, whatever the decimal sign", () => {
    expect(column(["0,5", "foo", "1,25"], "number")).toEqual([0.5, "foo", 1.25]);
  });

  test.each([
    ["all are numbers", ["1", "2", "NA"], undefined],
    ["most are words", ["a", "b", "1"], undefined],
    ["its type was given", ["1", "2", "foo"], "c=text"],
  ] as const)("but not where %s", (_title, cells, types) => {
    expect(spoilt(cells, types)).toEqual([]);
  });
});
