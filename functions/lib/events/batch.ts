// Batched mode: many events as one JSON list. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#4-json-batch-format
//
//   B1  A batch is taken whole or refused whole: one member that is no event refuses it, and the reason names its index.

import { MalformedEventError, TooLargeError } from "../errors.ts";
import { malformed } from "./attributes.ts";
import { MAX_DOOR_BODY_BYTES } from "./derive.ts";
import { decodeText } from "./event-data.ts";
import { parseJson } from "./json.ts";
import { parseMediaType } from "./media-type.ts";
import { eventOf } from "./structured.ts";
import type { Event } from "./vocabulary.ts";

export const BATCH = "application/cloudevents-batch+json";
export const MAX_BATCH_EVENTS = 1000;
export const MAX_BATCH_BYTES = 4 * MAX_DOOR_BODY_BYTES;
/** Limit of a batch's JSON, as a multiple of one event's limit. */
const TIMES = 4;

export function isBatch(contentType: string | undefined): boolean {
  return contentType !== undefined && /^\s*application\/cloudevents-batch\+json\s*(;|$)/i.test(contentType);
}

/**
 * `maxEventBytes`: of one of them, as JSON.
 * @throws MalformedEventError; TooLargeError for too many, or one that is too large.
 */
export function readBatch(contentType: string, body: Buffer, maxEventBytes: number): readonly Event[] {
  const text = decodeText(parseMediaType(contentType), body);
  const members = parseJson(text, "the batch", TIMES);
  if (!Array.isArray(members)) throw malformed("batch-mode", "a batch is a JSON list of events");
  if (members.length > MAX_BATCH_EVENTS) {
    throw new TooLargeError(
      "too-large",
      `the batch has ${members.length} events; ${MAX_BATCH_EVENTS} are allowed: send several batches`,
    );
  }
  return members.map((member, i) => {
    if (body.length > maxEventBytes && Buffer.byteLength(JSON.stringify(member)) > maxEventBytes) {
      throw new TooLargeError(
        "too-large",
        `${placeOf(i)} has more than ${maxEventBytes} bytes, the limit of one event`,
      );
    }
    try {
      return eventOf(member);
    } catch (error) {
      if (error instanceof MalformedEventError) throw malformed(error.code, `${placeOf(i)}: ${error.message}`, error);
      throw error;
    }
  });
}

/** What messages call a member of a batch. */
export function placeOf(index: number): string {
  return `[${index}] of the batch`;
}
