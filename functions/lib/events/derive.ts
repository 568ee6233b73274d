// Makes the next event from an event. Only the attributes named here are carried; those that a broker added on the way
// (knativekafka*, knativeerror*) are dropped.

import { RejectedError } from "../errors.ts";
import { encodeHeader } from "./header-text.ts";
import type { Event, StepName } from "./vocabulary.ts";

/** Limit of the data of a client's event. */
export const MAX_DOOR_BODY_BYTES = 256 * 1024;
/** Limit of a derived event. Kafka's own limit is 1 MiB with headers. */
export const MAX_DERIVED_BYTES = 768 * 1024;
/** Node takes 16 KiB of headers and the dispatcher's HTTP client 8 KiB by default; this leaves room for other headers. */
export const MAX_DERIVED_HEADER_BYTES = 6 * 1024;
/** Attributes that a derived event takes over from its cause. */
export const CARRIED = [
  "subject",
  "time",
  "partitionkey",
  "pipeline",
  "recordedtime",
  "traceparent",
  "tracestate",
] as const;

export interface Derivation<T> {
  readonly type: string;
  readonly pipeline: string;
  readonly step: StepName;
  readonly data: T;
  /** The id; default: the cause's, which is already a digest of the client's event. */
  readonly id?: string;
  /** Attributes beside or in place of the carried ones. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
}

/** @throws RejectedError `too-large` past MAX_DERIVED_BYTES in all, or MAX_DERIVED_HEADER_BYTES of attributes. */
export function derive<T>(cause: Event, derivation: Derivation<T>): Event<T> {
  const event: Record<string, unknown> = {
    specversion: "1.0",
    id: derivation.id ?? cause.id,
    source: `/wadi/${derivation.pipeline}/${derivation.step}`,
    type: derivation.type,
    datacontenttype: "application/json",
  };
  for (const name of CARRIED) if (cause[name] !== undefined) event[name] = cause[name];
  Object.assign(event, derivation.attributes);
  checkHeaders(event);
  event["data"] = derivation.data;
  checkSize(event);
  return event as unknown as Event<T>;
}

/** Checked here, because the next hop would refuse it without a reason. */
function checkHeaders(attributes: Readonly<Record<string, unknown>>): void {
  let units = 0;
  for (const name in attributes) units += name.length + String(attributes[name]).length;
  // A UTF-16 unit takes up to nine bytes percent-encoded.
  if (units * 9 < MAX_DERIVED_HEADER_BYTES) return;
  const bytes = Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + `ce-${name}: ${encodeHeader(String(value))}\r\n`.length,
    0,
  );
  if (bytes > MAX_DERIVED_HEADER_BYTES) {
    throw new RejectedError(
      "too-large",
      `the attributes have ${bytes} bytes as headers; ${MAX_DERIVED_HEADER_BYTES} are allowed: shorten id, source or subject`,
    );
  }
}

function checkSize(event: Record<string, unknown>): void {
  // A UTF-16 unit takes at most six bytes of JSON (\u0000), so only an event that could be too large is measured.
  if (roughLength(event, 0) * 6 < MAX_DERIVED_BYTES) return;
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes > MAX_DERIVED_BYTES) {
    throw new RejectedError("too-large", `the derived event has ${bytes} bytes; ${MAX_DERIVED_BYTES} are allowed`);
  }
}

function roughLength(value: unknown, length: number): number {
  if (typeof value === "string") return length + value.length + 3;
  if (typeof value !== "object" || value === null) return length + 25;
  let sum = length;
  for (const key in value) sum = roughLength((value as Record<string, unknown>)[key], sum + key.length + 4);
  return sum;
}
