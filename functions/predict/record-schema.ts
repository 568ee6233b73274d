// A pipeline's record as JSON Schema 2020-12, as OpenAPI 3.1 uses it: what decodeJson accepts, as far as a schema can say it.

import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { Field } from "../lib/pipeline/record/field.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

// Milliseconds of the years 0 to 9999, as in timestamp.ts.
const FIRST_MS = -62_167_219_200_000;
const LAST_MS = 253_402_300_799_999;
const LONG_LIMIT = 2 ** 52;

export function recordSchema({ name, description, recordFields, targetField }: Pipeline): JsonSchema {
  const properties = recordFields.map((field) => {
    const schema = fieldSchema(field);
    return [
      field.name,
      field.name === targetField ? { ...schema, description: "the target, where it is known" } : schema,
    ];
  });
  return {
    title: `Record of ${name}`,
    ...(description === "" ? {} : { description }),
    type: "object",
    properties: Object.fromEntries(properties),
    required: recordFields.filter((field) => field.default === undefined).map((field) => field.name),
    additionalProperties: false,
  };
}

function fieldSchema(field: Field): JsonSchema {
  const schema = typeSchema(field);
  const byDefault = field.default === undefined ? {} : { default: field.default };
  if (!field.nullable) return { ...schema, ...byDefault };
  return { ...nullable(schema), ...byDefault };
}

function typeSchema({ type, maxLength, symbols, logical }: Field): JsonSchema {
  switch (type) {
    case "boolean":
      return { type: "boolean" };
    case "int":
      return { type: "integer", format: "int32", minimum: -(2 ** 31), maximum: 2 ** 31 - 1 };
    case "long":
      return { type: "integer", format: "int64", minimum: 1 - LONG_LIMIT, maximum: LONG_LIMIT - 1 };
    case "float":
    case "double":
      return { type: "number", format: type };
    case "string":
      return { type: "string", maxLength };
    case "enum":
      return { type: "string", enum: [...symbols] };
    case "uuid":
      return { type: "string", format: "uuid" };
    case "decimal":
      return { anyOf: [{ type: "number" }, { type: "string", description: decimalText(logical) }] };
    case "date":
      return {
        anyOf: [
          { type: "string", format: "date" },
          { type: "integer", format: "int64", minimum: FIRST_MS, maximum: LAST_MS, description: "epoch milliseconds" },
        ],
      };
    case "timestamp":
      return {
        anyOf: [
          { type: "string", format: "date-time", description: "with its zone" },
          { type: "integer", format: "int64", minimum: FIRST_MS, maximum: LAST_MS, description: "epoch milliseconds" },
        ],
      };
  }
}

function decimalText(logical: Field["logical"]): string {
  if (logical?.kind !== "decimal") return "decimal";
  return `decimal of ${logical.precision} digits, ${logical.scale} of them fractions`;
}

function nullable(schema: JsonSchema): JsonSchema {
  const { type, anyOf, enum: symbols } = schema;
  if (Array.isArray(anyOf)) return { anyOf: [...anyOf, { type: "null" }] };
  return { ...schema, type: [type, "null"], ...(Array.isArray(symbols) && { enum: [...symbols, null] }) };
}
