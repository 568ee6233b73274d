import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { ExitCode, exitCodeOf, explain } from "./exit.ts";

test("wrong use ends with 2, everything else with 1", () => {
  expect([new UsageError("x"), new FailedError("x"), new Error("x"), "x"].map(exitCodeOf)).toEqual([
    ExitCode.usage,
    ExitCode.failed,
    ExitCode.failed,
    ExitCode.failed,
  ]);
});

describe("what is said", () => {
  test.each([new UsageError("add --n"), new FailedError("add --n"), new ConfigurationError("add --n")])(
    "of what was foreseen: the message alone, $name",
    (error) => {
      expect(explain(error, false)).toBe("wadi: add --n\n");
    },
  );

  test("of what was not: where to find out more", () => {
    expect(explain(new TypeError("x is not a function"), false)).toMatch(/^wadi: x is not a function\n.*--verbose/);
  });

  test("on request: the stack, and those of its causes", () => {
    const error = new FailedError("outer", { cause: new Error("middle", { cause: new Error("inner") }) });

    expect(explain(error, true)).toMatch(/outer[\s\S]+at [\s\S]+caused by Error: middle[\s\S]+caused by Error: inner/);
  });
});
