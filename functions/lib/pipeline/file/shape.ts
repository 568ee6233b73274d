// The first check of a pipeline file: its shape, against the JSON Schema. Interpreted, not compiled: ajv takes 75 ms and more
// to compile this schema, most of the time that a cold start may take, for one file of some hundred values. And where a choice
// (`anyOf`) fails, only the branch that was meant is explained; a validator would list every alternative. The tests compare it
// with ajv.

import { suggestion } from "../../nearest.ts";
import { type Path, Problems, show } from "../../problems.ts";
import { type Choice, constOf, meantBranch, typeOf, typesOf } from "./alternative.ts";
import { type JsonSchema, pipelineSchema } from "./schema.ts";

let schema: JsonSchema | undefined;

/** Adds what is wrong with the shape of `value`. */
export function checkShape(value: unknown, problems: Problems): void {
  schema ??= pipelineSchema();
  check(schema, value, [], problems);
}

/** The keywords of JSON Schema (draft 7) that `check` knows; a test makes sure that no registry uses others. */
export const ASSERTIONS = new Set(
  (
    "type const enum anyOf oneOf allOf not required properties additionalProperties propertyNames minProperties maxProperties " +
    "items minItems maxItems uniqueItems minLength maxLength pattern minimum maximum exclusiveMinimum exclusiveMaximum"
  ).split(" "),
);
export const ANNOTATIONS = new Set(["$schema", "title", "description", "default", "examples", "patternErrorMessage"]);

/** Adds the problems of a value that does not fit the schema. */
export function check(schema: JsonSchema, value: unknown, path: Path, problems: Problems): void {
  const types = typesOf(schema);
  if (!types.includes(typeOf(value)) || (schema["type"] === "integer" && !Number.isInteger(value))) {
    const expected = schema["type"] === "integer" ? ["integer"] : types;
    if ("const" in schema) problems.add(path, `must be ${show(schema["const"])}, and is ${show(value)}`);
    else problems.add(path, `must be ${inWords(expected)}, and is ${show(value)}`);
    return;
  }
  if ("const" in schema && schema["const"] !== value) {
    problems.add(path, `must be ${show(schema["const"])}, and is ${show(value)}`);
  }
  const values = schema["enum"] as readonly unknown[] | undefined;
  if (values && !values.includes(value)) problems.add(path, unknown(value, values));
  for (const part of list(schema["allOf"])) check(part, value, path, problems);
  const excluded = schema["not"] as JsonSchema | undefined;
  if (excluded && fits(excluded, value)) problems.add(path, notTogether(excluded));
  for (const keyword of ["anyOf", "oneOf"] as const) checkChoice(keyword, schema, value, path, problems);
  if (typeof value === "string") checkText(schema, value, path, problems);
  else if (typeof value === "number") checkNumber(schema, value, path, problems);
  else if (Array.isArray(value)) checkList(schema, value, path, problems);
  else if (typeof value === "object" && value !== null) checkMap(schema, value as JsonSchema, path, problems);
}

function list(schemas: unknown): readonly JsonSchema[] {
  return (schemas as readonly JsonSchema[] | undefined) ?? [];
}

function notTogether({ required }: JsonSchema): string {
  if (!Array.isArray(required)) return "is excluded by the schema: write it another way";
  return `${required.join(" and ")} do not go together: remove one`;
}

function fits(schema: JsonSchema, value: unknown): boolean {
  const trial = new Problems();
  check(schema, value, [], trial);
  return !trial.any;
}

function checkChoice(
  keyword: "anyOf" | "oneOf",
  schema: JsonSchema,
  value: unknown,
  path: Path,
  problems: Problems,
): void {
  const branches = list(schema[keyword]);
  if (branches.length === 0) return;
  if (keyword === "anyOf" && branches.some((branch) => fits(branch, value))) return;
  const fitting = keyword === "anyOf" ? 0 : branches.filter((branch) => fits(branch, value)).length;
  if (fitting === 1) return;
  if (fitting > 1) problems.add(path, "can be read in more than one way: be more explicit");
  else explain(meantBranch(branches, value), branches, value, path, problems);
}

function explain(
  choice: Choice,
  branches: readonly JsonSchema[],
  value: unknown,
  path: Path,
  problems: Problems,
): void {
  if (choice.kind === "branch") check(choice.branch, value, path, problems);
  else if (choice.kind === "values") problems.add(path, unknown(value, choice.known));
  else if (choice.kind === "key") {
    const keys = Object.keys(value as object);
    if (keys.length === 0) problems.add(path, `is empty: name one of ${choice.known.join(", ")}`);
    for (const key of keys) problems.add([...path, key], `is not known here${suggestion(key, choice.known)}`);
  } else if (choice.kind === "tag") {
    const given = constOf({ properties: value }, choice.tag, false);
    if (given !== undefined) problems.add([...path, choice.tag], unknown(given, choice.known));
    else problems.add(path, `has no ${show(choice.tag)}: add it, one of ${choice.known.join(", ")}`);
  } else {
    problems.add(path, `must be ${inWords([...new Set(branches.flatMap(typesOf))])}, and is ${show(value)}`);
  }
}

function checkText(schema: JsonSchema, value: string, path: Path, problems: Problems): void {
  const { minLength, maxLength, pattern } = schema as { minLength?: number; maxLength?: number; pattern?: string };
  const length = [...value].length;
  if (minLength !== undefined && length < minLength)
    problems.add(path, `${show(value)} is shorter than ${minLength} characters`);
  if (maxLength !== undefined && length > maxLength) {
    problems.add(path, `${show(value)} is longer than ${maxLength} characters: shorten it`);
  } else if (pattern !== undefined && !new RegExp(pattern, "u").test(value)) {
    problems.add(path, `${show(value)} is not allowed: ${schema["patternErrorMessage"] ?? `it must match ${pattern}`}`);
  }
}

function checkNumber(schema: JsonSchema, value: number, path: Path, problems: Problems): void {
  const bounds: readonly [string, (bound: number) => boolean, string][] = [
    ["minimum", (bound) => value >= bound, "at least"],
    ["maximum", (bound) => value <= bound, "at most"],
    ["exclusiveMinimum", (bound) => value > bound, "more than"],
    ["exclusiveMaximum", (bound) => value < bound, "less than"],
  ];
  for (const [keyword, holds, words] of bounds) {
    const bound = schema[keyword];
    if (typeof bound === "number" && !holds(bound)) problems.add(path, `must be ${words} ${bound}, and is ${value}`);
  }
}

function checkList(schema: JsonSchema, value: readonly unknown[], path: Path, problems: Problems): void {
  checkCount(schema, "Items", value.length, path, problems);
  const items = schema["items"] as JsonSchema | undefined;
  const seen = new Map<string, number>();
  for (const [i, item] of value.entries()) {
    if (items) check(items, item, [...path, i], problems);
    if (schema["uniqueItems"] !== true) continue;
    const text = JSON.stringify(item);
    const before = seen.get(text);
    if (before === undefined) seen.set(text, i);
    else problems.add([...path, i], `is the same as entry ${before}: remove one`);
  }
}

function checkMap(schema: JsonSchema, value: JsonSchema, path: Path, problems: Problems): void {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const additional = schema["additionalProperties"] as JsonSchema | boolean | undefined;
  const names = schema["propertyNames"] as JsonSchema | undefined;
  if (schema["minProperties"] === 1 && schema["maxProperties"] === 1 && Object.keys(value).length !== 1) {
    problems.add(path, "must have one key: the name, with its options under it");
  } else checkCount(schema, "Properties", Object.keys(value).length, path, problems);
  for (const key of (schema["required"] ?? []) as readonly string[]) {
    if (!Object.hasOwn(value, key)) problems.add(path, `has no ${show(key)}: add it`);
  }
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, key];
    if (names) check(names, key, at, problems);
    if (Object.hasOwn(properties, key)) check(properties[key] as JsonSchema, child, at, problems);
    else if (additional === false) problems.add(at, `is not known here${suggestion(key, Object.keys(properties))}`);
    else if (typeof additional === "object") check(additional, child, at, problems);
  }
}

function checkCount(
  schema: JsonSchema,
  of: "Items" | "Properties",
  count: number,
  path: Path,
  problems: Problems,
): void {
  const { [`min${of}`]: min, [`max${of}`]: max } = schema;
  if (typeof min === "number" && count < min) problems.add(path, `must have at least ${min} entries, and has ${count}`);
  if (typeof max === "number" && count > max) problems.add(path, `must have at most ${max} entries, and has ${count}`);
}

const WORDS: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
};

function inWords(types: readonly string[]): string {
  return types.map((type) => WORDS[type] ?? type).join(" or ");
}

function unknown(value: unknown, known: readonly unknown[]): string {
  if (typeof value !== "string") return `must be one of ${known.map(String).join(", ")}, and is ${show(value)}`;
  const names = known.filter((name) => typeof name === "string");
  return `${show(value)} is not known${suggestion(value, names)}`;
}
