// Which alternative of a JSON Schema was meant, for a value that fits none of them.

import type { JsonSchema } from "./schema.ts";

export type Choice =
  /** This branch was meant: report what is wrong with it. */
  | { readonly kind: "branch"; readonly branch: JsonSchema }
  /** One of these names was meant. */
  | { readonly kind: "values"; readonly known: readonly unknown[] }
  /** A map was meant whose property `tag` is one of these. */
  | { readonly kind: "tag"; readonly tag: string; readonly known: readonly unknown[] }
  /** A map with one key was meant, the key one of these. */
  | { readonly kind: "key"; readonly known: readonly string[] }
  /** Not even the type is right. */
  | { readonly kind: "none" };

export function meantBranch(branches: readonly JsonSchema[], value: unknown): Choice {
  const fitting = branches.filter((branch) => typesOf(branch).includes(typeOf(value)));
  if (fitting.length === 0) return { kind: "none" };
  const tag = tagOf(fitting);
  if (tag !== undefined) {
    const known = fitting.map((branch) => constOf(branch, tag));
    const branch = fitting[known.indexOf(constOf({ properties: value }, tag, false))];
    return branch ? { kind: "branch", branch } : { kind: "tag", tag, known };
  }
  const keys = fitting.map(onlyKeyOf);
  if (keys.length > 1 && keys.every((key) => key !== undefined)) {
    const branch = fitting.find((_, i) => Object.hasOwn(value as object, keys[i] as string));
    return branch ? { kind: "branch", branch } : { kind: "key", known: keys };
  }
  const named = typeof value === "string" ? fitting.flatMap(namesOf) : [];
  if (named.length > 0) return { kind: "values", known: named };
  return { kind: "branch", branch: closest(fitting, value) };
}

/** The JSON types that a schema allows; an integer is a number here. */
export function typesOf(schema: JsonSchema): readonly string[] {
  const type = schema["type"];
  if (type !== undefined) return [type].flat().map((one) => (one === "integer" ? "number" : String(one)));
  if ("const" in schema) return [typeOf(schema["const"])];
  if (Array.isArray(schema["enum"])) return [...new Set(schema["enum"].map(typeOf))];
  const choices = (schema["anyOf"] ?? schema["oneOf"]) as readonly JsonSchema[] | undefined;
  if (choices) return [...new Set(choices.flatMap(typesOf))];
  return ["object", "array", "string", "number", "boolean", "null"];
}

export function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** The constant a property must be; with `schema` false, the property itself. */
export function constOf(branch: { readonly properties?: unknown }, key: string, schema = true): unknown {
  const properties = (branch.properties ?? {}) as Readonly<Record<string, unknown>>;
  if (!Object.hasOwn(properties, key)) return undefined;
  return schema ? (properties[key] as JsonSchema)["const"] : properties[key];
}

function namesOf(branch: JsonSchema): readonly unknown[] {
  if ("const" in branch) return [branch["const"]];
  return (branch["enum"] as readonly unknown[] | undefined) ?? [];
}

/** The property by which the branches of a choice differ: a constant in each of them. */
function tagOf(branches: readonly JsonSchema[]): string | undefined {
  const [first] = branches;
  if (branches.length < 2 || !first) return undefined;
  return Object.keys(first["properties"] ?? {}).find((key) =>
    branches.every((branch) => constOf(branch, key) !== undefined),
  );
}

/** The key of a branch that takes one key alone, `{ adagrad: ... }`. */
function onlyKeyOf(branch: JsonSchema): string | undefined {
  const required = (branch["required"] ?? []) as readonly string[];
  const [key] = required;
  return required.length === 1 && Object.keys(branch["properties"] ?? {}).length === 1 ? key : undefined;
}

/** The branch that knows most of the keys the value has. */
function closest(branches: readonly JsonSchema[], value: unknown): JsonSchema {
  const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
  const score = ({ properties }: JsonSchema) => keys.filter((key) => Object.hasOwn(properties ?? {}, key)).length;
  return branches.reduce((best, branch) => (score(branch) > score(best) ? branch : best));
}
