import { describe, expect, it, test } from "vitest";
import { DURATION_PATTERN, isoDurationMs, parseDuration, parseIsoDuration } from "./duration.ts";
import { ConfigurationError } from "./errors.ts";

describe("parseDuration", () => {
  it.each([
    ["7d", 604_800_000],
    ["1w", 604_800_000],
    ["12h", 43_200_000],
    ["30m", 1_800_000],
    ["1.5s", 1_500],
    ["PT5S", 5_000],
    ["PT0.2S", 200],
    ["P1DT12H30M", 131_400_000],
    ["P2W", 1_209_600_000],
    ["0s", 0],
  ])("reads %s as %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(text).toMatch(new RegExp(DURATION_PATTERN));
  });

  it.each(["", "7", "d", "7 d", "-7d", "1d12h", "P", "PT", "P1M", "P1Y", "PT1D", "P1DT", "7days", "1e3s"])(
    "refuses %j",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
      expect(text).not.toMatch(new RegExp(DURATION_PATTERN));
    },
  );
});

test.each([
  ["PT0.2S", 200],
  ["PT5S", 5000],
  ["PT30S", 30_000],
  ["PT1M30S", 90_000],
  ["PT90M", 5_400_000],
  ["PT2H", 7_200_000],
  ["P1D", 86_400_000],
  ["P1DT12H", 129_600_000],
  ["P2DT3H4M5.006S", 183_845_006],
  ["PT0S", 0],
  ["PT0.0015S", 2],
  ["PT0.000000001S", 0],
])("%s is %d ms", (text, ms) => {
  expect(parseIsoDuration(text)).toBe(ms);
});

test.each([
  "",
  "P",
  "PT",
  "P1DT",
  "5s",
  "200ms",
  "PT5",
  "T5S",
  "1S",
  "P1W", // Java's Duration knows no weeks, months and years
  "P1M",
  "P1Y",
  "PT-5S",
  "-PT5S",
  "PT1.5M",
  "PT.5S",
  "PT5S1M",
  " PT5S",
  "PT5S\n",
])("%j is no duration", (text) => {
  expect(parseIsoDuration(text)).toBeUndefined();
});

test.each([5, null, undefined, ["PT5S"]])("what is no text, such as %j, is refused with place and cure", (value) => {
  const read = () => isoDurationMs(value, "steps.learn.delivery.timeout");

  expect(read).toThrow(ConfigurationError);
  expect(read).toThrow(
    /^steps\.learn\.delivery\.timeout is .*: write an ISO 8601 duration such as PT0\.2S or PT1M30S$/,
  );
});
