import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { MAX_FILE_BYTES, parseYaml } from "./yaml.ts";

const parse = (text: string) => parseYaml(text, "some.yaml");

describe("parseYaml", () => {
  test("reads maps, lists, text, numbers, and aliases of them", () => {
    const text = "a: &x { b: 1.5, c: [yes, true, null, 2001-01-01] }\nd: *x\n1: one";
    const x = { b: 1.5, c: ["yes", true, null, "2001-01-01"] };
    expect(parse(text)).toEqual({ a: x, d: x, "1": "one" });
  });

  test("keeps a key called __proto__ as a key", () => {
    const value = parse("__proto__: { admin: true }") as object;
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  const layer = (name: string, of: string) => `${name}: &${name} [${`*${of}, `.repeat(9)}]\n`;
  test.each([
    ["nothing", "", "is empty"],
    ["only a comment", "# later", "is empty"],
    ["a file too large", `a: ${"x".repeat(MAX_FILE_BYTES)}`, "256 KiB"],
    ["an alias bomb", `a: &a [x]\n${layer("b", "a")}${layer("c", "b")}${layer("d", "c")}${layer("e", "d")}`, "alias"],
    ["an alias within its own anchor", "a: &a [*a]", "deeper than 32"],
    ["an alias of nothing", "a: *b", "Unresolved alias"],
    ["deep nesting", "[".repeat(2_000) + "]".repeat(2_000), "some.yaml"],
    ["a key that stands twice", "a: 1\nb: 2\na: 3", "line 3"],
    ["a key that is a list", "? [a]\n: 1", "keys must be strings"],
    ["a tag", "a: !!binary aGVsbG8=", "Unresolved tag"],
    ["a number that is not finite", "a: [.nan]", "not finite"],
    ["half a character", 'a: "\\ud800"', "half a character"],
    ["several documents", "a: 1\n---\nb: 2", "several documents: make a file of each"],
    ["no YAML", "a: [1", "not valid YAML"],
  ])("refuses %s", (_, text, problem) => {
    expect(() => parse(text)).toThrow(ConfigurationError);
    expect(() => parse(text)).toThrow(problem);
    expect(() => parse(text)).toThrow("some.yaml");
  });

  test("takes no quadratic time for many keys", () => {
    const text = `{${Array.from({ length: 20_000 }, (_, i) => `${i}:`).join(",")}}`;
    expect(Object.keys(parse(text) as object)).toHaveLength(20_000);
  });

  test("throws nothing but ConfigurationError", () => {
    const token = fc.constantFrom(
      "a",
      ": ",
      "- ",
      "\n",
      "  ",
      "[",
      "]",
      "{",
      "}",
      "&a ",
      "*a",
      "!!set ",
      '"',
      "'",
      "|",
      "? ",
      ",",
      "<<",
      "#",
      "%",
      "---",
      "\t",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(token, { maxLength: 40 }).map((tokens) => tokens.join("")),
          fc.string(),
        ),
        (text) => {
          try {
            parse(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigurationError);
          }
        },
      ),
    );
  });
});
