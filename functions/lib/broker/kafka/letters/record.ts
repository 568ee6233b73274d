// A dead letter as a message: a CloudEvent with the `knativeerror*` extensions, as KafkaSink writes it on the cluster. What
// no extension says is in headers of our own; for a letter that another program wrote it is derived from the extensions.

import { MalformedEventError } from "../../../errors.ts";
import { readMessage, type TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { DeadLetter } from "../../broker.ts";
import { NO_STATUS } from "../../dead-letter.ts";
import { type Fetched, recordOf, type Sized } from "../record.ts";
import { eventAsWritten } from "./as-written.ts";

const TRIGGER = "wadi-trigger";
const REASON = "wadi-reason";

export interface FetchedLetter extends Fetched {
  /** Epoch milliseconds. */
  readonly timestamp: string;
}

export function letterRecord(letter: Event, trigger: string, reason: string, time: number): Sized {
  return recordOf(letter, 0, time, Infinity, { more: { [TRIGGER]: trigger, [REASON]: reason } });
}

/** Whatever the event is. @throws MalformedEventError for a message without any attribute of an event. */
export function letterOf(fetched: FetchedLetter, number: number, owner?: TopicOwner): DeadLetter {
  const event = eventOf(fetched, owner);
  const { headers } = fetched;
  return {
    number,
    trigger: textOf(headers?.[TRIGGER]) ?? triggerAt(event["knativeerrordest"]),
    time: Number(fetched.timestamp),
    reason: textOf(headers?.[REASON]) ?? String(event["wadireason"] || event["knativeerrorcode"] || NO_STATUS),
    event,
  };
}

function eventOf(fetched: FetchedLetter, owner?: TopicOwner): Event {
  try {
    return readMessage(fetched, owner);
  } catch (error) {
    const event = error instanceof MalformedEventError ? eventAsWritten(fetched) : undefined;
    if (event === undefined) throw error;
    return event;
  }
}

function textOf(header: unknown): string | undefined {
  return header instanceof Uint8Array ? Buffer.from(header).toString("utf8") : undefined;
}

/** A step's address begins with its name: `http://learn.wadi.svc.cluster.local/`. */
function triggerAt(destination: unknown): string {
  return /^\w+:\/+([a-z][a-z0-9-]*)/.exec(String(destination))?.[1] ?? "unknown";
}
