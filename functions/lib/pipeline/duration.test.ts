import { describe, expect, it } from "vitest";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";

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
