// Whether what was written under one schema can be read under another, field by field, and how.
// https://avro.apache.org/docs/1.12.0/specification/#schema-resolution
//
// Stricter than Avro where it would only be noticed event by event: null for a field that takes none, a symbol that the reader
// lacks. Kinder where Avro would misread: times and decimals are compared by what they mean, not by their bytes.

import type { FieldValue, FlatRecord } from "../../events/vocabulary.ts";
import type { RecordSource } from "../pipeline-file.ts";
import type { Field, FieldType } from "./field.ts";
import { simpleName } from "./shape.ts";

/** By the type that was written: the types that may read it. */
const WIDER: Readonly<Partial<Record<FieldType, readonly FieldType[]>>> = {
  int: ["long", "float", "double"],
  long: ["float", "double", "timestamp"],
  float: ["double"],
  string: ["uuid"],
  uuid: ["string"],
  timestamp: ["long"],
};

/** What is wrong with reading the records of `written` as those of `reader`: their names. */
export function nameProblem(reader: RecordSource, written: RecordSource): string | undefined {
  const names = [reader.name, ...(reader.aliases ?? [])].map(simpleName);
  if (names.includes(simpleName(written.name))) return undefined;
  return `the record is called ${reader.name}, and was ${written.name}: keep its name, or add aliases: [${written.name}]`;
}

/** The field under which a reader's field was written, if it was there. */
export function writtenAs(field: Field, written: readonly Field[]): Field | undefined {
  for (const name of [field.name, ...field.aliases]) {
    const found = written.find((one) => one.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What is wrong with reading `field` from a record that has it as `written`, with the cure. */
export function fieldMisfit(field: Field, written: Field | undefined): string | undefined {
  if (written === undefined) {
    if (field.default !== undefined) return undefined;
    return "is new and has no default: give it one, or the name that it had as an alias";
  }
  if (written.nullable && !field.nullable) return 'could be null: let its type be a union with "null"';
  const problem = typeMisfit(field, written);
  return problem && `was ${problem}`;
}

function typeMisfit(field: Field, written: Field): string | undefined {
  if (field.type !== written.type) {
    // A long that means a time is one of milliseconds: the other units would be misread.
    const isPlainTime = [field, written].every(({ logical }) => logical?.kind !== "timestamp" || logical.perMs === 1);
    const isWider = WIDER[written.type]?.includes(field.type) === true;
    return isWider && isPlainTime ? undefined : `${inWords(written)}, which is no ${inWords(field)}: ${WIDEN}`;
  }
  if (field.logical?.kind === "decimal" && written.logical?.kind === "decimal") {
    const whole = ({ precision, scale }: { precision: number; scale: number }) => precision - scale;
    const isWider = field.logical.scale >= written.logical.scale && whole(field.logical) >= whole(written.logical);
    if (!isWider) return `${inWords(written)}, which does not fit ${inWords(field)}: let precision and scale only grow`;
  }
  return field.type === "enum" ? enumMisfit(field, written) : undefined;
}

const WIDEN = "keep its type, or widen it (int to long to float to double)";

function enumMisfit(field: Field, written: Field): string | undefined {
  const name = written.enumNames[0] as string;
  if (!field.enumNames.includes(name)) {
    return `the enum ${name}, and is ${field.enumNames[0]}: keep its name, or add aliases: [${name}]`;
  }
  const lost = [...written.symbols].filter((symbol) => !field.symbols.has(symbol));
  if (lost.length === 0 || field.symbolDefault !== undefined) return undefined;
  return `also ${lost.slice(0, 5).join(", ")}: keep these symbols, or give the enum a default`;
}

/** The type of a field, as people write it. */
export function inWords({ type, logical, nullable }: Field): string {
  const units = { 1: "timestamp-millis", 1000: "timestamp-micros", 1000000: "timestamp-nanos" } as const;
  const named =
    logical?.kind === "timestamp"
      ? units[logical.perMs as keyof typeof units]
      : logical?.kind === "decimal"
        ? `decimal(${logical.precision},${logical.scale})`
        : type;
  return nullable ? `${named} or null` : named;
}

/** A record of an older schema with the names of a newer one: aliases followed, removed fields left out. */
export function carryOver(record: FlatRecord, fields: readonly Field[]): FlatRecord {
  const carried: Record<string, FieldValue> = {};
  for (const field of fields) {
    const name = [field.name, ...field.aliases].find((alias) => Object.hasOwn(record, alias));
    if (name === undefined) continue; // its default: that there is one was checked at start
    const value = record[name] as FieldValue;
    const lost = field.type === "enum" && typeof value === "string" && !field.symbols.has(value);
    carried[field.name] = lost && field.symbolDefault !== undefined ? field.symbolDefault : value;
  }
  return carried;
}
