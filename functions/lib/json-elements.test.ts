import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createJsonElements } from "./json-elements.ts";

function read(...pieces: readonly string[]): string[] {
  const reader = createJsonElements({ element: "element" });
  const elements = pieces.flatMap((piece) => reader.push(piece));
  reader.end();
  return elements;
}

const cut = (text: string, size: number) => text.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];

test("the elements come out as they stood there, blanks around them gone", () => {
  expect(read(' [ {"a": 1} ,\n{"b":[1,{"c":2}]}, 3 ]\n')).toEqual(['{"a": 1}', '{"b":[1,{"c":2}]}', "3"]);
  expect(read("[]")).toEqual([]);
});

test("an element comes out as soon as it is complete", () => {
  const reader = createJsonElements({ element: "element" });

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
    ["blanks", ["\ufeff \n", " "], /nothing but blanks/],
    ["an array that is cut off", ['[{"a":1},'], /cut off: its end is missing/],
    ["a string that is never closed", ['[{"a":"]'], /cut off: its end is missing/],
    ["a hole of blanks", ['[{"a":1}, \n', " ,{}]"], /broken in element 2, near ",\{\}\]"/],
    ["a comma first", ["[,1]"], /broken in element 1, near ",1\]"/],
    ["an element that is missing", ['[{"a":1},', ',{"b":2}]'], /broken in element 2, near ",\{\\"b\\":2\}\]"/],
    ["a comma behind the last", ['[{"a":1},]'], /broken in element 2, near "\]"/],
    ["a word that is none", ['[{"a":1},{"b":nul}]'], /broken in element 2, near/],
    ["a name without quotes", ["[{a:1}]"], /broken in element 1, near "\{a:1\}\]"/],
    ["a value that is closed by the other bracket", ['[{"a":[1}]'], /broken in element 1/],
    ["text behind the array", ["[1]", "\n", "x"], /text behind the end/],
    ["a second array", ["[1][2]"], /text behind the end/],
    ["an array that ends as an object", ['[{"a":1}}'], /broken in element 1, near "\}"/],
  ] as [string, string[], RegExp][])("%s", (_title, pieces, message) => {
    expect(() => read(...pieces)).toThrow(message);
  });

  test("an element without end does not fill the memory", () => {
    const reader = createJsonElements({ element: "element" });
    reader.push('[{"a":"');

    expect(() => {
      for (let i = 0; i < 100; i++) reader.push("x".repeat(20_000));
    }).toThrow(/element 1 has more than a million bytes/);
  });

  test("nor do blanks without end, before and behind the array", () => {
    const reader = createJsonElements({ element: "element" });
    for (let i = 0; i < 200; i++) reader.push(" ".repeat(10_000));

    expect(reader.push("[1]")).toEqual(["1"]);
    for (let i = 0; i < 200; i++) expect(reader.push(" ".repeat(10_000))).toEqual([]);
  });
});

describe("a list within an object", () => {
  function readMember(text: string, cuts: readonly number[] = []) {
    const reader = createJsonElements({ of: "ids", element: "group", mostOtherBytes: 1024 * 1024 });
    const elements: string[] = [];
    let from = 0;
    for (const at of [...cuts.map((one) => one % (text.length + 1)).sort((a, b) => a - b), text.length]) {
      // Between the halves of a character nothing is cut.
      const to = text.charCodeAt(at - 1) >>> 10 === 54 ? at - 1 : at;
      elements.push(...reader.push(text.slice(from, Math.max(from, to))));
      from = Math.max(from, to);
    }
    return { elements: elements.map((one) => JSON.parse(one)), other: JSON.parse(reader.end()) };
  }
  test("whatever it holds, however it is written and cut: the elements come apart, and the rest is whole", () => {
    const group = fc.record({ until: fc.nat(), ids: fc.array(fc.string()) });
    const other = fc.dictionary(
      fc.string().filter((name) => name !== "ids" && name !== "__proto__"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        other,
        fc.array(group),
        fc.nat(9),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.nat()),
        (rest, ids, at, indent, cuts) => {
          const entries = Object.entries({ ...rest, inner: { ids: [1, [2]], text: '"ids":[' } });
          const place = at % (entries.length + 1);
          const file = Object.fromEntries([...entries.slice(0, place), ["ids", ids], ...entries.slice(place)]);

          const found = readMember(JSON.stringify(file, undefined, indent), cuts);

          expect(found.elements).toEqual(JSON.parse(JSON.stringify(ids)));
          expect(found.other).toEqual(JSON.parse(JSON.stringify({ ...file, ids: [] })));
        },
      ),
    );
  });

  test("blanks within a string stay, wherever the text is cut", () => {
    const text = '{" ":" x  ","ids":[],"b":"   "}';

    const found = readMember(text, [...[...text].keys()]);

    expect(found.other).toEqual({ " ": " x  ", ids: [], b: "   " });
  });

  test.each([
    ["in the middle of the list", '{"a":1,"ids":[{"until":1,"ids":["1"'],
    ["between the list and the rest", '{"a":1,"ids":[{"until":1,"ids":["1"]}]'],
    ["in a text", '{"a":"b'],
  ])("a file that is cut off %s is told as such", (_where, text) => {
    expect(() => readMember(text)).toThrow("cut off");
  });

  test("what is too large, or an element that is, is refused before it fills the memory", () => {
    const endless = (start: string, piece: string) => () => {
      const reader = createJsonElements({ of: "ids", element: "group", mostOtherBytes: 1024 * 1024 });
      reader.push(start);
      for (let i = 0; i < 100_000; i++) reader.push(piece);
    };

    expect(endless('{"state":{"a":"', "x".repeat(1024))).toThrow("too large, its list not counted");
    expect(endless('{"ids":[{"until":1,"ids":["', "x".repeat(1024))).toThrow("group 1 has more than a million bytes");
    expect(() => readMember("  ")).toThrow("nothing but blanks");
  });
});
