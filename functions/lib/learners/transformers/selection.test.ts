import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FeatureSelection, selection } from "./selection.ts";

const context = { isIndicator: (name: string) => name.startsWith("origin_") };
const selected = (only: FeatureSelection, name: string) => selection(only, context)?.(name);

describe("only:", () => {
  test("left out selects everything", () => {
    expect(selection(undefined, context)).toBeUndefined();
  });

  test("numbers selects all but indicators", () => {
    expect(selected("numbers", "distance")).toBe(true);
    expect(selected("numbers", "origin_LAX")).toBe(false);
  });

  test.each([
    [["distance"], "distance", true],
    [["distance"], "distances", false],
    [["a", "b"], "b", true],
    [["hour_*"], "hour_sin", true],
    [["hour_*"], "hour_", true],
    [["hour_*"], "hour", false],
    [["*_sin"], "hour_sin", true],
    [["*_sin"], "hour_sine", false],
    [["a*a"], "a", false],
    [["a*a"], "aa", true],
    [["a*b*c"], "a-b-b-c", true],
    [["*"], "", true],
    [["*"], "two\nlines", true],
    [["a.c"], "abc", false],
    [["__proto__"], "constructor", false],
  ])("%j and the name %j: %s", (only, name, yes) => {
    expect(selected(only, name)).toBe(yes);
  });

  test("a glob selects what the regular expression selects that it stands for", () => {
    const few = (letters: string) => fc.string({ unit: fc.constantFrom(...letters), maxLength: 8 });
    fc.assert(
      fc.property(few("ab*"), few("ab"), (glob, name) => {
        expect(selected([glob], name)).toBe(new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });
});
