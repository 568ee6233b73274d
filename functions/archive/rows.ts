// An event of the log as a row of the archive, and back.

import type { LogPlace } from "../lib/broker/event-log.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { parseTimestamp } from "../lib/events/attributes.ts";
import { readData, writeData } from "../lib/events/event-data.ts";
import { JSON_TYPE, parseMediaType } from "../lib/events/media-type.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Row } from "./columns.ts";

const OF_COLUMNS: ReadonlySet<string> = new Set([
  ...["specversion", "id", "source", "type", "subject", "dataschema", "datacontenttype", "time", "data"],
]);
const DAY_MS = 86_400_000;
/** Of the years that a date can have in every reader. */
const [EARLIEST_MS, LATEST_MS] = [Date.parse("0001-01-01T00:00:00Z"), Date.UTC(9999, 11, 31, 23, 59, 59, 999)];

export function rowOf(event: Event, { partition, offset, time }: LogPlace, log: string): Row {
  const { contentType, body } = writeData(event);
  return {
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject ?? null,
    dataschema: event.dataschema ?? null,
    // Text was decoded when it came, and is UTF-8 here: the type says so.
    datacontenttype: event.datacontenttype === undefined ? null : (contentType ?? event.datacontenttype),
    ...timesOf(event.time),
    recordedtime: BigInt(acceptedAt(time)) * 1000n,
    log,
    partition,
    offset: BigInt(offset),
    extensions: JSON.stringify(extensionsOf(event)),
    data: body === undefined ? null : typeof body === "string" ? Buffer.from(body, "utf8") : body,
  };
}

/** What was accepted. Only `specversion` is not kept: it is always 1.0. */
export function eventOf(row: Row): Event {
  const { id, source, type, subject, dataschema, datacontenttype, time, timetext, extensions, data } = row;
  const event: Record<string, unknown> = { specversion: "1.0", id, source, type };
  for (const [name, value] of Object.entries({ subject, dataschema, datacontenttype })) {
    if (value !== null) event[name] = value;
  }
  if (time !== null) event["time"] = timetext ?? new Date(Number(time / 1000n)).toISOString();
  Object.assign(event, JSON.parse(extensions));
  if (data !== null) {
    const media = datacontenttype === null ? JSON_TYPE : parseMediaType(datacontenttype);
    event["data"] = readData(media, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }
  return event as unknown as Event;
}

/** As the event names it. @throws ConfigurationError. */
export function pipelineNameOf({ extensions }: Pick<Row, "extensions">, where: string): unknown {
  return readable(() => (JSON.parse(extensions) as Partial<Event>)["pipeline"], where);
}

/** Another program may have changed the row. @throws ConfigurationError */
export function readable<T>(read: () => T, where: string): T {
  try {
    return read();
  } catch (error) {
    throw new ConfigurationError(`${where} is damaged; restore its file from a copy`, { cause: error });
  }
}

export interface PipelineChoice {
  readonly pipeline: string;
  /** It is the only one: an event that names none is its own. */
  readonly alone: boolean;
}

/** `name`: as the event has it. One that names none is of the pipeline in whose files it is: that was the only one then. */
export function isOfPipeline(name: unknown, { pipeline, alone }: PipelineChoice, ofFile: string | null): boolean {
  if (name !== undefined && name !== "") return name === pipeline;
  return ofFile === null ? alone : true;
}

/** `2026-11-30`, UTC. */
export function dayOf({ recordedtime }: Row): string {
  const day = Math.floor(Number(recordedtime / 1000n) / DAY_MS);
  if (day !== lastDay.day) lastDay = { day, text: new Date(day * DAY_MS).toISOString().slice(0, 10) };
  return lastDay.text;
}

/** Rows come by the thousand from one day. */
let lastDay = { day: Number.NaN, text: "" };

/** Of what it takes in memory and in a file, about. */
export function bytesOf({ id, source, subject, extensions, data }: Row): number {
  return 200 + id.length + source.length + (subject?.length ?? 0) + extensions.length + (data?.byteLength ?? 0);
}

/** Microseconds: the specification allows nine digits of a second, of which `timetext` has the rest. */
function timesOf(text: string | undefined): Pick<Row, "time" | "timetext"> {
  const ms = text === undefined ? undefined : parseTimestamp(text);
  if (text === undefined || ms === undefined) return { time: null, timetext: text ?? null };
  if (text === new Date(ms).toISOString()) return { time: BigInt(ms) * 1000n, timetext: null };
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(6, "0");
  return { time: BigInt(ms) * 1000n + BigInt(fraction.slice(3, 6)), timetext: text };
}

/** A producer dates its records in Kafka itself, and may do so wrongly. */
function acceptedAt(time: number): number {
  return Number.isFinite(time) ? Math.trunc(Math.min(Math.max(time, EARLIEST_MS), LATEST_MS)) : 0;
}

function extensionsOf(event: Event): Readonly<Record<string, unknown>> {
  const extensions: Record<string, unknown> = {};
  for (const name of Object.keys(event)) {
    if (!OF_COLUMNS.has(name)) extensions[name] = event[name];
  }
  return extensions; // JSON leaves out what is undefined
}
