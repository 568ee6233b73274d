// The Avro records of `event.schemas`: flat, by version. The highest version reads. That it can read records of all earlier ones
// is checked here, at start; record.ts then converts them, so that JSON and Avro are treated alike.

import { asError } from "../../errors.ts";
import type { FieldValue, FlatRecord } from "../../events/vocabulary.ts";
import { type Path, type Problems, show } from "../../problems.ts";
import type { FieldSource, PipelineFile, RecordSource } from "../pipeline-file.ts";
import { avroLibrary } from "./avro-library.ts";
import { binaryReader } from "./binary.ts";
import { type Field, fieldProblem, MAX_STRING_LENGTH, readField } from "./field.ts";
import { fromDefault, fromWire } from "./logical.ts";
import { isPlainRecord } from "./plain-record.ts";
import { fieldMisfit, nameProblem, writtenAs } from "./resolution.ts";
import { type NamedShapes, readShape, type Shape } from "./shape.ts";
import { binaryWriter } from "./writing.ts";

export interface RecordSchema {
  readonly version: number;
  readonly source: RecordSource;
  readonly fields: readonly Field[];
  /** The fields of a record written under this version. @throws AvroValueError, Error where the bytes are no such record. */
  decode(data: Uint8Array): Readonly<Record<string, unknown>>;
  /** A record that was read under this version. */
  encode(record: FlatRecord): Buffer;
}

/** The bytes are a record, and the value of this field is none of its logical type. */
export class AvroValueError extends Error {
  readonly field: string;
  constructor(field: string, problem: string) {
    super(problem);
    this.name = "AvroValueError";
    this.field = field;
  }
}

/** The schemas in ascending order of their versions, but for the one that reads, which is the last; undefined where there were problems. */
export function readSchemas(
  { schemas: sources, reads }: PipelineFile["event"],
  problems: Problems,
): readonly RecordSchema[] | undefined {
  const path = ["event", "schemas"];
  const read = Object.entries(sources)
    .map(([version, source]) => ({ version: Number(version), path: [...path, version], source }))
    .sort((a, b) => a.version - b.version)
    .map(({ version, source, path }) => ({ path, schema: readSchema(version, source, path, problems) }));
  const schemas = read.map(({ schema }) => schema).filter((schema) => schema !== undefined);
  if (schemas.length < read.length) return undefined;
  const reader = schemas.find(({ version }) => version === (reads ?? schemas.at(-1)?.version));
  if (reader === undefined) {
    const known = schemas.map(({ version }) => version).join(", ");
    problems.add(["event", "reads"], `there is no schema ${reads}: name one of ${known}`);
    return undefined;
  }
  let sound = true;
  for (const { path, schema } of read) {
    const misfits = schemaMisfits(reader, schema as RecordSchema);
    if (misfits.length > 0) problems.add(path, `cannot be read under schema ${reader.version}: ${misfits.join("; ")}`);
    sound &&= misfits.length === 0;
  }
  return sound ? [...schemas.filter((schema) => schema !== reader), reader] : undefined;
}

/** What keeps the records of `written` from being read under `reader`. */
function schemaMisfits(reader: RecordSchema, written: RecordSchema): readonly string[] {
  const named = nameProblem(reader.source, written.source);
  const fields = reader.fields.flatMap((field) => {
    const problem = fieldMisfit(field, writtenAs(field, written.fields));
    return problem === undefined ? [] : [`the field ${field.name} ${problem}`];
  });
  return named === undefined ? fields : [named, ...fields];
}

function readSchema(version: number, source: RecordSource, path: Path, problems: Problems): RecordSchema | undefined {
  const fields = readFields(source, path, problems);
  if (fields === undefined || !isAvro(source, path, problems)) return undefined;
  let write: ((record: FlatRecord) => Buffer) | undefined;
  return {
    ...{ version, source, fields, decode: decoder(source, fields) },
    encode(record) {
      // Made when it is first needed: no step writes Avro.
      write ??= binaryWriter(source, fields);
      return write(record);
    },
  };
}

/** Its values are those that JSON has. */
export function decoder(source: unknown, fields: readonly Pick<Field, "name" | "logical">[]): RecordSchema["decode"] {
  const read = binaryReader(source);
  const logical = fields.filter((field) => field.logical !== undefined);
  if (logical.length === 0) return read;
  return (data) => {
    const record: Record<string, unknown> = read(data);
    for (const field of logical) record[field.name] = logicalValue(field, record[field.name]);
    return record;
  };
}

function logicalValue({ name, logical }: Pick<Field, "name" | "logical">, value: unknown): unknown {
  if (logical === undefined || value === null || value === undefined) return value;
  try {
    return fromWire(logical, value);
  } catch (error) {
    throw new AvroValueError(name, asError(error).message);
  }
}

/** avsc also checks names and defaults. */
function isAvro(source: RecordSource, path: Path, problems: Problems): boolean {
  if (isPlainRecord(source)) return true;
  try {
    avroLibrary().Type.forSchema(source as never, { wrapUnions: "never" });
    return true;
  } catch (error) {
    problems.add(path, `is no Avro record: ${asError(error).message}`);
    return false;
  }
}

function readFields(source: RecordSource, path: Path, problems: Problems): readonly Field[] | undefined {
  const names = new Set<string>();
  const shapes: NamedShapes = new Map();
  const fields: Field[] = [];
  for (const [i, field] of source.fields.entries()) {
    const at = [...path, "fields", i];
    if (names.has(field.name)) problems.add([...at, "name"], `${show(field.name)} stands twice: rename one`);
    if (field.name in Object.prototype) {
      problems.add([...at, "name"], `${show(field.name)} is a name JavaScript uses: take another`);
      continue;
    }
    names.add(field.name);
    const shape = readShape(field.type, shapes);
    if (typeof shape === "string") problems.add([...at, "type"], shape);
    else fields.push(withDefault(field, shape, at, problems));
  }
  return fields.length === source.fields.length ? fields : undefined;
}

function withDefault(source: FieldSource, shape: Shape, path: Path, problems: Problems): Field {
  const field: Field = {
    name: source.name,
    aliases: source.aliases ?? [],
    type: shape.type,
    logical: shape.logical,
    nullable: shape.nullable,
    default: undefined,
    maxLength: MAX_STRING_LENGTH,
    symbols: new Set(shape.enum?.symbols),
    enumNames: shape.enum?.names ?? [],
    symbolDefault: shape.enum?.default,
  };
  if (source.default === undefined) return field;
  const value = defaultOf(field, source.default);
  if (value === undefined) problems.add([...path, "default"], fieldProblem(field, source.default));
  return { ...field, default: value };
}

function defaultOf(field: Field, given: unknown): FieldValue | undefined {
  if (field.logical === undefined || given === null) return readField(field, given);
  try {
    return readField(field, fromDefault(field.logical, given));
  } catch {
    return undefined; // fieldProblem says what it must be
  }
}
