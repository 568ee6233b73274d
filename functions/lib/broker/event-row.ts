// An event as a row of SQLite: attributes as JSON, and the data in a column whose type says what it is. Text is JSON
// data, a blob is bytes, NULL is no data. So an event is read as it was written, also one whose data is JSON's null.

import { asError, MalformedEventError, TooLargeError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";

export interface Row {
  readonly attributes: string;
  readonly data: string | Uint8Array | null;
  /** Bytes of both; text that is not ASCII counts by its characters. */
  readonly size: number;
}

/** @throws MalformedEventError for an event that JSON cannot hold, or without a type. */
export function rowOf(event: Event): Row {
  try {
    if (typeof event.type !== "string") throw new TypeError("its type is no string");
    const { data, ...rest } = event;
    const attributes = JSON.stringify(rest);
    const stored = data instanceof Uint8Array ? data : (JSON.stringify(data) ?? null);
    return { attributes, data: stored, size: attributes.length + (stored?.length ?? 0) };
  } catch (error) {
    const message = `the event cannot be written as JSON: ${asError(error).message}; send plain values`;
    throw new MalformedEventError("not-json", message, { cause: error });
  }
}

/** @throws MalformedEventError as `rowOf`; TooLargeError for an event of more than `maxBytes`. */
export function rowWithin(event: Event, maxBytes: number): Row {
  const row = rowOf(event);
  if (row.size <= maxBytes) return row;
  throw new TooLargeError("too-large", `the event has ${row.size} bytes; ${maxBytes} are allowed`);
}

export function eventOf(attributes: string, data: unknown): Event {
  const event = JSON.parse(attributes) as Event;
  if (typeof data === "string") event.data = JSON.parse(data);
  else if (data instanceof Uint8Array) event.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return event;
}
