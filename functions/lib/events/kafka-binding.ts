// CloudEvents in Kafka, read and written.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
//
//   K1  What is written reads back the same: data to the byte where it is text or bytes; numbers and booleans are their
//       text in binary mode, as headers are text, and themselves in structured mode.
//   K2  The message's key is the partitionkey, as it is, and the attribute stays (3.1). A key that was read adds no
//       attribute to the event: it may be anything, and the event is what its producer made.
//   K3  The binding (3.2.3) and Wadi's own broker write header values as UTF-8, not percent-encoded. Knative's Broker copies
//       HTTP headers as they are, so headers in its topics are read and written as HTTP's: else one event would have two
//       names. A message does not tell which it is; the code that opens the topic knows.
//   K4  A message that is no CloudEvent is refused with a reason and the cure. No required attribute is invented.

import {
  type AttributeValue,
  checkAttributes,
  checkName,
  checkValue,
  MAX_ATTRIBUTES,
  malformed,
} from "./attributes.ts";
import { readData, writeData, writtenType } from "./event-data.ts";
import { asKnativeSends, decodeHeader, encodeHeader, textBetween, textOfBytes } from "./header-text.ts";
import { JSON_TYPE, parseMediaType } from "./media-type.ts";
import { isStructured, readStructured, STRUCTURED, writeStructured } from "./structured.ts";
import type { Event } from "./vocabulary.ts";

/** How headers of a topic are written (K3): as the CloudEvents binding says, or as a Knative Broker and its KafkaSink do. */
export type TopicOwner = "binding" | "knative";

type HeaderValue = Uint8Array | string | null | undefined;

/** What a consumer hands over; a header that is there twice is a list. */
export interface ConsumedMessage {
  readonly value: Uint8Array | null;
  readonly headers?: Readonly<Record<string, HeaderValue | readonly HeaderValue[]>> | undefined;
  /** The same where they lie, from a reader that need not make an object of them: `end` is below `start` where a value is nothing. */
  eachHeader?(tell: (name: string, bytes: Buffer, start: number, end: number) => void): void;
}

/** What a producer takes. */
export interface ProducedMessage {
  readonly key: string | null;
  readonly value: Buffer | null;
  /** UTF-8. */
  readonly headers: Record<string, string>;
}

/** Kafka's default limit of a record; larger ones need a changed setting and are not meant for steps. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
const PREFIX = "ce_";
/** No name of an attribute: it has a hyphen. */
const CONTENT_TYPE = "content-type";

/** The event of a message in binary or structured mode. @throws MalformedEventError. */
export function readMessage(message: ConsumedMessage, owner: TopicOwner = "binding"): Event {
  const { value } = message;
  if (value !== null && value.byteLength > MAX_MESSAGE_BYTES) {
    throw malformed("too-large", `the message has ${value.byteLength} bytes; ${MAX_MESSAGE_BYTES} are allowed`);
  }
  const body = value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  const headers = readHeaders(message, owner);
  const { attributes, contentType } = headers;
  const media = contentType === undefined ? undefined : parseMediaType(contentType);
  // Binary-mode headers beside a structured event (3.3.3) only repeat it.
  if (media !== undefined && isStructured(media)) return readWhole(media.essence, contentType as string, body);
  if (headers.problem !== undefined) throw headers.problem;
  if (headers.count === 0) throw notACloudEvent(body, contentType);
  takeContentType(attributes, contentType);
  checkAttributes(attributes, PREFIX);
  if (body === null) return attributes;
  const type = attributes.datacontenttype === undefined ? JSON_TYPE : parseMediaType(attributes.datacontenttype);
  // Other clients cannot always tell an empty value from none, and no JSON text is empty.
  if (body.length === 0 && type.kind === "json") return attributes;
  return Object.assign(attributes, { data: readData(type, body) });
}

/** The event as a message. No data is no value in binary mode, which a compacted topic takes for a deletion (3.2.2). */
export function writeMessage(
  event: Event,
  mode: "binary" | "structured" = "binary",
  owner: TopicOwner = "binding",
): ProducedMessage {
  const key = keyOf(event, owner);
  if (mode === "structured") {
    const headers = { "content-type": `${STRUCTURED}; charset=UTF-8` };
    return { key, value: Buffer.from(writeStructured(event), "utf8"), headers };
  }
  const headers: Record<string, string> = {};
  const value = writeBinary(event, owner, (name, text) => {
    headers[name] = text;
  });
  return { key, value, headers };
}

export function keyOf(event: Event, owner: TopicOwner): string | null {
  const partitionKey = event["partitionkey"];
  return partitionKey === undefined ? null : writtenText(partitionKey, owner);
}

/** The value of a message in binary mode. `header` is called for each of its headers, in their order. */
export function writeBinary(
  event: Event,
  owner: TopicOwner,
  header: (name: string, text: string) => void,
): Buffer | null {
  for (const name in event) {
    if (name === "data" || name === "datacontenttype" || event[name] === undefined) continue;
    header(headerOf(name), writtenText(event[name], owner));
  }
  const { contentType, body } = writeData(event);
  if (contentType !== undefined) header(CONTENT_TYPE, contentType);
  return typeof body === "string" ? Buffer.from(body, "utf8") : (body ?? null);
}

function writtenText(value: unknown, owner: TopicOwner): string {
  return owner === "knative" ? encodeHeader(String(value)) : String(value);
}

const REMEMBERED_HEADERS = 256;
const headerNames = new Map<string, string>();

/** Of an attribute: one text for all events, which costs less than one for each. */
function headerOf(attribute: string): string {
  const known = headerNames.get(attribute);
  if (known !== undefined) return known;
  const name = PREFIX + attribute;
  if (headerNames.size < REMEMBERED_HEADERS) headerNames.set(attribute, name);
  return name;
}

/** Of more JSON it has to be looked at whether a reader takes it. */
const SMALL_BYTES = 4096;
/** What is nested deeper has to be read. */
const SHALLOW = 8;

/**
 * What a reader makes of an event that `writeMessage` has written in binary mode as the binding says, with `bytes` of data, without
 * reading it. Its data is that of `event` itself, which nobody changes. Undefined where it has to be read: its reader may find it
 * malformed, or its data is not what its JSON says.
 */
export function rereadOf(event: Event, bytes: number): Event | undefined {
  if (bytes > SMALL_BYTES || (event.data !== undefined && !isJson(event.data, SHALLOW))) return undefined;
  const read: Record<string, unknown> = { ...event };
  let count = 0;
  try {
    for (const name in read) {
      const given = read[name];
      if (name === "data" || name === "datacontenttype") continue;
      if (given === undefined) return undefined;
      checkName(name);
      const text = String(given);
      checkValue(name, text);
      if (text !== given) read[name] = text;
      count++;
    }
    const { contentType, kind } = writtenType(event);
    if (contentType !== undefined) {
      if (event.data !== undefined && kind !== "json") return undefined;
      checkValue("datacontenttype", contentType);
      if (contentType !== event.datacontenttype) read["datacontenttype"] = contentType;
    }
    checkAttributes(read, PREFIX);
  } catch {
    // Whoever reads it says what is wrong with it.
    return undefined;
  }
  return count > MAX_ATTRIBUTES ? undefined : (read as unknown as Event);
}

/** Whether it is what `JSON.parse` would make of it. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object" || depth === 0) return false;
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const name in value) if (!isJson((value as Record<string, unknown>)[name], depth - 1)) return false;
  return !("toJSON" in value);
}

interface ReadHeaders {
  readonly attributes: Record<string, AttributeValue>;
  count: number;
  contentType: string | undefined;
  /** The first that is wrong, which is of no account beside a structured event. */
  problem: unknown;
}

function readHeaders(message: ConsumedMessage, owner: TopicOwner): ReadHeaders {
  const read: ReadHeaders = { attributes: {}, count: 0, contentType: undefined, problem: undefined };
  const take = (header: string, text: () => string) => {
    const attribute = attributeOf(header);
    if (attribute === undefined) return;
    if (attribute === CONTENT_TYPE) {
      if (read.contentType !== undefined) throw malformed("duplicate-header", "content-type is there twice");
      read.contentType = text();
      return;
    }
    try {
      takeAttribute(read, attribute, text, owner);
    } catch (error) {
      read.problem ??= error;
    }
  };
  if (message.eachHeader !== undefined) {
    message.eachHeader((name, bytes, start, end) => take(name, () => textAt(name, bytes, start, end)));
    return read;
  }
  const { headers = {} } = message;
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) take(name, () => textOf(name.toLowerCase(), value));
  }
  return read;
}

function takeAttribute(read: ReadHeaders, name: string, text: () => string, owner: TopicOwner): void {
  checkName(name);
  if (Object.hasOwn(read.attributes, name)) throw malformed("duplicate-header", `ce_${name} is there twice`);
  if (++read.count > MAX_ATTRIBUTES) throw malformed("attribute-count", `more than ${MAX_ATTRIBUTES} attributes`);
  const written = text();
  const value = owner === "knative" ? decodeHeader(asKnativeSends(written)) : written;
  checkValue(name, value, `the header ${headerOf(name)}`);
  read.attributes[name] = value;
}

/** The JavaScript SDK also writes ce_datacontenttype, beside or instead of the binding's content-type. */
function takeContentType(attributes: Record<string, AttributeValue>, contentType: string | undefined): void {
  if (contentType === undefined) return;
  if (contentType !== (attributes["datacontenttype"] ?? contentType)) {
    throw malformed("duplicate-header", "content-type and ce_datacontenttype differ; send content-type alone");
  }
  checkValue("datacontenttype", contentType);
  attributes["datacontenttype"] = contentType;
}

/** Clients use a few headers, a hostile one any number: what is remembered has a bound. */
const attributesByHeader = new Map<string, string | undefined>();

/** Of a header, in upper or lower case, since clients differ: an attribute, CONTENT_TYPE, or undefined for what is not the event's. */
function attributeOf(header: string): string | undefined {
  if (attributesByHeader.has(header)) return attributesByHeader.get(header);
  const name = header.toLowerCase();
  const other = name === CONTENT_TYPE ? CONTENT_TYPE : undefined;
  const attribute = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : other;
  if (attributesByHeader.size < REMEMBERED_HEADERS) attributesByHeader.set(header, attribute);
  return attribute;
}

function textAt(header: string, bytes: Buffer, start: number, end: number): string {
  if (end < start) throw noValue(header.toLowerCase());
  return textBetween(bytes, start, end);
}

function textOf(header: string, value: HeaderValue | readonly HeaderValue[]): string {
  if (Array.isArray(value)) throw malformed("duplicate-header", `${header} is there ${value.length} times`);
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array)) throw noValue(header);
  return textOfBytes(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
}

function noValue(header: string): Error {
  return malformed("attribute-value", `${header} has no value: leave it out instead`);
}

function readWhole(essence: string, contentType: string, body: Buffer | null): Event {
  if (essence.startsWith("application/cloudevents-batch")) {
    throw malformed("batch-mode", "batches are not taken: send each event as a message of its own");
  }
  if (body === null) throw malformed("not-a-cloudevent", `the message says it is ${essence}, and has no value`);
  return readStructured(parseMediaType(contentType), body);
}

function notACloudEvent(body: Buffer | null, contentType: string | undefined): Error {
  if (body === null) {
    return malformed(
      "tombstone",
      "this message has no value and no ce_ headers: it deletes a key of a compacted topic, and is no event. " +
        "An event without data has at least the headers ce_specversion: 1.0, ce_id, ce_source, ce_type",
    );
  }
  return malformed(
    "not-a-cloudevent",
    `this message is no CloudEvent: it has no ce_ headers and its content-type is ${contentType ?? "missing"}. ` +
      `Send the headers ce_specversion: 1.0, ce_id, ce_source, ce_type with the data as value, or the whole event as ${STRUCTURED}`,
  );
}
