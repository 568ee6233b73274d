// What the `type:` of a field says, in a pipeline's own schema and in a registry's alike.

import { show } from "../../problems.ts";
import type { FieldType } from "./field.ts";
import { type Logical, readLogical } from "./logical.ts";

/** What a field's `type:` says. */
export interface Shape {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly logical?: Logical;
  readonly enum?: Enum;
}

interface Enum {
  readonly symbols: readonly string[];
  readonly default?: string;
  /** Without namespaces. */
  readonly names: readonly string[];
}

/** By name and by full name: the types that a schema has defined so far. */
export type NamedShapes = Map<string, Shape>;

const PRIMITIVES: ReadonlySet<unknown> = new Set(["boolean", "int", "long", "float", "double", "string"]);
const SUPPORTED =
  "boolean, int, long, float, double, string, enum, the logical types timestamp-millis, -micros and -nanos, date, decimal and " +
  "uuid, or one of them in a union with null";

/** The shape of a field's type, or what is wrong with it. Types that it defines are added to `known`. */
export function readShape(type: unknown, known: NamedShapes): Shape | string {
  if (Array.isArray(type)) {
    const others = type.filter((branch) => branch !== "null");
    if (type.length !== 2 || others.length !== 1) return `a union must be of null and one other type: ${SUPPORTED}`;
    const inner = readShape(others[0], known);
    return typeof inner === "string" ? inner : { ...inner, nullable: true };
  }
  if (typeof type === "string") {
    if (PRIMITIVES.has(type)) return { type: type as FieldType, nullable: false };
    return known.get(type) ?? `${show(type)} is not supported: use ${SUPPORTED}`;
  }
  if (typeof type !== "object" || type === null) return `${show(type)} is no type: use ${SUPPORTED}`;
  const found = readObject(type as Readonly<Record<string, unknown>>);
  const { name, namespace } = type as { readonly name?: unknown; readonly namespace?: unknown };
  if (typeof found === "object" && typeof name === "string") {
    known.set(name, found);
    if (typeof namespace === "string") known.set(`${namespace}.${name}`, found);
  }
  return found;
}

function readObject(type: Readonly<Record<string, unknown>>): Shape | string {
  const { type: base, logicalType } = type;
  if (logicalType !== undefined) {
    const logical = readLogical(type);
    return typeof logical === "string" ? logical : { type: logical.kind, nullable: false, logical };
  }
  if (base === "enum") return readEnum(type);
  if (PRIMITIVES.has(base)) return { type: base as FieldType, nullable: false };
  return `${show(base)} is not supported in a record: use flat fields of ${SUPPORTED}`;
}

function readEnum({ name, symbols, aliases, ...rest }: Readonly<Record<string, unknown>>): Shape | string {
  if (typeof name !== "string" || !Array.isArray(symbols)) return "an enum has a name and symbols";
  const fallback = rest["default"];
  const names = [name, ...(Array.isArray(aliases) ? aliases.map(String) : [])].map(simpleName);
  const found = { symbols: symbols.map(String), names, ...(typeof fallback === "string" && { default: fallback }) };
  return { type: "enum", nullable: false, enum: found };
}

/** A name without its namespace. */
export function simpleName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
