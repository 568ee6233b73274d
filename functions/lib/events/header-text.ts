// The text of an attribute as a header carries it, over HTTP and in Kafka.
//
//   H1  What is written reads back the same.
//   H2  Any bytes in a header are read as text, since other senders may not percent-encode or may write Latin-1. No event is
//       lost because of the encoding of a header.

import { isUtf8 } from "node:buffer";

const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: everything beyond ASCII
const BEYOND_ASCII = /[^\u0000-\u007f]/;
/** What is the same in a header, quoted or not, percent-encoded or not. */
const PLAIN = /^[\u0020\u0021\u0023\u0024\u0026-\u007e]*$/;
const TO_ENCODE = /[^\u0021\u0023\u0024\u0026-\u007e]+/gu;
const ENCODED = /(?:%[0-9a-fA-F]{2})+/g;

/** Reads UTF-8 when the bytes are valid UTF-8, else Latin-1. */
export function textOfBytes(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? "utf8" : "latin1");
}

/** The same of a part of the bytes. Most is ASCII, which is read without a look at the bytes before. */
export function textBetween(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("latin1", start, end);
  return BEYOND_ASCII.test(text) ? textOfBytes(bytes.subarray(start, end)) : text;
}

/** Printable ASCII without `"` and `%`, which decodeHeader leaves as it is. */
export function isPlain(raw: string): boolean {
  return PLAIN.test(raw);
}

/**
 * The text of an HTTP header's value, which Node hands over with a character for each byte: unquoted, its bytes read as
 * text, and percent-decoded once. A `%` that begins no percent-encoded UTF-8 is a `%`.
 */
export function decodeHeader(raw: string): string {
  const quoted = raw.charCodeAt(0) === 34 ? QUOTED.exec(raw) : null;
  let value = quoted === null ? raw : (quoted[1] as string).replace(/\\(.)/g, "$1");
  if (BEYOND_ASCII.test(value)) value = textOfBytes(Buffer.from(value, "latin1"));
  return value.includes("%") ? value.replace(ENCODED, decodeRun) : value;
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run);
  } catch {
    return run;
  }
}

/** Space, `"`, `%` and all beyond printable ASCII, as the HTTP binding says in 3.1.3.2. */
export function encodeHeader(value: string): string {
  return PLAIN.test(value) && !value.includes(" ") ? value : value.replace(TO_ENCODE, encodeURIComponent);
}

/** Whether it has a `?`, which may stand for a character that a Knative Broker could not carry. */
export function maybeSpoilt(text: string): boolean {
  return text.includes("?");
}

/**
 * A text that lies in the topic of a Knative Broker, as its dispatcher puts it into an HTTP header: a byte for each
 * character up to U+00FF, and a question mark for each UTF-16 unit beyond.
 */
export function asKnativeSends(text: string): string {
  return text.replace(/[\u0100-\uffff]/g, "?");
}
