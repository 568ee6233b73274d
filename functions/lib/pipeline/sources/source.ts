// How a record of a user's own topic becomes a client's event: which field is the id, which the subject, and whether it is
// an observation or a label. Pure: the same record makes the same event, so a record that is read twice is learned once.

import { isUtf8 } from "node:buffer";
import { MalformedEventError, RejectedError } from "../../errors.ts";
import { checkValue } from "../../events/attributes.ts";
import { parseJson } from "../../events/json.ts";
import { readMessage } from "../../events/kafka-binding.ts";
import { type Event, EventType } from "../../events/vocabulary.ts";
import { suggestion } from "../../nearest.ts";
import type { SourceFile } from "../pipeline-file.ts";
import { createAvroReader, jsonValue, type Opened } from "./avro.ts";
import type { RegistrySchemas, TopicSourceOptions } from "./options.ts";
import { bytesIn, MAX_RECORD_BYTES, recordId, sizeOf, sourceOf, type TopicRecord, timeOf } from "./record.ts";

export interface TopicSource {
  readonly topic: string;
  readonly format: SourceFile["format"];
  /** Of Avro, where a registry keeps the schemas. */
  readonly registry?: RegistrySchemas;
  /** The client's event that the record is. @throws RejectedError; `message` names field, problem and cure. */
  read(record: TopicRecord): Event;
}

type Kind = "observation" | "label";
type Data = Readonly<Record<string, unknown>>;

export function createTopicSource(file: SourceFile, options: TopicSourceOptions): TopicSource {
  const avro = file.format === "avro" ? createAvroReader(file, options) : undefined;
  const open = avro?.open ?? openJson(file, options);
  const read = file.format === "cloudevents" ? eventReader(file, options) : recordReader(file, options, open);
  return {
    topic: file.topic,
    format: file.format,
    ...(avro?.registry !== undefined && { registry: avro.registry }),
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

function recordReader(
  { id, subject: named, type = "observation" }: SourceFile,
  { pipeline, targetField, subjectField }: TopicSourceOptions,
  open: (record: TopicRecord) => Opened,
): (record: TopicRecord) => Event {
  const subject = named ?? subjectField;
  const fieldOfType = typeof type === "string" ? undefined : type.field;

  return (record) => {
    const { data, content } = open(record);
    const kind =
      typeof type === "string" ? type : kindIn(type, own(data, type.field ?? ""), `the field ${fieldOfType}`);
    const key = id === undefined ? recordId(record) : textOf("id", id, data);
    const name = subject === undefined ? undefined : textOf("subject", subject, data);
    const time = timeOf(record);
    return {
      specversion: "1.0",
      // One record may tell of an observation and a later one, with the same id, of its label.
      id: id !== undefined && fieldOfType !== undefined && kind === "label" ? `${key}/label` : key,
      source: sourceOf(pipeline, record.topic),
      type: EventType[kind],
      ...(name !== undefined && { subject: name }),
      ...(time !== undefined && { time }),
      partitionkey: name ?? key,
      pipeline,
      ...(kind === "label" ? labelOf(data, targetField, subjectField) : content),
    } as Event;
  };
}

/** The fields that the mapping names, and only the mapping, are no part of the observation. */
function openJson(file: SourceFile, { fields }: TopicSourceOptions): (record: TopicRecord) => Opened {
  const { id, subject, type, omit = [] } = file;
  const named = [id, subject, typeof type === "object" ? type.field : undefined].filter((name) => name !== undefined);
  const left = new Set([...omit, ...named.filter((name) => !fields.some((field) => field.name === name))]);
  return ({ value }) => {
    const bytes = bytesIn(value);
    if (!isUtf8(bytes)) throw new RejectedError("charset", "the value is not valid UTF-8, so it is not JSON");
    const data = parseJson(bytes.toString("utf8"), "the value");
    if (typeof data !== "object" || data === null || Array.isArray(data)) {
      throw new RejectedError("record", "the value must be a JSON object with the fields of the record");
    }
    const kept = left.size === 0 ? data : Object.fromEntries(Object.entries(data).filter(([name]) => !left.has(name)));
    return { data: data as Data, content: { datacontenttype: "application/json", data: kept } };
  };
}

/** The label a record bears: its target alone, and what names its observation in the body. */
function labelOf(data: Data, targetField: string | undefined, subjectField: string | undefined): Opened["content"] {
  if (targetField === undefined) throw new RejectedError("record-target", "the pipeline has no field of labels");
  const y = jsonValue(targetField, own(data, targetField));
  if (y === undefined || y === null) throw atField("target", targetField, data, "and a label must bear it");
  const subject =
    subjectField === undefined ? {} : { [subjectField]: jsonValue(subjectField, own(data, subjectField)) };
  return { datacontenttype: "application/json", data: { ...subject, [targetField]: y } };
}

/** A field's value as an attribute. */
function textOf(use: string, field: string, data: Data): string {
  const value = own(data, field);
  const isWhole = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value));
  const text = isWhole ? String(value) : value;
  if (typeof text !== "string" || text === "") throw atField(use, field, data, "text or a whole number is needed");
  checkValue(field, text);
  return text;
}

function kindIn(type: Exclude<SourceFile["type"], string | undefined>, value: unknown, what: string): Kind {
  const text = ["number", "bigint", "boolean"].includes(typeof value) ? String(value) : value;
  if (type.observation.some((known) => String(known) === text)) return "observation";
  if (type.label.some((known) => String(known) === text)) return "label";
  const cure = `the source's type: has observation ${type.observation.join(", ")} and label ${type.label.join(", ")}`;
  throw new RejectedError("unknown-type", `${what} is ${shown(value)}, neither observation nor label: ${cure}`);
}

function atField(use: string, field: string, data: Data, cure: string): RejectedError {
  const value = own(data, field);
  const names = Object.keys(data).slice(0, 100);
  const problem = value === undefined ? `is missing${suggestion(field, names)}` : `is ${shown(value)}`;
  return new RejectedError(`record-${use}`, `the field ${field}, the source's ${use}, ${problem}; ${cure}`, [
    { path: `data.${field}`, problem },
  ]);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value ?? null, (_name, part: unknown) =>
    typeof part === "bigint" ? String(part) : part,
  );
  return text.slice(0, 80);
}

function own(data: Data, name: string): unknown {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}
