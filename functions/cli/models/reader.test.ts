import fc from "fast-check";
import { expect, test } from "vitest";
import { createModelFileReader } from "./reader.ts";

function read(text: string, cuts: readonly number[] = []) {
  const reader = createModelFileReader();
  const groups: string[] = [];
  let from = 0;
  for (const cut of [...cuts.map((one) => one % (text.length + 1)).sort((a, b) => a - b), text.length]) {
    groups.push(...reader.push(text.slice(from, cut)));
    from = cut;
  }
  return { groups: groups.map((group) => JSON.parse(group)), rest: JSON.parse(reader.end()) };
}

test("whatever it holds, however it is written and cut: the groups of ids come apart, and the rest is whole", () => {
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

        const found = read(JSON.stringify(file, undefined, indent), cuts);

        expect(found.groups).toEqual(JSON.parse(JSON.stringify(ids)));
        expect(found.rest).toEqual(JSON.parse(JSON.stringify({ ...file, ids: [] })));
      },
    ),
  );
});

test.each([
  ["in the middle of the ids", '{"a":1,"ids":[{"until":1,"ids":["1"'],
  ["between ids and the rest", '{"a":1,"ids":[{"until":1,"ids":["1"]}]'],
  ["in a text", '{"a":"b'],
])("a file that is cut off %s is told as such", (_where, text) => {
  expect(() => read(text)).toThrow("cut off");
});

test("what is too large to be a model set, or a group of ids, is refused before it fills the memory", () => {
  const endless = (start: string, piece: string) => () => {
    const reader = createModelFileReader();
    reader.push(start);
    for (let i = 0; i < 100_000; i++) reader.push(piece);
  };

  expect(endless('{"state":{"a":"', "x".repeat(1024))).toThrow("larger than any model set");
  expect(endless('{"ids":[{"until":1,"ids":["', "x".repeat(1024))).toThrow("more than a million characters");
  expect(() => read("  ")).toThrow("it is empty");
});
