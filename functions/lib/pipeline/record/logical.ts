// Avro's logical types: what a value on the wire means, and how it is written there. A record holds a time and a date as epoch
// milliseconds, a decimal as a number, a uuid as text.
// https://avro.apache.org/docs/1.12.0/specification/#logical-types

import { DAY_MS } from "../../duration.ts";
import type { FieldValue } from "../../events/vocabulary.ts";

export type Logical =
  /** `perMs`: how many of its units are a millisecond. */
  | { readonly kind: "timestamp"; readonly perMs: number }
  | { readonly kind: "date" }
  /** `size`: of a fixed, in bytes; undefined: as many as it takes. */
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number; readonly size: number | undefined }
  | { readonly kind: "uuid"; readonly isText: boolean };

/** As many digits as the widest decimals of Parquet and Arrow. */
const MAX_PRECISION = 76;
const UUID_BYTES = 16;

const TIMESTAMPS: Readonly<Record<string, number>> = {
  "timestamp-millis": 1,
  "timestamp-micros": 1000,
  "timestamp-nanos": 1_000_000,
};

/** What a type with a `logicalType` is, or what is wrong with it. */
export function readLogical(type: Readonly<Record<string, unknown>>): Logical | string {
  const { type: base, logicalType, size } = type;
  const perMs = TIMESTAMPS[String(logicalType)];
  if (base === "long" && perMs !== undefined) return { kind: "timestamp", perMs };
  if (base === "int" && logicalType === "date") return { kind: "date" };
  if (logicalType === "uuid" && base === "string") return { kind: "uuid", isText: true };
  if (logicalType === "uuid" && base === "fixed" && size === UUID_BYTES) return { kind: "uuid", isText: false };
  if (logicalType === "decimal" && (base === "bytes" || base === "fixed")) return readDecimal(type);
  const cure =
    'use timestamp-millis, timestamp-micros or timestamp-nanos of "long", date of "int", decimal of "bytes" or a fixed, ' +
    'uuid of "string" or a fixed of 16 bytes, or leave it out';
  return `the logical type ${JSON.stringify(logicalType)} of ${JSON.stringify(base)} is not supported: ${cure}`;
}

function readDecimal({ type: base, precision, scale = 0, size }: Readonly<Record<string, unknown>>): Logical | string {
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (!isCount(precision) || precision < 1 || precision > MAX_PRECISION) {
    return `a decimal has a precision, how many digits it has, from 1 to ${MAX_PRECISION}: give it one`;
  }
  if (!isCount(scale) || scale > precision)
    return "a decimal's scale, how many digits are fractions, is 0 to its precision";
  if (base === "bytes") return { kind: "decimal", precision, scale, size: undefined };
  if (!isCount(size) || size < bytesFor(precision)) {
    return `a fixed for a decimal of ${precision} digits needs ${bytesFor(precision)} bytes: give it that size`;
  }
  return { kind: "decimal", precision, scale, size };
}

/** How many bytes a number of so many decimal digits needs, with its sign. */
function bytesFor(precision: number): number {
  return Math.ceil(((10n ** BigInt(precision)).toString(2).length + 1) / 8);
}

/** The value as a record takes it. @throws Error where it is none of the type. */
export function fromWire(logical: Logical, value: unknown): unknown {
  switch (logical.kind) {
    case "timestamp":
      return milliseconds(value as number | bigint, logical.perMs);
    case "date":
      return (value as number) * DAY_MS;
    case "decimal":
      return decimalOf(value as Buffer, logical);
    case "uuid":
      return logical.isText ? value : uuidOf(value as Buffer);
  }
}

/** Finer fractions are cut off, as from a time that is text: towards the past. */
function milliseconds(value: number | bigint, perMs: number): number | bigint {
  if (perMs === 1) return value;
  if (typeof value === "number") return Math.floor(value / perMs);
  const rest = value % BigInt(perMs);
  return Number((value - (rest < 0n ? rest + BigInt(perMs) : rest)) / BigInt(perMs));
}

/** The number nearest to it. */
function decimalOf(bytes: Buffer, { precision, scale }: Extract<Logical, { kind: "decimal" }>): number {
  if (bytes.length === 0) throw new Error("is a decimal without bytes");
  const sign = (bytes[0] as number) < 0x80 ? 0 : 0xff;
  let begin = 0;
  while (begin < bytes.length - 1 && bytes[begin] === sign) begin++;
  // A digit more than it may have is no reason to convert thousands of them.
  const digits = bytes.subarray(Math.max(0, begin - 1));
  if (digits.length > bytesFor(precision) + 1) throw new Error(`is a decimal of more than ${precision} digits`);
  const unscaled = BigInt.asIntN(8 * digits.length, BigInt(`0x${digits.toString("hex")}`));
  return Number(`${unscaled}e-${scale}`);
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What avsc writes for the value of a record, which is not null. */
export function toWire(logical: Logical, value: FieldValue): unknown {
  switch (logical.kind) {
    case "timestamp":
      return logical.perMs === 1 ? value : BigInt(value as number) * BigInt(logical.perMs);
    case "date":
      return (value as number) / DAY_MS;
    case "decimal":
      return decimalBytes(value as number, logical);
    case "uuid":
      return logical.isText ? value : Buffer.from(String(value).replaceAll("-", ""), "hex");
  }
}

function decimalBytes(value: number, { scale, size }: Extract<Logical, { kind: "decimal" }>): Buffer {
  const unscaled = unscaledOf(value, scale);
  let bytes = size ?? 1;
  while (BigInt.asIntN(8 * bytes, unscaled) !== unscaled) bytes++;
  const hex = BigInt.asUintN(8 * bytes, unscaled).toString(16);
  return Buffer.from(hex.padStart(2 * bytes, "0"), "hex");
}

function unscaledOf(value: number, scale: number): bigint {
  // From here on toFixed would write an exponent, and a number has no fractions.
  if (Math.abs(value) >= 1e21) return BigInt(value) * 10n ** BigInt(scale);
  return BigInt(value.toFixed(scale).replace(".", ""));
}

/** A number rounded to the scale of the decimal; undefined where it has more digits than its precision. */
export function roundedDecimal(value: number, { precision, scale }: { precision: number; scale: number }) {
  if (!Number.isFinite(value)) return undefined;
  const unscaled = unscaledOf(value, scale);
  const most = 10n ** BigInt(precision);
  const size = unscaled < 0n ? -unscaled : unscaled;
  // Past 2^53 the number nearest to the greatest decimal may be one more than it.
  if (size > most || (size === most && Number.isSafeInteger(Number(most)))) return undefined;
  return Math.abs(value) >= 1e21 ? value : Number(value.toFixed(scale));
}

/** A default of the schema: bytes are written there as text, a character each. */
export function fromDefault(logical: Logical, value: unknown): unknown {
  const isBytes = logical.kind === "decimal" || (logical.kind === "uuid" && !logical.isText);
  return fromWire(logical, isBytes && typeof value === "string" ? Buffer.from(value, "latin1") : value);
}
