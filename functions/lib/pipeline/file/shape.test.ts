import { readFileSync } from "node:fs";
import { Ajv, type AnySchema } from "ajv";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Problems } from "../../problems.ts";
import { PUBLISHED, publishedText } from "./publish-schema.ts";
import { type JsonSchema, pipelineSchema } from "./schema.ts";
import { ANNOTATIONS, ASSERTIONS, check, checkShape } from "./shape.ts";
import { parseYaml } from "./yaml.ts";

const flights = parseYaml(
  readFileSync(new URL("../../../../helm/pipelines/flights.yaml", import.meta.url), "utf8"),
  "f",
);
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
ajv.addKeyword("patternErrorMessage");
const validate = ajv.compile(pipelineSchema() as AnySchema);

function shapeFits(value: unknown): boolean {
  const problems = new Problems();
  checkShape(value, problems);
  return !problems.any;
}

/** Every schema within a schema. */
function* schemasIn(schema: unknown): Generator<JsonSchema> {
  if (typeof schema !== "object" || schema === null) return;
  yield schema as JsonSchema;
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "properties") for (const child of Object.values(value as object)) yield* schemasIn(child);
    else if (/^(anyOf|oneOf|allOf)$/.test(keyword)) for (const child of value as unknown[]) yield* schemasIn(child);
    else if (/^(items|additionalProperties|propertyNames|not)$/.test(keyword)) yield* schemasIn(value);
  }
}

describe("the published JSON Schema", () => {
  test("is what the registries make it; if not: node functions/lib/pipeline/file/publish-schema.ts", () => {
    expect(readFileSync(PUBLISHED, "utf8")).toBe(publishedText());
  });

  test("is valid JSON Schema", () => {
    expect(ajv.validateSchema(JSON.parse(publishedText())), ajv.errorsText()).toBe(true);
  });

  test("uses no keyword that the check does not know", () => {
    for (const schema of schemasIn(pipelineSchema())) {
      for (const keyword of Object.keys(schema))
        expect(ASSERTIONS.has(keyword) || ANNOTATIONS.has(keyword), keyword).toBe(true);
    }
  });
});

describe("the check of the shape", () => {
  const junk = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      1.5,
      1e9,
      "",
      "x",
      "mae",
      "numbers",
      "mean-regressor",
      [],
      {},
      ["mae"],
      { adagrad: {} },
      { rolling: "mae" },
    ),
    fc.jsonValue({ maxDepth: 2 }),
  );

  /** A copy of the value with one thing in it changed, removed or added; `choices` pick where and how. */
  function mutated(value: unknown, choices: readonly number[], what: unknown, depth = 0): unknown {
    const pick = choices[depth] ?? 0;
    if (typeof value !== "object" || value === null || depth >= choices.length - 1) return what;
    const keys = Object.keys(value);
    const key = keys[pick % (keys.length + 1)];
    if (Array.isArray(value)) {
      if (key === undefined) return [...value, what];
      return value.map((child, i) => (String(i) === key ? mutated(child, choices, what, depth + 1) : child));
    }
    if (key === undefined) return { ...value, [`${keys[0] ?? "x"}s`]: what };
    if (pick % 7 === 0) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    return Object.fromEntries(
      Object.entries(value).map(([name, child]) => [
        name,
        name === key ? mutated(child, choices, what, depth + 1) : child,
      ]),
    );
  }

  test("agrees with ajv on flights.yaml and on whatever it is changed to", () => {
    expect([shapeFits(flights), validate(flights)]).toEqual([true, true]);
    const choices = fc.array(fc.nat(30), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(choices, junk, (where, what) => {
        const value = mutated(flights, where, what);
        expect(shapeFits(value)).toBe(validate(value));
      }),
      { numRuns: 2_000 },
    );
  });

  test("agrees with ajv on each keyword", () => {
    const schemas: JsonSchema[] = [
      { type: "integer", minimum: 0, exclusiveMaximum: 3 },
      { type: ["number", "null"], exclusiveMinimum: 0, maximum: 1 },
      { type: "string", minLength: 1, maxLength: 2, pattern: "^[a-m]*$" },
      { type: "array", items: { type: "number" }, minItems: 1, maxItems: 2, uniqueItems: true },
      {
        type: "object",
        required: ["a"],
        properties: { a: { type: "number" } },
        additionalProperties: { type: "string" },
        maxProperties: 2,
      },
      { type: "object", propertyNames: { pattern: "^a" }, minProperties: 1 },
      { oneOf: [{ type: "number" }, { type: "integer" }, { const: "x" }] },
      { anyOf: [{ enum: ["a", 1, null] }, { type: "object", properties: { as: { const: "x" } }, required: ["as"] }] },
      {
        allOf: [
          { type: "number", minimum: 1 },
          { type: "number", maximum: 2 },
        ],
      },
    ];
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        "a",
        "x",
        "ab",
        "zz",
        "😀😀",
        "",
        0,
        1,
        2,
        3,
        0.5,
        1.5,
        null,
        true,
        [1],
        [1, 1],
        [1, "a"],
        [],
        { a: 1 },
        { a: "1" },
        { a: 1, b: "c" },
        { as: "x" },
        { as: "y" },
      ),
      fc.jsonValue({ maxDepth: 1 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...schemas), value, (schema, v) => {
        const problems = new Problems();
        check(schema, v, [], problems);
        expect(!problems.any).toBe(ajv.validate(schema as AnySchema, v));
      }),
      { numRuns: 1_000 },
    );
  });
});
