// An event that could not be handled, with what Knative's dispatcher adds to it: the destination, the status, the first
// bytes of the answer, and every `kne-` header of the answer as an extension named without that prefix.

import type { Event } from "../events/vocabulary.ts";
import type { Failure } from "./outcome.ts";

const DATA_BYTES = 1024;
const PREFIX = "kne-";
const EXTENSION = /^[a-z0-9]+$/;
/** An answer may add to the event, not turn it into another one. */
const CORE = new Set([
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "dataschema",
  "datacontenttype",
  "data",
]);

/** What tells of a failure; of an earlier one it would mislead. */
const OF_A_FAILURE = ["knativeerrordest", "knativeerrorcode", "knativeerrordata", "wadireason"];

/** The bytes of data that were left out. No step handles an event without its data, so sent again it fails again. */
const CUT = "datacut";

/** Where it lay in Kafka; sent again, it lies elsewhere. */
const OF_A_DELIVERY = ["knativekafkapartition", "knativekafkaoffset"];

/**
 * The reason of a letter that Knative wrote without a status, as it does for two failures alike: nothing answered, or what
 * answered 2xx was no event.
 */
export const NO_STATUS = "no-status";

/** The event as it goes to the dead letters; extensions of an earlier failure do not survive. */
export function deadLetterOf(event: Event, destination: string, failure: Failure): Event {
  const letter: Record<string, unknown> = { ...event };
  for (const extension of OF_A_FAILURE) delete letter[extension];
  for (const [header, value] of Object.entries(failure.headers ?? {})) {
    const name = header.toLowerCase();
    if (!name.startsWith(PREFIX)) continue;
    const extension = name.slice(PREFIX.length);
    if (EXTENSION.test(extension) && !CORE.has(extension)) letter[extension] = String(value);
  }
  letter["knativeerrordest"] = destination;
  if (failure.status !== undefined) letter["knativeerrorcode"] = String(failure.status);
  if (failure.body !== undefined && failure.body !== "") {
    // UTF-8 has at least one byte a UTF-16 unit: what lies beyond (and the other half of a pair) need not be encoded.
    const bytes = Buffer.from(failure.body.slice(0, DATA_BYTES + 1), "utf8").subarray(0, DATA_BYTES);
    letter["knativeerrordata"] = bytes.toString("base64");
  }
  return letter as unknown as Event;
}

/** A dead letter too large for where it is to be kept: without its data, which had `bytes`. */
export function withoutData({ data: _data, ...letter }: Event, bytes: number): Event {
  return { ...letter, [CUT]: String(bytes) } as Event;
}

/** The event as it was before it was given up, and how often it has been sent again. */
export function originalOf(letter: Event): Event {
  const event: Record<string, unknown> = { ...letter };
  for (const extension of [...OF_A_FAILURE, ...OF_A_DELIVERY]) delete event[extension];
  event["redriven"] = redrivenOf(letter) + 1;
  return event as unknown as Event;
}

/** How often this event has been sent again by a person. */
export function redrivenOf(event: Event): number {
  const count = Number(event["redriven"] ?? 0);
  return Number.isSafeInteger(count) && count >= 0 ? count : 0;
}
