// An event as a message of the broker's topic, and back.

import type { Message } from "kafkajs";
import { TooLargeError } from "../../errors.ts";
import { type ConsumedMessage, readMessage, type TopicOwner, writeMessage } from "../../events/kafka-binding.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { TypeBound } from "../filter.ts";
import type { Entry } from "../lane.ts";

/** How long the chain of events is that caused it. Not an attribute, so it does not leave the broker with the event. */
const HOPS = "wadi-hops";
/** What a record takes beside key, value and headers, at most. */
const OVERHEAD = 96;
const HEADER_OVERHEAD = 10;

export interface Sized {
  readonly message: Message & { headers: Record<string, string> };
  /** Of the record as Kafka counts it, or a little more. */
  readonly bytes: number;
}

/** @throws TooLargeError; MalformedEventError for what cannot be written. */
export function recordOf(event: Event, hops: number, time: number, maxBytes: number, owner?: TopicOwner): Sized {
  const { key, value, headers } = writeMessage(event, "binary", owner);
  if (hops > 0) headers[HOPS] = String(hops);
  const message = { key, value, headers, timestamp: String(time) };
  const bytes = bytesOf(message);
  if (bytes <= maxBytes) return { message, bytes };
  throw new TooLargeError("too-large", `the event has ${bytes} bytes; ${maxBytes} are allowed`);
}

function bytesOf({ key, value, headers }: Sized["message"]): number {
  let bytes = OVERHEAD + (value?.length ?? 0) + (key == null ? 0 : Buffer.byteLength(key));
  for (const name in headers) bytes += HEADER_OVERHEAD + name.length + Buffer.byteLength(headers[name] as string);
  return bytes;
}

export interface Fetched extends ConsumedMessage {
  readonly offset: string;
  /** The same as a number, where the reader made one. */
  readonly seq?: number;
  /** When it was written, epoch milliseconds. */
  readonly timestamp: string;
  /** What its one header `ce_type` says, where the reader found it. */
  readonly type?: string | undefined;
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
  const event = readMessage(fetched) as Event & Record<string, unknown>;
  event["knativekafkapartition"] = String(partition);
  event["knativekafkaoffset"] = fetched.offset;
  const size = (fetched.value?.byteLength ?? 0) + 512;
  const time = Number(fetched.timestamp);
  return { seq: seqOf(fetched), hops: hopsOf(fetched), event, size, time };
}

/** 0 where it does not say, as in a Knative Broker's topic. */
export function hopsOf({ headers }: Fetched): number {
  const hops = Number(String(headers?.[HOPS] ?? 0));
  return Number.isSafeInteger(hops) && hops > 0 ? hops : 0;
}
