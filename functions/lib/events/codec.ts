// CloudEvents over HTTP, read and written. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
//
//   C1  What was sent is what is read: JSON data of any kind, other content as text or bytes, attribute values decoded.
//   C2  Whatever is no CloudEvent is refused with a reason that says how to mend it. Nothing required is invented.
//   C3  What is written reads back the same, here and in the `cloudevents` package, whose types these are.

import type { Message } from "cloudevents";
import {
  type AttributeValue,
  checkAttributes,
  checkName,
  checkValue,
  MAX_ATTRIBUTES,
  malformed,
} from "./attributes.ts";
import { parseJson } from "./json.ts";
import { inUtf8, type MediaType, parseMediaType } from "./media-type.ts";
import type { Event } from "./vocabulary.ts";

/** Header names and values in turn, as `http.IncomingMessage.rawHeaders` has them: doubles can be seen. */
export type RawHeaders = readonly string[];

const STRUCTURED = "application/cloudevents+json";
const JSON_TYPE: MediaType = { essence: "application/json", kind: "json", charset: "utf-8" };

/** The event of a request in binary or structured mode. @throws MalformedEventError. */
export function readEvent(headers: RawHeaders, body: Buffer): Event {
  const { attributes, contentType } = readHeaders(headers);
  const media = contentType === undefined ? undefined : parseMediaType(contentType);
  if (media?.essence.startsWith("application/cloudevents")) {
    return readStructured(media, body);
  }
  if (Object.keys(attributes).length === 0) {
    throw malformed(
      "not-a-cloudevent",
      `this request is no CloudEvent: it has no ce-* headers and its Content-Type is ${contentType ?? "missing"}. ` +
        `Send the headers ce-specversion: 1.0, ce-id, ce-source, ce-type with the data as body, or the whole event as ${STRUCTURED}`,
    );
  }
  if (contentType !== undefined) attributes["datacontenttype"] = contentType;
  checkAttributes(attributes);
  if (body.length === 0) return attributes;
  // Brokers leave the content type out where the event named none; CloudEvents' JSON format then means JSON.
  return { ...attributes, data: readData(media ?? JSON_TYPE, body) };
}

/** The event as a binary-mode message: header values percent-encoded, the data as its content type says. */
export function writeEvent(event: Event): Message<Buffer | string> {
  const headers: Record<string, string> = {};
  const media = event.datacontenttype === undefined ? JSON_TYPE : parseMediaType(event.datacontenttype);
  for (const [name, value] of Object.entries(event)) {
    if (name === "data" || name === "data_base64" || name === "datacontenttype" || value === undefined) continue;
    headers[`ce-${name}`] = encodeHeader(String(value));
  }
  const { data } = event;
  if (data === undefined) {
    if (event.datacontenttype !== undefined) headers["content-type"] = event.datacontenttype;
    return { headers, body: "" };
  }
  headers["content-type"] = event.datacontenttype ?? "application/json; charset=utf-8";
  if (data instanceof Uint8Array) return { headers, body: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
  // Text was decoded when it was read, and is written as UTF-8 whatever it came in.
  if (media.charset !== "utf-8") headers["content-type"] = inUtf8(headers["content-type"]);
  if (media.kind !== "json" && typeof data === "string") return { headers, body: Buffer.from(data, "utf8") };
  return { headers, body: JSON.stringify(data) };
}

function readHeaders(headers: RawHeaders): { attributes: Record<string, AttributeValue>; contentType?: string } {
  const attributes: Record<string, AttributeValue> = {};
  let contentType: string | undefined;
  let count = 0;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const header = (headers[i] as string).toLowerCase();
    if (header === "content-type") {
      if (contentType !== undefined) throw malformed("duplicate-header", "Content-Type is there twice");
      contentType = headers[i + 1] as string;
    } else if (header.startsWith("ce-")) {
      const name = header.slice(3);
      checkName(name);
      if (name === "datacontenttype") {
        throw malformed("attribute-name", "ce-datacontenttype is not a header of binary mode; use Content-Type");
      }
      if (Object.hasOwn(attributes, name)) throw malformed("duplicate-header", `ce-${name} is there twice`);
      if (++count > MAX_ATTRIBUTES) throw malformed("attribute-count", `more than ${MAX_ATTRIBUTES} attributes`);
      const value = decodeHeader(header, headers[i + 1] as string);
      checkValue(name, value);
      attributes[name] = value;
    }
  }
  return contentType === undefined ? { attributes } : { attributes, contentType };
}

function readStructured(media: MediaType, body: Buffer): Event {
  if (media.essence.startsWith("application/cloudevents-batch")) {
    throw malformed("batch-mode", "batches are not taken: send each event in a request of its own");
  }
  if (media.essence !== STRUCTURED && media.essence !== "application/cloudevents") {
    throw malformed("event-format", `the event format ${media.essence} is not known here; send ${STRUCTURED}`);
  }
  const envelope = parseJson(decodeText(media, body), "the event");
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
    if (data !== undefined) throw malformed("data", "an event has data or data_base64, not both");
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

function readData(media: MediaType, body: Buffer): unknown {
  if (media.kind === "binary") return body;
  const text = decodeText(media, body);
  return media.kind === "json" ? parseJson(text, "the data") : text;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decodeText(media: MediaType, body: Buffer): string {
  try {
    const decoder = media.charset === "utf-8" ? utf8 : new TextDecoder(media.charset, { fatal: true });
    return decoder.decode(body);
  } catch (error) {
    throw malformed("charset", `the body is not valid ${media.charset}; send UTF-8`, error);
  }
}

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;

function decodeHeader(header: string, raw: string): string {
  const quoted = raw.charCodeAt(0) === 34 ? QUOTED.exec(raw) : null;
  let value = quoted === null ? raw : (quoted[1] as string).replace(/\\(.)/g, "$1");
  // Node reads header bytes as Latin-1; a client that did not percent-encode sent UTF-8.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything beyond ASCII
  if (/[^\u0000-\u007f]/.test(value)) value = decodeText(JSON_TYPE, Buffer.from(value, "latin1"));
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch (error) {
    throw malformed(
      "percent-encoding",
      `${header} holds a % that begins no percent-encoded UTF-8; write it as %25`,
      error,
    );
  }
}

/** Space, `"`, `%` and all beyond printable ASCII, as the HTTP binding says in 3.1.3.2. */
export function encodeHeader(value: string): string {
  return value.replace(/[^\u0021\u0023\u0024\u0026-\u007e]+/gu, encodeURIComponent);
}
