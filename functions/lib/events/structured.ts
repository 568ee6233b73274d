// Structured mode, over HTTP and Kafka: the whole event is one JSON text.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md

import { checkAttributes, checkName, checkValue, MAX_ATTRIBUTES, malformed } from "./attributes.ts";
import { decodeText, readData } from "./event-data.ts";
import { parseJson } from "./json.ts";
import { JSON_TYPE, type MediaType, parseMediaType } from "./media-type.ts";
import type { Event } from "./vocabulary.ts";

export const STRUCTURED = "application/cloudevents+json";

/** Whether this content type is a structured event or a batch of them. */
export function isStructured({ essence }: MediaType): boolean {
  return essence.startsWith("application/cloudevents");
}

/** @throws MalformedEventError. */
export function readStructured(media: MediaType, body: Buffer): Event {
  if (media.essence.startsWith("application/cloudevents-batch")) {
    throw malformed("batch-mode", "batches are not taken here: send each event in a request of its own");
  }
  if (media.essence !== STRUCTURED && media.essence !== "application/cloudevents") {
    throw malformed("event-format", `the event format ${media.essence} is not known here; send ${STRUCTURED}`);
  }
  return eventOf(parseJson(decodeText(media, body), "the event"));
}

/** The event of an object of CloudEvents' JSON format. @throws MalformedEventError. */
export function eventOf(envelope: unknown): Event {
  if (typeof envelope !== "object" || envelope === null || Array.isArray(envelope)) {
    throw malformed("not-a-cloudevent", "a structured event is one JSON object");
  }
  const event: Record<string, unknown> = {};
  const entries = Object.entries(envelope);
  if (entries.length > MAX_ATTRIBUTES) throw malformed("attribute-count", `more than ${MAX_ATTRIBUTES} attributes`);
  for (const [name, value] of entries) {
    if (name === "data" || name === "data_base64" || value === null) continue;
    checkName(name);
    checkValue(name, value);
    event[name] = value;
  }
  checkAttributes(event);
  return readStructuredData(event, envelope as Record<string, unknown>);
}

function readStructuredData(event: Event, envelope: Record<string, unknown>): Event {
  const { data, data_base64: base64 } = envelope;
  const kind = event.datacontenttype === undefined ? "json" : parseMediaType(event.datacontenttype).kind;
  if (base64 !== undefined && base64 !== null) {
    // Some serializers write null for absent members.
    if (data !== undefined && data !== null) throw malformed("data", "an event has data or data_base64, not both");
    if (typeof base64 !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0) {
      throw malformed("data", "data_base64 is not base64");
    }
    const bytes = Buffer.from(base64, "base64");
    return {
      ...event,
      data: kind === "binary" ? bytes : readData(parseMediaType(event.datacontenttype ?? JSON_TYPE.essence), bytes),
    };
  }
  if (data === undefined) return event;
  if (kind !== "json" && typeof data !== "string") {
    throw malformed("data", `data of type ${event.datacontenttype} must be a string, or come as data_base64`);
  }
  return { ...event, data: kind === "binary" ? Buffer.from(data as string, "utf8") : data };
}

/** The event as JSON text: bytes as `data_base64`, other data as JSON. */
export function writeStructured(event: Event): string {
  const { data, ...attributes } = event;
  if (!(data instanceof Uint8Array)) return JSON.stringify(event);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return JSON.stringify({ ...attributes, data_base64: bytes.toString("base64") });
}
