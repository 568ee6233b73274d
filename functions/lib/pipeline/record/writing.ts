// Records in Avro's binary encoding, as avsc writes it.

import type { Type, types } from "avsc";
import type { FlatRecord } from "../../events/vocabulary.ts";
import type { RecordSource } from "../pipeline-file.ts";
import { avroLibrary } from "./avro-library.ts";
import type { Field } from "./field.ts";
import { toWire } from "./logical.ts";

function writesOnly(): never {
  throw new Error("longs are only written");
}

/** Written whole: avsc's own takes none past 2^53, such as a time in nanoseconds. */
const wholeLong = (): types.LongType =>
  avroLibrary().types.LongType.__with(
    {
      toBuffer: longBytes,
      isValid: (value: unknown) => typeof value === "bigint" || Number.isSafeInteger(value),
      ...{ fromBuffer: writesOnly, fromJSON: writesOnly, toJSON: writesOnly, compare: writesOnly },
    },
    true,
  );

function longBytes(value: number | bigint): Buffer {
  const long = BigInt(value);
  const bytes: number[] = [];
  let code = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
  for (; code > 0x7fn; code >>= 7n) bytes.push(Number(code & 0x7fn) | 0x80);
  bytes.push(Number(code));
  return Buffer.from(bytes);
}

/** Writes records that have been read under this schema, each with all its fields. */
export function binaryWriter(source: RecordSource, fields: readonly Field[]): (record: FlatRecord) => Buffer {
  const whole = wholeLong();
  const typeHook = (part: unknown): Type | undefined => {
    const isLong = part === "long" || (part as { readonly type?: unknown } | null)?.type === "long";
    return isLong ? whole : undefined;
  };
  // A default has been checked, and a long's cannot be read by a type that only writes.
  const schema = { ...source, fields: source.fields.map(({ default: _default, ...field }) => field) };
  // A registry of its own: the names in a schema are nobody else's.
  const type = avroLibrary().Type.forSchema(schema as never, { wrapUnions: "never", registry: {}, typeHook } as never);
  return (record) => {
    const written = fields.map(({ name, logical }) => {
      const value = record[name] ?? null;
      return [name, logical === undefined || value === null ? value : toWire(logical, value)];
    });
    return type.toBuffer(Object.fromEntries(written));
  };
}
