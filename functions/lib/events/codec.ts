// CloudEvents over HTTP, read and written. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
//
//   C1  What was sent is what is read: JSON data of any kind, other content as text or bytes, attribute values decoded.
//   C2  A request that is no CloudEvent is refused with a reason and the cure. No required attribute is invented.
//   C3  What is written reads back the same, here and in the `cloudevents` package, whose types these are.

import type { Message } from "cloudevents";
import {
  type AttributeValue,
  checkAttributes,
  checkName,
  checkValue,
  MAX_ATTRIBUTE_LENGTH,
  MAX_ATTRIBUTES,
  malformed,
} from "./attributes.ts";
import { readData, writeData } from "./event-data.ts";
import { decodeHeader, encodeHeader, isPlain } from "./header-text.ts";
import { JSON_TYPE, parseMediaType } from "./media-type.ts";
import { isStructured, readStructured, STRUCTURED } from "./structured.ts";
import type { Event } from "./vocabulary.ts";

/** Names and values in turn, as `http.IncomingMessage.rawHeaders`, where duplicates are visible. */
export type RawHeaders = readonly string[];

/** The event of a request in binary or structured mode. @throws MalformedEventError. */
export function readEvent(headers: RawHeaders, body: Buffer): Event {
  const { attributes, contentType } = readHeaders(headers);
  const media = contentType === undefined ? undefined : parseMediaType(contentType);
  if (media !== undefined && isStructured(media)) return readStructured(media, body);
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
  const event: Event = attributes;
  event.data = readData(media ?? JSON_TYPE, body);
  return event;
}

/** The event as a binary-mode message: header values percent-encoded, the data as its content type says. */
export function writeEvent(event: Event): Message<Buffer | string> {
  const headers: Record<string, string> = {};
  for (const name in event) {
    const value = event[name];
    if (name === "data" || name === "data_base64" || name === "datacontenttype" || value === undefined) continue;
    headers[`ce-${name}`] = encodeHeader(String(value));
  }
  const { contentType, body } = writeData(event);
  if (contentType !== undefined) headers["content-type"] = contentType;
  return { headers, body: body ?? "" };
}

function readHeaders(headers: RawHeaders): { attributes: Record<string, AttributeValue>; contentType?: string } {
  const attributes: Record<string, AttributeValue> = {};
  let contentType: string | undefined;
  let count = 0;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = attributeIn(headers[i] as string);
    if (name === undefined) continue;
    const raw = headers[i + 1] as string;
    if (name === CONTENT_TYPE) {
      if (contentType !== undefined) throw malformed("duplicate-header", "Content-Type is there twice");
      contentType = raw;
    } else {
      if (Object.hasOwn(attributes, name)) throw malformed("duplicate-header", `ce-${name} is there twice`);
      if (++count > MAX_ATTRIBUTES) throw malformed("attribute-count", `more than ${MAX_ATTRIBUTES} attributes`);
      attributes[name] = isPlain(raw) && raw.length <= MAX_ATTRIBUTE_LENGTH ? raw : readValue(name, raw);
    }
  }
  return contentType === undefined ? { attributes } : { attributes, contentType };
}

function readValue(name: string, raw: string): AttributeValue {
  const value = decodeHeader(raw);
  checkValue(name, value, `the header ce-${name}`);
  return value;
}

const CONTENT_TYPE = "datacontenttype";
// Producers and proxies use a handful of header names, hostile ones any number: what is remembered has a bound.
const REMEMBERED_HEADERS = 256;
const remembered = new Map<string, string | undefined>();

/** The attribute that a header carries; undefined for a header that carries none. @throws MalformedEventError. */
function attributeIn(header: string): string | undefined {
  const known = remembered.get(header);
  if (known !== undefined || remembered.has(header)) return known;
  const name = attributeNamed(header.toLowerCase());
  if (remembered.size < REMEMBERED_HEADERS) remembered.set(header, name);
  return name;
}

function attributeNamed(header: string): string | undefined {
  if (header === "content-type") return CONTENT_TYPE;
  if (!header.startsWith("ce-")) return undefined;
  const name = header.slice(3);
  checkName(name);
  if (name !== CONTENT_TYPE) return name;
  throw malformed("attribute-name", "ce-datacontenttype is not a header of binary mode; use Content-Type");
}
