// An event as a message of the broker's topic, and back.

import { TooLargeError } from "../../errors.ts";
import {
  type ConsumedMessage,
  keyOf,
  readMessage,
  rereadOf,
  type TopicOwner,
  writeBinary,
} from "../../events/kafka-binding.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { TypeBound } from "../filter.ts";
import type { Entry } from "../lane.ts";
import type { SentMessage } from "./coding/batch-writer.ts";
import { type WrittenHeaders, writeHeaders } from "./coding/header-writer.ts";
import type { SentEvent } from "./coding/sent-batches.ts";

/** How long the chain of events is that caused it. Not an attribute, so it does not leave the broker with the event. */
const HOPS = "wadi-hops";
/** What a record takes beside key, value and headers, at most. */
const OVERHEAD = 96;
/** Of an event's attributes, about. */
const SIZE_OVERHEAD = 512;

export interface Sized {
  readonly message: SentMessage;
  /** Of the record as Kafka counts it, or a little more. */
  readonly bytes: number;
}

/** @param more headers beside those of the event. @throws TooLargeError; MalformedEventError for what cannot be written. */
export function recordOf(
  event: Event,
  hops: number,
  time: number,
  maxBytes: number,
  { owner = "binding", more = {} }: { owner?: TopicOwner; more?: Readonly<Record<string, string>> } = {},
): Sized {
  const key = keyOf(event, owner);
  let value = null as Buffer | null;
  const written = writeHeaders((add) => {
    value = writeBinary(event, owner, add);
    for (const name in more) add(name, more[name] as string);
    if (hops > 0) add(HOPS, String(hops));
  });
  // Headers of a Knative Broker's topic are read as HTTP's, and may say something else then.
  const sent = owner === "knative" ? undefined : new OwnEvent(event, lengthOf(value), hops, time);
  const message = { key, value, written, timestamp: String(time), sent };
  const bytes = bytesOf(message);
  if (bytes <= maxBytes) return { message, bytes };
  throw new TooLargeError("too-large", `the event has ${bytes} bytes; ${maxBytes} are allowed`);
}

function bytesOf({
  key,
  value,
  written,
}: {
  key: string | null;
  value: Buffer | null;
  written: WrittenHeaders;
}): number {
  return OVERHEAD + lengthOf(value) + (key == null ? 0 : Buffer.byteLength(key)) + written.bytes.length;
}

function lengthOf(value: Buffer | null): number {
  return value === null ? 0 : value.length;
}

/** An event that this process has written itself. */
class OwnEvent implements SentEvent {
  readonly type: string;
  readonly hops: number;
  readonly time: number;
  /** Of its data, bytes. */
  readonly size: number;
  readonly #event: Event;

  constructor(event: Event, size: number, hops: number, time: number) {
    this.type = event.type;
    this.size = size;
    this.hops = hops;
    this.time = time;
    this.#event = event;
  }

  read(): Event | undefined {
    return rereadOf(this.#event, this.size);
  }
}

export interface Fetched extends ConsumedMessage {
  readonly offset: string;
  /** The same as a number, where the reader made one. */
  readonly seq?: number;
  /** When it was written, epoch milliseconds. */
  readonly timestamp: string;
  /** What its one header `ce_type` says, where the reader found it. */
  readonly type?: string | undefined;
  /** What its one header `wadi-hops` says, where the reader looked for it. */
  readonly hops?: string;
  /** Where this process has written it. */
  readonly sent?: SentEvent | undefined;
}

export function seqOf({ seq, offset }: Fetched): number {
  return seq ?? Number(offset);
}

/** Nothing else need be read of an event that no filter takes by its type. */
export function mayMatch({ type }: Fetched, bound: TypeBound | undefined): boolean {
  return bound === undefined || type === undefined || bound.types.includes(type);
}

/** With the partition and the offset that Knative's Kafka broker adds to each delivery. @throws MalformedEventError. */
export function entryOf(fetched: Fetched, partition: number): Entry {
  const own = fetched.sent instanceof OwnEvent ? fetched.sent : undefined;
  const event = (own?.read() ?? readMessage(fetched)) as Event & Record<string, unknown>;
  event["knativekafkapartition"] = String(partition);
  event["knativekafkaoffset"] = fetched.offset;
  const { hops, time, size } = own ?? {
    hops: hopsOf(fetched),
    time: Number(fetched.timestamp),
    size: fetched.value?.byteLength ?? 0,
  };
  return { seq: seqOf(fetched), hops, event, size: size + SIZE_OVERHEAD, time };
}

/** 0 where it does not say, as in a Knative Broker's topic. */
export function hopsOf(fetched: Fetched): number {
  const hops = Number(fetched.hops ?? String(fetched.headers?.[HOPS] ?? 0));
  return Number.isSafeInteger(hops) && hops > 0 ? hops : 0;
}
