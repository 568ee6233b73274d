// Avro records of a topic, in Confluent's framing: a zero, the id of the schema as four bytes (the highest first), then the
// record. The file (`schemas`) or a registry says which schema an id means.

import { asError, RejectedError } from "../../errors.ts";
import { parseJson } from "../../events/json.ts";
import type { SourceFile } from "../pipeline-file.ts";
import { AvroValueError, decoder } from "../record/avro.ts";
import type { Field } from "../record/field.ts";
import type { Logical } from "../record/logical.ts";
import { type NamedShapes, readShape } from "../record/shape.ts";
import type { RegistrySchemas, TopicSourceOptions } from "./options.ts";
import { bytesIn, type TopicRecord } from "./record.ts";

type Data = Readonly<Record<string, unknown>>;

/** All fields of a record, and the attributes and data of the observation it makes. */
export interface Opened {
  readonly data: Data;
  readonly content: { readonly datacontenttype: string; readonly dataschema?: string; readonly data: unknown };
}

export interface AvroReader {
  readonly registry?: RegistrySchemas;
  /** @throws RejectedError. */
  open(record: TopicRecord): Opened;
}

const MAGIC = 0;
const FRAME_BYTES = 5;
/**
 * Producers write under a handful of schemas, a hostile one under any number: the least recently used are evicted. The cache
 * exceeds one batch, so a schema is not evicted before use.
 */
export const MAX_SCHEMAS = 512;
/** How long a registry is not asked again for what it refused: long enough to spare it, short enough for a redrive by hand. */
export const REFUSAL_MS = 1_000;

export function createAvroReader(file: SourceFile, options: TopicSourceOptions): AvroReader {
  return file.registry === undefined ? mappedReader(file, options) : registryReader(file.registry, options);
}

/** @throws RejectedError `avro-frame` or `tombstone`. */
function unframed({ value }: TopicRecord): { readonly id: number; readonly data: Buffer } {
  const bytes = bytesIn(value);
  if (bytes.length >= FRAME_BYTES && bytes[0] === MAGIC) {
    return { id: bytes.readUInt32BE(1), data: bytes.subarray(FRAME_BYTES) };
  }
  const cure = "the topic's producer must write Confluent's framing, a zero and four bytes of schema id";
  throw new RejectedError("avro-frame", `the value does not begin with a schema id: ${cure}`);
}

/** With `schemas` in the file, which maps ids to versions of event.schemas: the bytes are passed on unchanged. */
function mappedReader({ schemas = {} }: SourceFile, { pipeline, decodeAvro }: TopicSourceOptions): AvroReader {
  const versions = new Map(Object.entries(schemas).map(([id, version]) => [Number(id), version]));
  return {
    open(record) {
      const { id, data } = unframed(record);
      const version = versions.get(id);
      if (version === undefined) {
        const known = [...versions.keys()].join(", ");
        const cure = "add it to the source's schemas: with the version of event.schemas that it is";
        throw new RejectedError("unknown-schema", `schema id ${id} is none of ${known}: ${cure}`);
      }
      const content = { datacontenttype: "application/avro", dataschema: `urn:wadi:${pipeline}:${version}`, data };
      return { data: decodeAvro(data, version).record, content };
    },
  };
}

/** With a registry: the fields that the newest schema has, by name or alias, are passed on. */
function registryReader(url: string, { fields }: TopicSourceOptions): AvroReader {
  const known = new Map<number, Reader | Refusal>();
  const keep = (id: number, found: Reader | Refusal) => {
    known.delete(id);
    const [oldest] = known.keys();
    if (known.size >= MAX_SCHEMAS && oldest !== undefined) known.delete(oldest);
    known.set(id, found);
  };
  const registry: RegistrySchemas = {
    url,
    wanted(record, now) {
      if (record.value === null || record.value.length < FRAME_BYTES || record.value[0] !== MAGIC) return undefined;
      const { id } = unframed(record);
      const found = known.get(id);
      if (found === undefined) return id;
      // A clock that was set back must not keep a refusal.
      if (typeof found === "object" && Math.abs(now - found.at) >= REFUSAL_MS) return id;
      keep(id, found);
      return undefined;
    },
    tell(id, schema, now) {
      const found = typeof schema === "string" ? readerUnder(id, schema, fields) : schema;
      keep(id, found instanceof RejectedError ? { reason: found, at: now } : found);
    },
  };
  return {
    registry,
    open(record) {
      const { id, data } = unframed(record);
      const read = known.get(id);
      if (read === undefined) throw new Error(`schema ${id} of ${url} was not fetched before its record was read`);
      if (typeof read === "object") throw read.reason;
      const fieldsOfRecord = decoded(read, data, id);
      return {
        data: fieldsOfRecord,
        content: { datacontenttype: "application/json", data: picked(fieldsOfRecord, fields) },
      };
    },
  };
}

/** Why nothing can be read under a schema, and when that was found. */
interface Refusal {
  readonly reason: RejectedError;
  readonly at: number;
}

type Reader = (data: Uint8Array) => Data;

interface WriterField {
  readonly name?: unknown;
  readonly type?: unknown;
}

/** What reads records written under this schema, or why none can be read. */
function readerUnder(id: number, text: string, fields: readonly Field[]): Reader | RejectedError {
  const cannot = (problem: string, error?: unknown) =>
    new RejectedError("unsupported-schema", `schema ${id} ${problem}`, [], { cause: error });
  try {
    const schema = parseJson(text, "it") as { readonly type?: unknown; readonly fields?: unknown } | null;
    if (schema?.type !== "record" || !Array.isArray(schema.fields)) return cannot("is no record");
    const logical: { name: string; logical: Logical | undefined }[] = [];
    const shapes: NamedShapes = new Map();
    for (const { name: given, type } of schema.fields as readonly WriterField[]) {
      const name = String(given);
      const shape = readShape(type, shapes);
      if (!fields.some((field) => field.name === name || field.aliases.includes(name))) continue;
      if (typeof shape === "string") return cannot(`cannot be read: its field ${name.slice(0, 80)}: ${shape}`);
      logical.push({ name, logical: shape.logical });
    }
    return decoder(schema, logical);
  } catch (error) {
    return cannot(`cannot be read: ${asError(error).message}`, error);
  }
}

function decoded(read: Reader, data: Buffer, id: number): Data {
  try {
    return read(data);
  } catch (error) {
    const { message } = asError(error);
    const problem = error instanceof AvroValueError ? `the field ${error.field} ${message}` : message;
    throw new RejectedError("schema", `the value is no record of schema ${id}: ${problem}`, [], { cause: error });
  }
}

function picked(record: Data, fields: readonly Field[]): Data {
  const kept: Record<string, unknown> = {};
  for (const { name, aliases } of fields) {
    const found = [name, ...aliases].find((one) => Object.hasOwn(record, one));
    if (found === undefined) continue;
    kept[name] = jsonValue(found, record[found]);
  }
  return kept;
}

/** A field's value as JSON has it. A long past 2^53 is rounded, as Avro widens it to a double; a field of longs refuses it. */
export function jsonValue(field: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  // JSON would make null of it, which may be a value.
  if (typeof value !== "number" || Number.isFinite(value)) return value;
  throw new RejectedError("schema", `the field ${field} is ${value}, which is no finite number`);
}
