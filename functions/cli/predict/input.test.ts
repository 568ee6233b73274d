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
