import { expect, test } from "vitest";
import { readRecords } from "./input.ts";

const read = (...texts: readonly string[]) => readRecords(texts, () => "");

test("fields given as words say what JSON says, NA too", () => {
  expect(read("n=0.5", "s=NA", "late=true", "zip=00123")).toEqual(
    read('{"n": 0.5, "s": "NA", "late": true, "zip": "00123"}'),
  );
});

test("an empty field is left out, and __proto__ is a field like any other", () => {
  expect(read("n=1", "s=", "__proto__=2")).toEqual([JSON.parse('{"n": 1, "__proto__": 2}')]);
});

test.each([
  ["a record", '\ufeff{"x":1}', [{ x: 1 }]],
  ["lines of records", '\ufeff{"x":1}\n{"x":2}\n', [{ x: 1 }, { x: 2 }]],
])("%s from a shell that writes a byte order mark is read", (_title, text, records) => {
  expect(readRecords(["-"], () => text)).toEqual(records);
});
