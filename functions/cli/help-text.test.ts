import { describe, expect, test } from "vitest";
import { fitHelp } from "./help-text.ts";

const HELP = `
Examples:
  wadi emit a.csv --pipeline line                          each row has its truth
  wadi emit flights.csv --pipeline flights --late-labels 2h
                                                           the truth follows

This paragraph was broken by hand at 120 columns, as the source has it, and so its second line goes on
with it.
Another one.`;

describe("help", () => {
  test("stays as it was written where it fits", () => {
    expect(fitHelp(HELP, 120)).toBe(HELP);
  });

  test("goes below its command where it does not, and paragraphs are broken again", () => {
    expect(fitHelp(HELP, 60)).toBe(`
Examples:
  wadi emit a.csv --pipeline line
      each row has its truth
  wadi emit flights.csv --pipeline flights --late-labels 2h
      the truth follows

This paragraph was broken by hand at 120 columns, as the
source has it, and so its second line goes on with it.
Another one.`);
  });

  test("a command that is longer than a line can still be pasted", () => {
    const long = `  wadi predict --pipeline flights '{"date": "2001-01-01T08:30:00Z", "x": 1}' --json | jq '.outputs[0]'`;

    expect(fitHelp(long, 50)).toBe(`  wadi predict --pipeline flights \\
      '{"date": "2001-01-01T08:30:00Z", "x": 1}' \\
      --json | jq '.outputs[0]'`);
  });
});
