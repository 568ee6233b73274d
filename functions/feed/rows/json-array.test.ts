import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJsonArrayReader } from "./json-array.ts";

function read(...pieces: readonly string[]): string[] {
  const reader = createJsonArrayReader();
  const elements = pieces.flatMap((piece) => reader.push(piece));
  reader.end();
  return elements;
}

const cut = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];

test("the elements come out as they stood there, blanks around them gone", () => {
  expect(read(' [ {"a": 1} ,\n{"b":[1,{"c":2}]}, 3 ]\n')).toEqual(['{"a": 1}', '{"b":[1,{"c":2}]}', "3"]);
  expect(read("[]")).toEqual([]);
});

test("an element comes out as soon as it is complete", () => {
  const reader = createJsonArrayReader();

  expect(reader.push('[{"a":')).toEqual([]);
  expect(reader.push('1},{"b"')).toEqual(['{"a":1}']);
});

test("brackets, commas, quotes and backslashes within strings mean nothing", () => {
  const elements = [{ a: '],}[{"\\' }, { "k]\\\\": '\\"' }, { emoji: "😀\u2028" }];

  const text = JSON.stringify(elements);

  for (const size of [1, 2, 3, 1000]) expect(read(...cut(text, size)).map((one) => JSON.parse(one))).toEqual(elements);
});

test("for any array and any cuts it reads what JSON.parse reads", () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 6 }),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(3),
      (value, size, indent) => {
        const text = JSON.stringify(value, null, indent);

        const elements = read(...cut(text, size));

        expect(elements.map((element) => JSON.parse(element))).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 500 },
  );
});

describe("what is no array is said in words", () => {
  test.each([
    ["an object", ['{"a":1}'], /must begin with \[ .*--format ndjson/],
    ["nothing", [""], /nothing but blanks/],
    ["blanks", [" \n", "\ufeff "], /nothing but blanks/],
    ["an array that is cut off", ['[{"a":1},'], /the file is cut off/],
    ["a string that is never closed", ['[{"a":"]'], /the file is cut off/],
    ["text behind the array", ["[1]", "\n", "x"], /text behind the end/],
    ["a second array", ["[1][2]"], /text behind the end/],
    ["a hole", ['[{"a":1},,{"a":2}]'], /broken: nothing stands before a comma, after 1 of its elements/],
    ["a hole of blanks", ['[{"a":1}, \n', " ,{}]"], /broken: nothing stands before a comma/],
    ["a comma first", ["[,1]"], /broken: nothing stands before a comma, after 0 of its elements/],
    ["a comma last", ['[{"a":1},{"a":2}, ]'], /broken: a comma stands behind the last element, after 2/],
    ["an array that ends as an object", ['[{"a":1}}'], /closed by \}/],
  ] as [string, string[], RegExp][])("%s", (_title, pieces, message) => {
    expect(() => read(...pieces)).toThrow(message);
  });

  test("an element without end does not fill the memory", () => {
    const reader = createJsonArrayReader();
    reader.push('[{"a":"');

    expect(() => {
      for (let i = 0; i < 100; i++) reader.push("x".repeat(20_000));
    }).toThrow(/more than a million characters/);
  });

  test("nor do blanks without end, before and behind the array", () => {
    const reader = createJsonArrayReader();
    for (let i = 0; i < 200; i++) reader.push(" ".repeat(10_000));

    expect(reader.push("[1]")).toEqual(["1"]);
    for (let i = 0; i < 200; i++) expect(reader.push(" ".repeat(10_000))).toEqual([]);
  });
});
