import { expect, test } from "vitest";
import { parseEventTime } from "./event-time.ts";

const MORNING = Date.UTC(2001, 0, 31, 8, 30);

test.each([
  ["RFC 3339", "2001-01-31T08:30:00Z", MORNING],
  ["with another zone", "2001-01-31T10:30:00+02:00", MORNING],
  ["without a zone, which is UTC", "2001-01-31 08:30", MORNING],
  ["with slashes", "2001/01/31 08:30:00.5", MORNING + 500],
  ["a day alone begins at midnight", "2001-01-31", Date.UTC(2001, 0, 31)],
  ["epoch milliseconds", MORNING, MORNING],
  ["epoch milliseconds as text", String(MORNING), MORNING],
])("%s: %s", (_title, value, expected) => {
  expect(parseEventTime(value)).toBe(expected);
});

test.each([
  ["a day that is not", "2001-02-30"],
  ["an hour that is not", "2001-01-31 24:30"],
  ["a word", "yesterday"],
  ["day first", "31.01.2001"],
  ["nothing", undefined],
  ["an empty text", ""],
  ["microseconds", MORNING * 1000],
  ["a fraction", 0.5],
  ["a text of microseconds", String(MORNING * 1000)],
  ["true", true],
])("%s is no time", (_title, value) => {
  expect(parseEventTime(value)).toBeUndefined();
});
