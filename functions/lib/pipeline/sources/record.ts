// A record of a user's own topic: as a consumer has it, and as the event that carries one that could not be read. That
// event holds everything the record held, so that what is mended can be sent again.

import { isUtf8 } from "node:buffer";
import { RejectedError } from "../../errors.ts";
import type { ConsumedMessage } from "../../events/kafka-binding.ts";
import { type Event, EventType } from "../../events/vocabulary.ts";

export interface TopicRecord extends ConsumedMessage {
  readonly topic: string;
  readonly partition: number;
  /** As Kafka's clients write it: 64 bits do not fit a number. */
  readonly offset: string;
  /** When it was written, epoch milliseconds, as far as its producer said. */
  readonly timestamp?: number;
  readonly key: Uint8Array | null;
  /** Bytes of the whole, where only its beginning is here. */
  readonly size?: number;
}

/** Of key, headers and value together; what is larger is no event of Wadi (256 KiB at its door, too). */
export const MAX_RECORD_BYTES = 256 * 1024;
/** What is kept of the value of a record that is larger. */
const KEPT_BYTES = 64 * 1024;

/** The same whoever reads the record, and however often. */
export function recordId({ topic, partition, offset }: TopicRecord): string {
  return `${topic}/${partition}/${offset}`;
}

/** The source of what `pipeline` reads of a topic: two pipelines on one topic make two events. */
export function sourceOf(pipeline: string, topic: string): string {
  return `/wadi/${pipeline}/topic/${topic}`;
}

/** Bytes of key, headers and value. */
export function sizeOf(record: TopicRecord): number {
  if (record.size !== undefined) return record.size;
  const headers = Object.entries(record.headers ?? {}).flatMap(([name, value]) => [name, ...listOf(value)]);
  return [record.key, record.value, ...headers].reduce((sum, part) => sum + lengthOf(part), 0);
}

/** RFC 3339, where the record bears a time that can be one. */
export function timeOf({ timestamp }: TopicRecord): string | undefined {
  if (timestamp === undefined || !(timestamp > 0 && timestamp < 253_402_300_800_000)) return undefined;
  return new Date(timestamp).toISOString();
}

/** The event that carries a record that could not be read. `validate` tries again, and says why it cannot. */
export function recordEvent(record: TopicRecord, pipeline: string): Event {
  const time = timeOf(record);
  const size = sizeOf(record);
  const { topic, partition, offset, timestamp } = record;
  const position = { topic, partition, offset, ...(timestamp !== undefined && { timestamp }) };
  return {
    specversion: "1.0",
    id: recordId(record),
    source: sourceOf(pipeline, topic),
    type: EventType.record,
    ...(time !== undefined && { time }),
    pipeline,
    partitionkey: `${topic}/${partition}`,
    datacontenttype: "application/json",
    data: { ...position, ...(size > MAX_RECORD_BYTES ? beginningOf(record, size) : contentOf(record)) },
  } as Event;
}

function contentOf({ key, value, headers }: TopicRecord): object {
  const shown = Object.entries(headers ?? {}).map(([name, content]) => [name, listOf(content).map(shownBytes)]);
  return { key: shownBytes(key), headers: Object.fromEntries(shown), value: shownBytes(value) };
}

function beginningOf({ value }: TopicRecord, size: number): object {
  return { size, key: null, headers: {}, value: shownBytes(value === null ? null : value.subarray(0, KEPT_BYTES)) };
}

/** Text where it is text, for people to read; base64 where it is not, or where JSON would swell it. */
function shownBytes(content: Uint8Array | string | null | undefined): string | { base64: string } | null {
  if (content === null || content === undefined) return null;
  const bytes = typeof content === "string" ? Buffer.from(content) : bufferOf(content);
  const text = isUtf8(bytes) ? bytes.toString("utf8") : undefined;
  if (text !== undefined && JSON.stringify(text).length <= bytes.length * 1.5 + 16) return text;
  return { base64: bytes.toString("base64") };
}

/** The record that such an event carries. @throws RejectedError `payload`. */
export function readRecordEvent(event: Event): TopicRecord {
  const { topic, partition, offset, timestamp, size, key, value, headers } = objectOf(event.data);
  if (typeof topic !== "string" || !Number.isInteger(partition) || typeof offset !== "string") throw noRecord(event);
  if (timestamp !== undefined && typeof timestamp !== "number") throw noRecord(event);
  if (size !== undefined && typeof size !== "number") throw noRecord(event);
  const read = (content: unknown) => bytesOf(content, event);
  const named = Object.entries(objectOf(headers)).map(([name, list]) => {
    if (!Array.isArray(list)) throw noRecord(event);
    const values = list.map(read);
    return [name, values.length === 1 ? values[0] : values] as const;
  });
  return {
    topic,
    partition: partition as number,
    offset,
    ...(timestamp !== undefined && { timestamp }),
    ...(size !== undefined && { size }),
    key: read(key),
    value: read(value),
    headers: Object.fromEntries(named),
  };
}

function bytesOf(content: unknown, event: Event): Buffer | null {
  if (content === null || content === undefined) return null;
  if (typeof content === "string") return Buffer.from(content, "utf8");
  const { base64 } = objectOf(content);
  if (typeof base64 !== "string") throw noRecord(event);
  return Buffer.from(base64, "base64");
}

function noRecord(event: Event): RejectedError {
  return new RejectedError("payload", `${event.type} from ${event.source} holds no record of a topic`);
}

/** @throws RejectedError `tombstone`. */
export function bytesIn(value: Uint8Array | null): Buffer {
  if (value !== null) return bufferOf(value);
  const what = "it deletes a key of a compacted topic, and is no event";
  throw new RejectedError("tombstone", `the record has no value: ${what}`);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lengthOf(part: Uint8Array | string | null | undefined): number {
  if (part === null || part === undefined) return 0;
  return typeof part === "string" ? Buffer.byteLength(part) : part.byteLength;
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
