// How a record of a user's own topic becomes a client's event: which field is the id, which the subject, and whether it is
// an observation or a label. Pure: the same record makes the same event, so a record that is read twice is learned once.

import { isUtf8 } from "node:buffer";
import { MalformedEventError, RejectedError } from "../errors.ts";
import { checkValue } from "../events/attributes.ts";
import { parseJson } from "../events/json.ts";
import { readMessage } from "../events/kafka-binding.ts";
import { type Event, EventType } from "../events/vocabulary.ts";
import { suggestion } from "./nearest.ts";
import type { Decoded } from "./pipeline.ts";
import type { SourceFile } from "./pipeline-file.ts";
import { MAX_RECORD_BYTES, recordId, sizeOf, sourceOf, type TopicRecord, timeOf } from "./topic-record.ts";

export interface TopicSource {
  readonly topic: string;
  readonly format: SourceFile["format"];
  /** The client's event that the record is. @throws RejectedError; `message` names field, problem and cure. */
  read(record: TopicRecord): Event;
}

export interface TopicSourceOptions {
  readonly pipeline: string;
  readonly targetField: string;
  /** Of the newest schema. */
  readonly fields: readonly string[];
  decodeAvro(data: Uint8Array, version: number): Decoded;
}

type Kind = "observation" | "label";
type Data = Readonly<Record<string, unknown>>;

export function createTopicSource(file: SourceFile, options: TopicSourceOptions): TopicSource {
  const read = file.format === "cloudevents" ? eventReader(file, options) : recordReader(file, options);
  return {
    topic: file.topic,
    format: file.format,
    read(record) {
      const size = sizeOf(record);
      if (size > MAX_RECORD_BYTES) {
        throw new RejectedError("too-large", `the record has ${size} bytes; ${MAX_RECORD_BYTES} are allowed`);
      }
      try {
        return read(record);
      } catch (error) {
        if (!(error instanceof MalformedEventError)) throw error;
        throw new RejectedError(error.code, error.message, [], { cause: error });
      }
    },
  };
}

/** CloudEvents name themselves; the file may say which of their types are observations and which labels. */
function eventReader({ type, topic }: SourceFile, { pipeline }: TopicSourceOptions): (record: TopicRecord) => Event {
  const kindOf = (event: Event): Kind => {
    if (typeof type === "string") return type;
    if (type !== undefined) return kindIn(type, event.type, "the type of the event");
    if (event.type === EventType.observation) return "observation";
    if (event.type === EventType.label) return "label";
    const cure = "say in the source's type: which types are which";
    throw new RejectedError("unknown-type", `${event.type} is neither observation nor label: ${cure}`);
  };
  return (record) => {
    const event = readMessage(record);
    const named = event["pipeline"];
    if (named !== undefined && named !== pipeline) {
      const cure = `the topic ${topic} is a source of ${pipeline}`;
      throw new RejectedError("unknown-pipeline", `the event is of pipeline ${JSON.stringify(named)}, and ${cure}`);
    }
    return { ...event, type: EventType[kindOf(event)], pipeline };
  };
}

function recordReader(file: SourceFile, options: TopicSourceOptions): (record: TopicRecord) => Event {
  const { format, id, subject, type = "observation" } = file;
  const { pipeline, targetField } = options;
  const fieldOfType = typeof type === "string" ? undefined : type.field;
  // What only the mapping needs is no field of the observation.
  const named = [id, subject, fieldOfType].filter((name) => name !== undefined);
  const left = new Set([...(file.omit ?? []), ...named.filter((name) => !options.fields.includes(name))]);
  const open = format === "json" ? openJson : openAvro(file, options);

  return (record) => {
    const { data, content } = open(record, left);
    const kind =
      typeof type === "string" ? type : kindIn(type, data[fieldOfType as string], `the field ${fieldOfType}`);
    const own = id === undefined ? recordId(record) : textOf("id", id, data);
    const name = subject === undefined ? undefined : textOf("subject", subject, data);
    const time = timeOf(record);
    return {
      specversion: "1.0",
      // One record may tell of an observation and a later one, with the same id, of its label.
      id: id !== undefined && fieldOfType !== undefined && kind === "label" ? `${own}/label` : own,
      source: sourceOf(pipeline, record.topic),
      type: EventType[kind],
      ...(name !== undefined && { subject: name }),
      ...(time !== undefined && { time }),
      partitionkey: name ?? own,
      pipeline,
      ...(kind === "label" ? labelOf(data, targetField) : content),
    } as Event;
  };
}

/** All fields of a record, and the attributes and data of the observation it makes. */
interface Opened {
  readonly data: Data;
  readonly content: { readonly datacontenttype: string; readonly dataschema?: string; readonly data: unknown };
}

function openJson({ value }: TopicRecord, left: ReadonlySet<string>): Opened {
  const bytes = bytesIn(value);
  if (!isUtf8(bytes)) throw new RejectedError("charset", "the value is not valid UTF-8, so it is not JSON");
  const data = parseJson(bytes.toString("utf8"), "the value");
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new RejectedError("record", "the value must be a JSON object with the fields of the record");
  }
  const kept = left.size === 0 ? data : Object.fromEntries(Object.entries(data).filter(([name]) => !left.has(name)));
  return { data: data as Data, content: { datacontenttype: "application/json", data: kept } };
}

const MAGIC = 0;
const FRAME_BYTES = 5;

/** Confluent's framing: a zero, the id of the schema as four bytes (the highest first), then the Avro record. */
function openAvro(file: SourceFile, { pipeline, decodeAvro }: TopicSourceOptions): (record: TopicRecord) => Opened {
  const versions = new Map(Object.entries(file.schemas ?? {}).map(([id, version]) => [Number(id), version]));
  return ({ value }) => {
    const bytes = bytesIn(value);
    if (bytes.length < FRAME_BYTES || bytes[0] !== MAGIC) {
      const cure = "the topic's producer must write Confluent's framing, a zero and four bytes of schema id";
      throw new RejectedError("avro-frame", `the value does not begin with a schema id: ${cure}`);
    }
    const id = bytes.readUInt32BE(1);
    const version = versions.get(id);
    if (version === undefined) {
      const known = [...versions.keys()].join(", ");
      const cure = "add it to the source's schemas: with the version of event.schemas that it is";
      throw new RejectedError("unknown-schema", `schema id ${id} is none of ${known}: ${cure}`);
    }
    const data = bytes.subarray(FRAME_BYTES);
    const dataschema = `urn:wadi:${pipeline}:${version}`;
    return {
      data: decodeAvro(data, version).record,
      content: { datacontenttype: "application/avro", dataschema, data },
    };
  };
}

function bytesIn(value: Uint8Array | null): Buffer {
  if (value === null) {
    throw new RejectedError(
      "tombstone",
      "the record has no value: it deletes a key of a compacted topic, and is no event",
    );
  }
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The label a record bears: its target alone. */
function labelOf(data: Data, targetField: string): Opened["content"] {
  const y = own(data, targetField);
  if (y === undefined || y === null) throw atField("target", targetField, data, "and a label must bear it");
  return { datacontenttype: "application/json", data: { [targetField]: y } };
}

/** A field's value as an attribute. */
function textOf(use: string, field: string, data: Data): string {
  const value = own(data, field);
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || text === "") throw atField(use, field, data, "text or a whole number is needed");
  checkValue(field, text);
  return text;
}

function kindIn(type: Exclude<SourceFile["type"], string | undefined>, value: unknown, what: string): Kind {
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
  if (type.observation.some((known) => String(known) === text)) return "observation";
  if (type.label.some((known) => String(known) === text)) return "label";
  const shown = JSON.stringify(value ?? null).slice(0, 80);
  const cure = `the source's type: has observation ${type.observation.join(", ")} and label ${type.label.join(", ")}`;
  throw new RejectedError("unknown-type", `${what} is ${shown}, neither observation nor label: ${cure}`);
}

function atField(use: string, field: string, data: Data, cure: string): RejectedError {
  const value = own(data, field);
  const names = Object.keys(data).slice(0, 100);
  const problem =
    value === undefined ? `is missing${suggestion(field, names)}` : `is ${JSON.stringify(value)?.slice(0, 80)}`;
  return new RejectedError(`record-${use}`, `the field ${field}, the source's ${use}, ${problem}; ${cure}`, [
    { path: `data.${field}`, problem },
  ]);
}

function own(data: Data, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}
