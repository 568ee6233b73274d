import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isMap, isScalar, parseDocument, visit } from "yaml";
import { readPlainYaml } from "./plain-yaml.ts";

const PIPELINES = join(import.meta.dirname, "../../../../helm/pipelines");

/** As parseYaml has the library read it: the value, or undefined where the library or parseYaml refuses it. */
function byLibrary(text: string): { readonly value: unknown } | undefined {
  const options = { uniqueKeys: false, stringKeys: true, resolveKnownTags: false, logLevel: "silent" } as const;
  const document = parseDocument(text, { version: "1.2", schema: "core", ...options });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  let isTwice = false;
  visit(document, {
    Map(_, map) {
      if (!isMap(map)) return;
      const keys = map.items.map(({ key }) => (isScalar(key) ? key.value : key));
      isTwice ||= new Set(keys).size < keys.length;
    },
  });
  return isTwice ? undefined : { value: document.toJS() };
}

/** Y1. Whether it was read here. */
function agrees(text: string): boolean {
  const value = readPlainYaml(text);
  if (value === undefined) return false;
  expect({ value }).toEqual(byLibrary(text));
  return true;
}

test.each(readdirSync(PIPELINES))(
  "the pipeline file %s is read without the library, and as the library reads it",
  (file) => {
    expect(agrees(readFileSync(join(PIPELINES, file), "utf8"))).toBe(true);
  },
);

test.each([
  ["a block of text", "a: |\n  b\n"],
  ["an anchor", "a: &x 1\nb: 2"],
  ["a tag", "a: !!str 1"],
  ["a flow collection of several lines", "a: [1,\n  2]"],
  ["text of several lines", "a: b\n  c"],
  ["an escape", 'a: "\\n"'],
  ["a quotation mark that is doubled", "a: 'it''s'"],
  ["a key that stands twice", "a: 1\na: 2"],
  ["the key __proto__", "__proto__: 1"],
  ["a number in another notation", "a: 0x1F"],
  ["a tab", "a:\t1"],
  ["several documents", "a: 1\n---\nb: 2"],
  ["what is no YAML", "a: [1"],
  ["nothing", "# later"],
])("%s is left to the library", (_, text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});

const scalars = fc.constantFrom(
  ...[
    "1",
    "-1",
    "0",
    "-0",
    "01",
    "1.5",
    "1.",
    ".5",
    "1e3",
    "1e-4",
    "+1",
    "0x1F",
    "0o7",
    "1_000",
    "7d",
    "2001-01-01",
    "12:30",
    "9007199254740993",
  ],
  ...[
    "null",
    "Null",
    "~",
    "true",
    "TRUE",
    "yes",
    "off",
    ".inf",
    ".nan",
    "a",
    "a b",
    "it's",
    "a:b",
    "a: b",
    "a:",
    "a #b",
    "a#b",
    "é",
    "%",
    "@a",
  ],
  ...[
    "'x'",
    "'1'",
    '"x"',
    '"a: b"',
    "'a #b'",
    '"a\\nb"',
    "'it''s'",
    "",
    "[]",
    "{}",
    "[a, 1]",
    "[a,b]",
    "[ a , b ]",
    "[a, ]",
    "{a: 1}",
    "{ a: [b] }",
  ],
  ...[
    "{ a: b, c: { d: 1 } }",
    "{a:1}",
    "[a: 1]",
    "{ a }",
    "[[1], {b: 2}]",
    '{ "a": 1 }',
    "[a]b",
    "{a: 1}: 2",
    "[a, b] # c",
    "[a]#c",
    "&x",
    "*x",
    "|",
    ">",
    "!t",
    "- a",
    "? a",
    "a - b",
    "-",
    "--",
    "->",
  ],
);
const keys = fc.constantFrom(
  "a",
  "b",
  "c",
  "a-b",
  "1",
  "10",
  "null",
  "true",
  '"k"',
  "'k'",
  "a b",
  "__proto__",
  "<<",
  "-a",
  "1.0",
);

/** Lines of which many make a map or a list, and some make neither. */
const lines = fc.record({
  indent: fc.constantFrom(0, 0, 2, 2, 4, 1),
  hyphen: fc.constantFrom("", "", "- ", "-   ", "-"),
  key: fc.option(keys),
  scalar: scalars,
  end: fc.constantFrom("", "", " ", " # x", "#"),
});
const texts = fc
  .array(lines, { minLength: 1, maxLength: 6 })
  .map((all) =>
    all
      .map(
        ({ indent, hyphen, key, scalar, end }) =>
          `${" ".repeat(indent)}${hyphen}${key === null ? "" : `${key}: `}${scalar}${end}`,
      )
      .join("\n"),
  );
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(keys, tie("value"), { maxKeys: 4 }),
  ),
}));

/** In block style, its lines with this indent. */
function written(value: unknown, indent: string): string {
  if (typeof value === "string") return ` ${value}\n`;
  const members = Array.isArray(value)
    ? value.map((one) => `${indent}-${written(one, `${indent}  `)}`)
    : Object.entries(value as object).map(([key, one]) => `${indent}${key}:${written(one, `${indent}  `)}`);
  return members.length === 0 ? " []\n" : `\n${members.join("")}`;
}

test("what is read here is what the library reads: lines at random", () => {
  let read = 0;
  fc.assert(
    fc.property(texts, (text) => void (agrees(text) && read++)),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(50);
});

test("what is read here is what the library reads: nested maps and lists", () => {
  let read = 0;
  fc.assert(
    fc.property(values.value, (value) => void (agrees(written(value, "")) && read++)),
    { numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(50);
});
