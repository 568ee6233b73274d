// The Avro records of `event.schemas`: flat, by version. The highest version reads. That it can read records of all earlier ones
// is checked here, at start, by making avsc's resolvers; record.ts then converts records itself, so that JSON and Avro are
// treated alike.

import avsc from "avsc";
import { asError } from "../../errors.ts";
import type { FieldValue } from "../../events/vocabulary.ts";
import { type Path, type Problems, show } from "../../problems.ts";
import type { FieldSource, RecordSource } from "../pipeline-file.ts";
import { type Field, type FieldType, fieldProblem, MAX_STRING_LENGTH, readField } from "./field.ts";
import { typeAsWritten } from "./written.ts";

export interface RecordSchema {
  readonly version: number;
  readonly fields: readonly Field[];
  /** The fields of a record written under this version. @throws Error where the bytes are no such record. */
  decode(data: Uint8Array): Readonly<Record<string, unknown>>;
}

const PRIMITIVES: ReadonlySet<unknown> = new Set(["boolean", "int", "long", "float", "double", "string"]);
const SUPPORTED =
  "boolean, int, long, float, double, string, enum, a long with logicalType timestamp-millis, or one of them in a union with null";

interface Enum {
  readonly symbols: readonly string[];
  readonly default?: string;
}

/** What a field's `type:` says. */
interface Shape {
  readonly type: FieldType;
  readonly nullable: boolean;
  readonly enum?: Enum;
}

/** The schemas in ascending order of their versions; undefined where there were problems. */
export function readSchemas(
  sources: Readonly<Record<string, RecordSource>>,
  path: Path,
  problems: Problems,
): readonly RecordSchema[] | undefined {
  const read = Object.entries(sources)
    .map(([version, source]) => ({ version: Number(version), source, path: [...path, version] }))
    .sort((a, b) => a.version - b.version)
    .map(({ version, source, path }) => {
      const fields = readFields(source, path, problems);
      return { version, source, path, fields, type: fields && avroType(source, path, problems) };
    });
  const reader = read.at(-1)?.type;
  const schemas = read.map(({ version, source, path, fields, type }): RecordSchema | undefined => {
    if (!reader || !fields || !type) return undefined;
    try {
      reader.createResolver(type);
      const written = typeAsWritten(source);
      return { version, fields, decode: (data) => written.fromBuffer(asBuffer(data)) };
    } catch (error) {
      const cure = "give a new field a default, a renamed one (or record) aliases, and only ever widen a type";
      problems.add(path, `cannot be read under schema ${read.at(-1)?.version} (${asError(error).message}): ${cure}`);
      return undefined;
    }
  });
  const whole = schemas.filter((schema) => schema !== undefined);
  return whole.length === schemas.length ? whole : undefined;
}

function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Undefined where a field of this type can be read; else what is wrong with it. */
export function typeProblem(type: unknown): string | undefined {
  const shape = readType(type, new Map());
  return typeof shape === "string" ? shape : undefined;
}

function avroType(source: RecordSource, path: Path, problems: Problems): avsc.Type | undefined {
  try {
    // Logical types are left to field.ts: avsc hands out the plain long, and unions unwrapped.
    return avsc.Type.forSchema(source as never, { wrapUnions: "never" });
  } catch (error) {
    problems.add(path, `is no Avro record: ${asError(error).message}`);
    return undefined;
  }
}

function readFields(source: RecordSource, path: Path, problems: Problems): readonly Field[] | undefined {
  const names = new Set<string>();
  const enums = new Map<string, Enum>();
  const fields: Field[] = [];
  for (const [i, field] of source.fields.entries()) {
    const at = [...path, "fields", i];
    if (names.has(field.name)) problems.add([...at, "name"], `${show(field.name)} stands twice: rename one`);
    if (field.name in Object.prototype) {
      problems.add([...at, "name"], `${show(field.name)} is a name JavaScript uses: take another`);
      continue;
    }
    names.add(field.name);
    const shape = readType(field.type, enums);
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
    nullable: shape.nullable,
    default: undefined,
    maxLength: MAX_STRING_LENGTH,
    symbols: new Set(shape.enum?.symbols),
    symbolDefault: shape.enum?.default,
  };
  if (source.default === undefined) return field;
  const value: FieldValue | undefined = readField(field, source.default);
  if (value === undefined) problems.add([...path, "default"], fieldProblem(field, source.default));
  return { ...field, default: value };
}

/** The shape of a field's type, or what is wrong with it. */
function readType(type: unknown, enums: Map<string, Enum>): Shape | string {
  if (Array.isArray(type)) {
    const others = type.filter((branch) => branch !== "null");
    if (type.length !== 2 || others.length !== 1) return `a union must be of null and one other type: ${SUPPORTED}`;
    const inner = readType(others[0], enums);
    return typeof inner === "string" ? inner : { ...inner, nullable: true };
  }
  if (typeof type === "string") {
    if (PRIMITIVES.has(type)) return { type: type as FieldType, nullable: false };
    const known = enums.get(type);
    return known ? { type: "enum", nullable: false, enum: known } : `${show(type)} is not supported: use ${SUPPORTED}`;
  }
  const { type: base, logicalType, name, symbols, ...rest } = type as Readonly<Record<string, unknown>>;
  if (logicalType !== undefined) {
    if (base === "long" && logicalType === "timestamp-millis") return { type: "timestamp", nullable: false };
    return `the logical type ${show(logicalType)} of ${show(base)} is not supported: use timestamp-millis of "long", or leave it out`;
  }
  if (base === "enum" && typeof name === "string" && Array.isArray(symbols)) {
    const fallback = rest["default"];
    const found: Enum = { symbols: symbols.map(String), ...(typeof fallback === "string" && { default: fallback }) };
    enums.set(name, found);
    return { type: "enum", nullable: false, enum: found };
  }
  if (PRIMITIVES.has(base)) return { type: base as FieldType, nullable: false };
  return `${show(base)} is not supported in a record: use flat fields of ${SUPPORTED}`;
}
