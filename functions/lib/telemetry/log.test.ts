import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { createLog } from "./log.ts";

function logged(level: string) {
  const lines: string[] = [];
  return { lines, log: createLog(level, "learn", { write: (line: string) => void lines.push(line) }) };
}

test("a line is one JSON object with level, name, time, message and the fields", () => {
  const { lines, log } = logged("info");

  log.warn({ step: "learn", key: "k", reason: "held" }, "two\nlines");

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
  expect(JSON.parse(lines[0] as string)).toEqual({
    level: "warn",
    name: "learn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    step: "learn",
    key: "k",
    reason: "held",
    msg: "two\nlines",
  });
});

test("an error keeps its stack and its cause", () => {
  const { lines, log } = logged("info");

  log.error({ err: new Error("commit failed", { cause: new Error("disk full") }) }, "bug");

  expect(lines[0]).toContain("commit failed");
  expect(lines[0]).toContain("disk full");
  expect(lines[0]).toContain("log.test.ts");
});

test.each([
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
  ["silent", []],
])("at level %s there are %j", (level, shown) => {
  const { lines, log } = logged(level);

  for (const each of ["debug", "info", "warn", "error"] as const) log[each]({}, each);

  expect(lines.map((line) => JSON.parse(line).level)).toEqual(shown);
});

test("a level that is none is refused, with those there are", () => {
  expect(() => logged("loud")).toThrow(ConfigurationError);
  expect(() => logged("loud")).toThrow(/debug, info, warn, error, silent/);
});
