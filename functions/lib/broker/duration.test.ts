import { expect, test } from "vitest";
import { ConfigurationError } from "../errors.ts";
import { isoDurationMs, parseIsoDuration } from "./duration.ts";

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
