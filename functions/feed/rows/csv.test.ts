// Goldens: RFC 4180, section 2, and what is met in real files beside it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cell, type CsvRow, createCsvReader } from "./csv.ts";

function read(text: string, delimiter?: string): CsvRow[] {
  return readPieces([text], delimiter);
}

function readPieces(pieces: readonly string[], delimiter?: string): CsvRow[] {
  const reader = createCsvReader(delimiter);
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

const cells = (text: string, delimiter?: string) => read(text, delimiter).map((row) => row.cells);

describe("rows and cells", () => {
  test.each([
    [
      "records end in CRLF",
      "a,b\r\nc,d\r\n",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    [
      "the last record needs no end",
      "a,b\nc,d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["CR alone ends a record", "a\rb\r", [["a"], ["b"]]],
    ["blanks belong to the cell", " a ,b", [[" a ", "b"]]],
    [
      "quotes hold delimiters and line ends",
      '"a,b","c\r\nd"\ne,f',
      [
        ["a,b", "c\r\nd"],
        ["e", "f"],
      ],
    ],
    ["a doubled quote is one", '"a ""b"" c",""""', [['a "b" c', '"']]],
    ["a quote within a cell is a character", 'a"b,5" disk', [['a"b', '5" disk']]],
    [
      "an empty cell is nothing, an empty text is in quotes",
      'a,,""\n,',
      [
        ["a", undefined, ""],
        [undefined, undefined],
      ],
    ],
    ["blank lines are no records", "\n\na\n\r\n\nb\n\n", [["a"], ["b"]]],
    ["a byte order mark is no text", "\ufeffa,b", [["a", "b"]]],
    ["an empty text in quotes is a record", '""\n', [[""]]],
    ["a text without anything has no records", "", []],
    ["signs beyond the first plane stay whole", '😀,"😀😀"\n', [["😀", "😀😀"]]],
  ] as [string, string, Cell[][]][])("%s", (_title, text, expected) => {
    expect(cells(text)).toEqual(expected);
  });

  test("another delimiter leaves commas alone", () => {
    expect(cells("a;b,c\td", ";")).toEqual([["a", "b,c\td"]]);
    expect(cells("a\tb", "\t")).toEqual([["a", "b"]]);
  });
});

describe("what is wrong is said, with its line", () => {
  test("lines are counted within quotes, whatever ends them", () => {
    const rows = read('a\r\n"b\r\nb\nb\rb"\nc\r\rd');

    expect(rows.map(({ line }) => line)).toEqual([1, 2, 6, 8]);
  });

  test("text behind a closing quote spoils its row alone", () => {
    const rows = read('"a"b,c\nd,e');

    expect(rows[0]?.problem).toBe("there is text behind a closing quote");
    expect(rows[1]).toEqual({ cells: ["d", "e"], line: 2 });
  });

  test("a quote that is never closed is found at the end", () => {
    expect(read('a\n"b,c\nd\n').at(-1)).toMatchObject({ line: 2, problem: "a quote is never closed" });
  });

  test("a quote that is never closed does not take a whole large file into memory", () => {
    const reader = createCsvReader();
    reader.push('a,b\n"c,');

    const endless = () => {
      for (let i = 0; i < 1000; i++) reader.push(`${"x".repeat(9_999)}\n`);
    };

    expect(endless).toThrow("the row that begins on line 2 has more than a million characters");
  });

  test("a row is too long or not, however it is cut", () => {
    const long = `${"x".repeat(1024 * 1024 + 1)}\n`;

    expect(() => read(long)).toThrow("line 1");
    expect(() => readPieces([long.slice(0, -5), long.slice(-5)])).toThrow("line 1");
    expect(read(long.slice(1))).toHaveLength(1);
  });
});

describe("for any text", () => {
  const soup = fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "\n", "\r", " ", "😀", ";"), maxLength: 60 });
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });

  test("the rows do not depend on where the text is cut", () => {
    fc.assert(
      fc.property(soup, cuts, (text, at) => {
        const whole = read(text);

        expect(readPieces(cut(text, at))).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });

  test("what is written as RFC 4180 says is read back", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", "é"), maxLength: 8 });
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });

    fc.assert(
      fc.property(rows, (table) => {
        const text = table.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(",")).join("\r\n");

        expect(cells(text)).toEqual(table);
      }),
    );
  });
});

function cut(text: string, at: readonly number[]): string[] {
  const places = [0, ...at.map((place) => Math.min(place, text.length)).sort((a, b) => a - b), text.length];
  return places.slice(1).map((place, i) => text.slice(places[i], place));
}
