// A client's data as a checked flat record: compiled once a schema, then plain loops, since every event goes through.
//
// Unknown fields are refused, with the nearest known name: ignored, a mistyped `delya` would silently be an observation
// without its label. A producer that sends more declares more: a field of the schema that no feature uses costs nothing.

import { asError, type FieldProblem, RejectedError } from "../../errors.ts";
import type { Decoded, DecodedLabel, FieldValue, FlatRecord, Target } from "../../events/vocabulary.ts";
import { type TargetSpec, tasks } from "../../learners/task.ts";
import { nearest } from "../../nearest.ts";
import { pathText } from "../../problems.ts";
import { nameOfValue } from "../model-per.ts";
import { AvroValueError, type RecordSchema } from "./avro.ts";
import { describe, type Field, fieldProblem, readField } from "./field.ts";
import { carryOver } from "./resolution.ts";
import { subjectOf } from "./subject.ts";

/** The most problems one rejection lists. */
const MAX_PROBLEMS = 50;

export interface RecordCodecOptions {
  readonly pipeline: string;
  /** In ascending order of their versions; the last one reads. */
  readonly schemas: readonly RecordSchema[];
  readonly timeField: string | undefined;
  /** The field that names the observation, where the body does. */
  readonly subjectField?: string | undefined;
  readonly target: TargetSpec;
  /** The field after whose value a model set is named, where there is one. */
  readonly modelPer?: string | undefined;
}

export interface RecordCodec {
  decodeJson(data: unknown, version?: number): Decoded;
  decodeAvro(data: Uint8Array, version?: number): Decoded;
  decodeLabel(data: unknown): DecodedLabel;
  /** An observation in Avro, under the newest schema or this version. @throws RejectedError `schema` where JSON is refused. */
  encodeAvro(data: unknown, version?: number): Buffer;
  /**
   * A record that an earlier or later file of this pipeline read, with the fields of this one: aliases followed, defaults for what is
   * missing. A field that has neither is left out: its features are absent.
   */
  asOfNow(record: FlatRecord): FlatRecord;
}

export function createRecordCodec(options: RecordCodecOptions): RecordCodec {
  const { pipeline, schemas, timeField, subjectField, target: spec, modelPer } = options;
  const { field: targetField, task } = spec;
  const { truthOf, maxLength = Number.POSITIVE_INFINITY } = tasks[task];
  const newest = schemas.at(-1) as RecordSchema;
  const asLabel = (field: Field) => ({ ...field, maxLength: Math.min(field.maxLength, maxLength) });
  const fields = newest.fields.map((field) => (field.name === targetField ? asLabel(field) : field));
  const reader: RecordSchema = { ...newest, fields };
  const byVersion = new Map([...schemas.slice(0, -1), reader].map((schema) => [schema.version, schema]));
  const targets = fields.filter(({ name }) => name === targetField);
  const labelFields = [
    ...targets.map((field): Field => ({ ...field, nullable: false, default: undefined })),
    ...fields.filter(({ name }) => name === subjectField),
  ];

  function schemaOf(version: number | undefined): RecordSchema {
    const schema = version === undefined ? reader : byVersion.get(version);
    if (schema) return schema;
    const problem = `names schema ${version}, and pipeline ${pipeline} has ${[...byVersion.keys()].sort((a, b) => a - b).join(", ")}`;
    throw new RejectedError("schema", `dataschema ${problem}`, [{ path: "dataschema", problem }]);
  }

  function reject(what: string, version: number, problems: readonly FieldProblem[]): RejectedError {
    const shown = problems.slice(0, 5).map(({ path, problem }) => `${path} ${problem}`);
    if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
    const message = `${what} does not fit schema ${version} of pipeline ${pipeline}: ${shown.join("; ")}`;
    return new RejectedError("schema", message, problems);
  }

  /** A label becomes a key of predictions and states, and the key `__proto__` would be lost there. */
  function checkLabel(y: Target): Target {
    if (y !== "__proto__") return y;
    throw reject("the label", reader.version, [{ path: pathOf(targetField ?? ""), problem: "must not be __proto__" }]);
  }

  function checkName(field: string, version: number, value: FieldValue | undefined): void {
    const named = nameOfValue(value);
    if ("name" in named) return;
    throw reject("the observation", version, [{ path: pathOf(field), problem: named.problem }]);
  }

  function subjectIn(what: string, record: FlatRecord): string | undefined {
    if (subjectField === undefined) return undefined;
    const named = subjectOf(record[subjectField]);
    if ("subject" in named) return named.subject;
    throw reject(what, reader.version, [{ path: pathOf(subjectField), problem: named.problem }]);
  }

  function decoded(schema: RecordSchema, data: object): Decoded {
    const written = read(schema, data);
    const record = schema === reader ? written : read(reader, carryOver(written, reader.fields));
    if (modelPer !== undefined) checkName(modelPer, schema.version, record[modelPer]);
    const result: { record: FlatRecord; time?: number; subject?: string; y?: Target } = { record };
    const subject = subjectIn("the observation", record);
    if (subject !== undefined) result.subject = subject;
    if (timeField !== undefined) {
      const time = record[timeField];
      if (typeof time === "number") result.time = time;
    }
    const y = targetField === undefined ? undefined : record[targetField];
    if (y !== null && y !== undefined) result.y = checkLabel(truthOf(y, spec));
    return result;
  }

  function read({ fields, version }: RecordSchema, data: object): FlatRecord {
    const record = readRecord(fields, data as Readonly<Record<string, unknown>>);
    if (record) return record;
    throw reject("the observation", version, recordProblems(fields, data as Readonly<Record<string, unknown>>));
  }

  return {
    decodeJson(data, version) {
      const schema = schemaOf(version);
      if (!isObject(data)) throw reject("the observation", schema.version, [notAnObject(data)]);
      return decoded(schema, data);
    },
    decodeAvro(data, version) {
      const schema = schemaOf(version);
      let value: Readonly<Record<string, unknown>>;
      try {
        value = schema.decode(data);
      } catch (error) {
        throw reject("the observation", schema.version, [notAvro(asError(error))]);
      }
      return decoded(schema, value);
    },
    encodeAvro(data, version) {
      const schema = schemaOf(version);
      if (!isObject(data)) throw reject("the observation", schema.version, [notAnObject(data)]);
      return schema.encode(read(schema, data));
    },
    asOfNow(record) {
      if (fields.every(({ name }) => record[name] !== undefined)) return record;
      const carried: Record<string, FieldValue> = { ...carryOver(record, fields) };
      for (const { name, default: byDefault } of fields) {
        if (byDefault !== undefined && carried[name] === undefined) carried[name] = byDefault;
      }
      return carried;
    },
    decodeLabel(data) {
      if (targetField === undefined) throw noLabels(pipeline);
      if (!isObject(data)) throw reject("the label", reader.version, [notAnObject(data)]);
      const record = readRecord(labelFields, data as never);
      if (record === undefined) throw reject("the label", reader.version, recordProblems(labelFields, data as never));
      const y = checkLabel(truthOf(record[targetField] as Target, spec));
      const subject = subjectIn("the label", record);
      return subject === undefined ? { y } : { y, subject };
    },
  };
}

function noLabels(pipeline: string): RejectedError {
  const problem = "has no field for labels";
  return new RejectedError(
    "schema",
    `pipeline ${pipeline} ${problem}: name one in its target, and they score the models`,
    [{ path: "data", problem }],
  );
}

function notAvro(error: Error): FieldProblem {
  if (error instanceof AvroValueError) return { path: pathOf(error.field), problem: error.message };
  return { path: "data", problem: `is not an Avro record of this schema (${error.message})` };
}

function isObject(data: unknown): data is object {
  return typeof data === "object" && data !== null && !Array.isArray(data) && !ArrayBuffer.isView(data);
}

function notAnObject(data: unknown): FieldProblem {
  return { path: "data", problem: `must be an object with the fields of the schema, and is ${describe(data)}` };
}

// No field is named like a member of Object.prototype (avro.ts), so nothing inherited is ever read.
/** The record, or undefined where anything is wrong; recordProblems finds out what. */
function readRecord(fields: readonly Field[], data: Readonly<Record<string, unknown>>): FlatRecord | undefined {
  const record: Record<string, FieldValue> = {};
  let present = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as Field;
    const value = data[field.name];
    if (value === undefined) {
      if (field.default === undefined) return undefined;
      record[field.name] = field.default;
      continue;
    }
    const read = readField(field, value);
    if (read === undefined) return undefined;
    record[field.name] = read;
    present++;
  }
  return Object.keys(data).length === present ? record : undefined;
}

function recordProblems(fields: readonly Field[], data: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const known = new Map(fields.map((field) => [field.name, field]));
  for (const field of fields) {
    const value = data[field.name];
    if (value === undefined) {
      if (field.default === undefined) problems.push({ path: pathOf(field.name), problem: missing(field) });
    } else if (readField(field, value) === undefined) {
      problems.push({ path: pathOf(field.name), problem: fieldProblem(field, value) });
    }
  }
  for (const name of Object.keys(data)) {
    if (problems.length >= MAX_PROBLEMS) break;
    if (!known.has(name)) problems.push({ path: pathOf(name), problem: unknownField(name, [...known.keys()]) });
  }
  return problems.slice(0, MAX_PROBLEMS);
}

function pathOf(name: string): string {
  return pathText(["data", name]);
}

function missing(field: Field): string {
  return `is missing${field.nullable ? " (it may be null, and absent if the schema gives it a default)" : ""}`;
}

function unknownField(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return `is not a field of the schema${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}
