import { expect, test } from "vitest";
import { readRecords } from "./input.ts";

test.each([
  ["a record", '\ufeff{"x":1}', [{ x: 1 }]],
  ["lines of records", '\ufeff{"x":1}\n{"x":2}\n', [{ x: 1 }, { x: 2 }]],
])("%s from a shell that writes a byte order mark is read", (_title, text, records) => {
  expect(readRecords(["-"], () => text)).toEqual(records);
});
