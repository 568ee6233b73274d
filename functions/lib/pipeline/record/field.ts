// One field of a record: its Avro type, and the values it takes, from JSON and Avro alike.

import { DAY_MS } from "../../duration.ts";
import type { FieldValue } from "../../events/vocabulary.ts";
import type { FieldKind } from "../../features/feature.ts";
import { type Logical, roundedDecimal } from "./logical.ts";
import { isTimestamp, parseDate, parseTimestamp } from "./timestamp.ts";

/** The last four are logical types; `timestamp` is a long in one of three units. */
export type FieldType =
  | ("boolean" | "int" | "long" | "float" | "double" | "string" | "enum")
  | ("timestamp" | "date" | "decimal" | "uuid");

export interface Field {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: FieldType;
  /** How Avro writes it, of the logical types. */
  readonly logical: Logical | undefined;
  /** A union with null. */
  readonly nullable: boolean;
  /** The value of an absent field; undefined where it may not be absent. */
  readonly default: FieldValue | undefined;
  /** Of strings, in UTF-16 units. */
  readonly maxLength: number;
  /** Of enums. */
  readonly symbols: ReadonlySet<string>;
  /** Of enums: its name and its aliases, without namespaces. */
  readonly enumNames: readonly string[];
  /** Of enums: replaces a symbol of an older schema that this one lacks. */
  readonly symbolDefault: string | undefined;
}

// What a pipeline takes was always below it: avsc, which others write with, misreads longs past it (mtth/avsc#455).
const LONG_LIMIT = 2 ** 52;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const DECIMAL = /^-?[0-9]+(\.[0-9]+)?$/;
const MAX_DECIMAL_LENGTH = 100;

/** The longest string a record may hold, in UTF-16 units. */
export const MAX_STRING_LENGTH = 8_192;

export function kindOf(type: FieldType): FieldKind {
  if (type === "boolean") return "boolean";
  if (type === "timestamp" || type === "date") return "timestamp";
  return type === "string" || type === "enum" || type === "uuid" ? "string" : "number";
}

/**
 * The value as the record holds it, or undefined where it does not fit. A float is rounded to 32 bits, so that a record is
 * the same whether it came as JSON or as Avro.
 */
export function readField(field: Field, value: unknown): FieldValue | undefined {
  const read = readValue(field, value);
  // The journal keeps JSON, which has no -0: what is read before a restart is what is read after it.
  return typeof read === "number" ? read + 0 : read;
}

function readValue(field: Field, value: unknown): FieldValue | undefined {
  if (value === null) return field.nullable ? null : undefined;
  switch (field.type) {
    case "double":
      return typeof value === "number" && Number.isFinite(value) ? value : undefined;
    case "string":
      return typeof value === "string" && value.length <= field.maxLength && value.isWellFormed() ? value : undefined;
    case "timestamp":
      if (typeof value === "string") return parseTimestamp(value);
      return typeof value === "number" && isTimestamp(value) ? value : undefined;
    case "date":
      if (typeof value === "string") return parseDate(value);
      return typeof value === "number" && isTimestamp(value) && value % DAY_MS === 0 ? value : undefined;
    case "decimal":
      return readDecimal(field, value);
    case "uuid":
      return typeof value === "string" && UUID.test(value) ? value.toLowerCase() : undefined;
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "int":
      return Number.isInteger(value) && Math.abs((value as number) + 0.5) < 2 ** 31 ? (value as number) : undefined;
    case "long":
      return Number.isInteger(value) && Math.abs(value as number) < LONG_LIMIT ? (value as number) : undefined;
    case "float": {
      const rounded = typeof value === "number" ? Math.fround(value) : Number.NaN;
      return Number.isFinite(rounded) ? rounded : undefined;
    }
    case "enum":
      return typeof value === "string" && field.symbols.has(value) ? value : undefined;
  }
}

/** Rounded to its scale, so that a record is the same whether it came as JSON or as Avro. */
function readDecimal({ logical }: Field, value: unknown): number | undefined {
  if (logical?.kind !== "decimal") return undefined;
  if (typeof value === "number") return roundedDecimal(value, logical);
  const isText = typeof value === "string" && value.length <= MAX_DECIMAL_LENGTH && DECIMAL.test(value);
  return isText ? roundedDecimal(Number(value), logical) : undefined;
}

const EXPECTED: Readonly<Record<FieldType, string>> = {
  boolean: "true or false",
  int: "a whole number of 32 bits",
  long: "a whole number below 2^52",
  float: "a number that fits 32 bits",
  double: "a finite number",
  string: "text",
  enum: "one of its symbols",
  timestamp: "a time with its zone, such as 2001-01-31T08:30:00Z, or whole epoch milliseconds of the years 0 to 9999",
  date: "a date such as 2001-01-31, or the epoch milliseconds of its midnight in UTC, of the years 0 to 9999",
  decimal: "a decimal number, or one as text,",
  uuid: "a UUID such as 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
};

/** What is wrong with a value that `readField` did not take. */
export function fieldProblem(field: Field, value: unknown): string {
  if (typeof value === "string" && field.type === "string") {
    if (value.length > field.maxLength) return `is longer than ${field.maxLength} characters`;
    if (!value.isWellFormed()) return "holds half a character (a lone surrogate)";
  }
  const expected = expectedOf(field);
  return `must be ${expected}${field.nullable ? ", or null" : ""}, and is ${describe(value)}`;
}

function expectedOf({ type, symbols, logical }: Field): string {
  if (type === "enum") return `one of ${[...symbols].slice(0, 20).join(", ")}`;
  if (logical?.kind !== "decimal") return EXPECTED[type];
  return `${EXPECTED.decimal} of ${logical.precision} digits, ${logical.scale} of them fractions`;
}

/** The type of a JSON value in words; the value itself only where it is short. */
export function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (ArrayBuffer.isView(value)) return "bytes";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return Number.isFinite(value) ? `the number ${value}` : "not a finite number";
  if (typeof value === "string" && value.length <= 40) return `the text ${JSON.stringify(value)}`;
  if (typeof value === "bigint") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  return `a ${typeof value}`;
}
