// Avro's binary encoding, read as its writer wrote it. https://avro.apache.org/docs/1.12.0/specification/#binary-encoding
//
// Not avsc's reader: after one number of a few hundred bytes it gives every later `bytes` of the process as empty, and it
// replaces what is no UTF-8, takes any byte for true and numbers of any length.
//
//   B1  Every byte belongs to the record: what ends early, goes on, or has more digits than its type is refused.
//   B2  No length, count or depth costs more than the bytes that came: it is compared with what is left before it is used.
//   B3  Lists and maps are passed over and left out: no field of a pipeline takes one.

import { isUtf8 } from "node:buffer";
import { asError } from "../../errors.ts";

interface Cursor {
  readonly bytes: Buffer;
  at: number;
  /** How many records surround this place. */
  depth: number;
  /** That of the outermost record which is being read. */
  field: string;
}

type Read = (from: Cursor) => unknown;

/** A record type may hold itself, so its depth is for the bytes to say. */
const MAX_DEPTH = 32;
const INT_BYTES = 5;
/** Seven bits of each byte: so many bytes are a number without loss. */
const NUMBER_BYTES = 7;
const LONG_BYTES = 10;

/**
 * Reads what was written under a schema. A long is a number where that is exact, else a bigint; bytes and fixed are a view of what
 * came. @throws Error where the schema is no Avro record; what is returned throws one where the bytes are no such record.
 */
export function binaryReader(schema: unknown): (data: Uint8Array) => Readonly<Record<string, unknown>> {
  const { type } = schema as { readonly type?: unknown };
  if (type !== "record") throw new Error("it is no record");
  const read = readOf(schema, new Map(), "");
  return (data) => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const from: Cursor = { bytes, at: 0, depth: 0, field: "" };
    const record = readWhole(read, from);
    const more = from.bytes.length - from.at;
    if (more > 0) throw new Error(`${more} bytes more than the record has`);
    return record;
  };
}

function readWhole(read: Read, from: Cursor): Readonly<Record<string, unknown>> {
  try {
    return read(from) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new Error(`at the field ${from.field}: ${asError(error).message}`, { cause: error });
  }
}

const PRIMITIVES: Readonly<Record<string, Read>> = {
  null: () => null,
  boolean(from) {
    const byte = next(from);
    if (byte > 1) throw new Error(`a boolean is the byte ${byte}`);
    return byte === 1;
  },
  int(from) {
    const begin = from.at;
    const value = readLong(from);
    if (from.at - begin <= INT_BYTES && value === Number(value) && value === (value | 0)) return value;
    throw new Error("an int has more than 32 bits");
  },
  long: readLong,
  float: (from) => from.bytes.readFloatLE(advance(from, 4)),
  double: (from) => from.bytes.readDoubleLE(advance(from, 8)),
  bytes: readBytes,
  string(from) {
    const length = readLength(from);
    const begin = advance(from, length);
    const text = from.bytes.toString("utf8", begin, from.at);
    // What is no UTF-8 is replaced by this sign, which may also have been sent.
    if (text.includes("\ufffd") && !isUtf8(from.bytes.subarray(begin, from.at)))
      throw new Error("a string is no UTF-8");
    return text;
  },
};

/** `known`: the named types so far, by full name. */
function readOf(schema: unknown, known: Map<string, Read>, namespace: string): Read {
  if (Array.isArray(schema)) return unionOf(schema.map((branch) => readOf(branch, known, namespace)));
  if (typeof schema === "string") {
    const found = Object.hasOwn(PRIMITIVES, schema) ? PRIMITIVES[schema] : known.get(fullName(schema, namespace));
    const read = found ?? known.get(schema);
    if (read === undefined) throw new Error(`the type ${JSON.stringify(schema.slice(0, 80))} is not known`);
    return read;
  }
  if (typeof schema !== "object" || schema === null) throw new Error("a type is neither text, list nor object");
  const { type, name, namespace: own, ...rest } = schema as Readonly<Record<string, unknown>>;
  if (type === "array") return blocksOf(readOf(rest["items"], known, namespace));
  if (type === "map") {
    const value = readOf(rest["values"], known, namespace);
    return blocksOf((from) => {
      readBytes(from);
      value(from);
    });
  }
  if (type !== "record" && type !== "enum" && type !== "fixed") return readOf(type, known, namespace);
  if (typeof name !== "string") throw new Error(`a type ${type} has no name`);
  const full = fullName(name, typeof own === "string" ? own : namespace);
  if (type === "enum") return named(known, full, enumOf(rest["symbols"]));
  if (type === "fixed") return named(known, full, fixedOf(rest["size"]));
  const fields: Field[] = [];
  const read = named(known, full, recordOf(fields));
  if (!Array.isArray(rest["fields"])) throw new Error(`the record ${full} has no fields`);
  for (const field of rest["fields"] as readonly ({ readonly name?: unknown; readonly type?: unknown } | null)[]) {
    const within = full.slice(0, Math.max(0, full.lastIndexOf(".")));
    fields.push({ name: String(field?.name), read: readOf(field?.type, known, within) });
  }
  return read;
}

function named(known: Map<string, Read>, name: string, read: Read): Read {
  known.set(name, read);
  return read;
}

function fullName(name: string, namespace: string): string {
  return name.includes(".") || namespace === "" ? name : `${namespace}.${name}`;
}

interface Field {
  readonly name: string;
  readonly read: Read;
}

/** `fields` may be completed later: a record may hold itself. */
function recordOf(fields: readonly Field[]): Read {
  return (from) => {
    if (++from.depth > MAX_DEPTH) throw new Error(`records lie deeper than ${MAX_DEPTH} in each other`);
    const record: Record<string, unknown> = {};
    for (let i = 0; i < fields.length; i++) {
      const { name, read } = fields[i] as Field;
      if (from.depth === 1) from.field = name;
      const value = read(from);
      if (name !== "__proto__" && value !== undefined) record[name] = value;
    }
    from.depth--;
    return record;
  };
}

function unionOf(branches: readonly Read[]): Read {
  return (from) => {
    const index = Number(readLong(from));
    const read = branches[index];
    if (read === undefined) throw new Error(`a union of ${branches.length} has no branch ${index}`);
    return read(from);
  };
}

function enumOf(symbols: unknown): Read {
  if (!Array.isArray(symbols)) throw new Error("an enum has no symbols");
  const names = symbols.map(String);
  return (from) => {
    const index = Number(readLong(from));
    const symbol = names[index];
    if (symbol === undefined) throw new Error(`an enum of ${names.length} has no symbol ${index}`);
    return symbol;
  };
}

function fixedOf(size: unknown): Read {
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw new Error("a fixed has no size");
  return (from) => from.bytes.subarray(advance(from, size as number), from.at);
}

/** B3. A block of which the size is told is passed over as a whole. */
function blocksOf(item: Read): Read {
  return (from) => {
    for (;;) {
      const count = readLong(from);
      if (count === 0) return undefined;
      if (count < 0) advance(from, readLength(from));
      else passOver(from, item, count);
    }
  };
}

function passOver(from: Cursor, item: Read, count: number | bigint): void {
  for (let i = 0; i < count; i++) {
    const begin = from.at;
    item(from);
    // Items without bytes, such as nulls, may be any number (B2).
    if (from.at === begin) return;
  }
}

function readBytes(from: Cursor): Buffer {
  const length = readLength(from);
  return from.bytes.subarray(advance(from, length), from.at);
}

function readLength(from: Cursor): number {
  const length = Number(readLong(from));
  if (length < 0) throw new Error("a length is negative");
  return length;
}

/** Where the next `length` bytes begin. */
function advance(from: Cursor, length: number): number {
  const begin = from.at;
  if (length > from.bytes.length - begin) throw new Error("it ends early");
  from.at = begin + length;
  return begin;
}

function next(from: Cursor): number {
  const byte = from.bytes[from.at++];
  if (byte === undefined) throw new Error("it ends early");
  return byte;
}

function readLong(from: Cursor): number | bigint {
  let code = 0;
  let scale = 1;
  for (let i = 0; i < NUMBER_BYTES; i++) {
    const byte = next(from);
    code += (byte & 0x7f) * scale;
    if (byte < 0x80) return code % 2 === 0 ? code / 2 : -(code + 1) / 2;
    scale *= 128;
  }
  return readBigLong(from, BigInt(code));
}

function readBigLong(from: Cursor, begin: bigint): number | bigint {
  let code = begin;
  for (let i = NUMBER_BYTES; i < LONG_BYTES; i++) {
    const byte = next(from);
    code |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (i === LONG_BYTES - 1 && byte > 1) break;
    if (byte >= 0x80) continue;
    const long = (code >> 1n) ^ -(code & 1n);
    return Number.isSafeInteger(Number(long)) ? Number(long) : long;
  }
  throw new Error("a long has more than 64 bits");
}
