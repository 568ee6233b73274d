// An event's data as bytes, whatever carries them: JSON and text decoded as their content type says, all else as it is.

import { isUtf8 } from "node:buffer";
import { malformed } from "./attributes.ts";
import { parseJson } from "./json.ts";
import { inUtf8, type MediaType, parseMediaType } from "./media-type.ts";
import type { Event } from "./vocabulary.ts";

/** @throws MalformedEventError `charset`, or what parseJson throws. */
export function readData(media: MediaType, body: Buffer): unknown {
  if (media.kind === "binary") return body;
  const text = decodeText(media, body);
  return media.kind === "json" ? parseJson(text, "the data") : text;
}

// A byte order mark belongs to a text; a decoder would drop it unless told that it is ours to see.
const OPTIONS = { fatal: true, ignoreBOM: true };

/** @throws MalformedEventError `charset`. */
export function decodeText(media: MediaType, body: Buffer): string {
  // As a decoder would, in a fifth of the time.
  if (media.charset === "utf-8" && isUtf8(body)) return body.toString("utf8");
  try {
    return new TextDecoder(media.charset, OPTIONS).decode(body);
  } catch (error) {
    throw malformed("charset", `the body is not valid ${media.charset}; send UTF-8`, error);
  }
}

/** The data as a message's body, and the content type that says how to read it; no body where there is no data. */
export function writeData(event: Event): { readonly contentType?: string; readonly body?: Buffer | string } {
  const { data } = event;
  const { contentType, kind } = writtenType(event);
  if (contentType === undefined || data === undefined) return contentType === undefined ? {} : { contentType };
  if (data instanceof Uint8Array)
    return { contentType, body: Buffer.from(data.buffer, data.byteOffset, data.byteLength) };
  const body = kind !== "json" && typeof data === "string" ? Buffer.from(data, "utf8") : JSON.stringify(data);
  return { contentType, body };
}

/** The content type that `writeData` names. Text was decoded when it was read, and is written as UTF-8 whatever it came in. */
export function writtenType({ data, datacontenttype }: Event): { contentType?: string; kind?: MediaType["kind"] } {
  if (data === undefined) return datacontenttype === undefined ? {} : { contentType: datacontenttype };
  if (datacontenttype === undefined) return { contentType: "application/json; charset=utf-8", kind: "json" };
  if (data instanceof Uint8Array) return { contentType: datacontenttype };
  const { kind, charset } = parseMediaType(datacontenttype);
  return { contentType: charset === "utf-8" ? datacontenttype : inUtf8(datacontenttype), kind };
}
