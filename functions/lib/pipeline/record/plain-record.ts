// The records of most pipeline files are plain enough to be known for Avro at a glance. The library, which knows all of Avro, takes
// a tenth of a cold start to say the same.

import type { FieldSource, RecordSource } from "../pipeline-file.ts";

const PRIMITIVE = /^(boolean|int|long|float|double|string)$/;
/** No type of Avro's own begins with a capital. */
const NAME = /^[A-Z][A-Za-z0-9_]*$/;
const RECORD_KEYS = /^(type|name|doc|fields)$/;
const FIELD_KEYS = /^(name|type|default|doc)$/;

/** Of a record whose fields have been read: true where Avro surely takes it, false where the library has to be asked. */
export function isPlainRecord(record: RecordSource): boolean {
  return (
    Object.keys(record).every((key) => RECORD_KEYS.test(key)) &&
    NAME.test(record.name) &&
    record.fields.every((field) => Object.keys(field).every((key) => FIELD_KEYS.test(key)) && isPlainField(field))
  );
}

function isPlainField({ type, default: byDefault }: FieldSource): boolean {
  if (Array.isArray(type)) return type[0] === "null" && isPlainType(type[1]) && (byDefault ?? null) === null;
  return isPlainType(type) && byDefault === undefined;
}

function isPlainType(type: unknown): boolean {
  if (typeof type !== "object" || type === null) return PRIMITIVE.test(String(type));
  const { type: base, logicalType, ...more } = type as Readonly<Record<string, unknown>>;
  return (
    base === "long" && /^timestamp-(milli|micro|nano)s$/.test(String(logicalType)) && Object.keys(more).length === 0
  );
}
