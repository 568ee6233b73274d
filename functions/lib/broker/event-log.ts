// A broker's log, to be read again. Reading changes nothing: the triggers stay where they are.

import type { Event } from "../events/vocabulary.ts";

/** Between two events: for each partition the number (in Kafka the offset) of the next event. */
export type LogPosition = readonly number[];

/** Where an event is in the log. */
export interface LogPlace {
  readonly partition: number;
  /** Its number in the partition. */
  readonly offset: number;
  /** When it was taken in, epoch milliseconds. */
  readonly time: number;
}

/** These types; or all but these. */
export type TypeChoice = readonly string[] | { readonly not: readonly string[] };

export interface LogPage {
  /** In the order of each partition; those of several partitions by the time at which they were taken in, where that is known. */
  readonly events: readonly Event[];
  /** Of each of the events. */
  readonly places: readonly LogPlace[];
  /** Everything up to here was read. */
  readonly through: LogPosition;
}

/** Methods throw UnavailableError while the log cannot be read. */
export interface EventLog {
  /** Before the oldest event that is kept. */
  start(): Promise<LogPosition>;
  /** Behind the newest event. */
  end(): Promise<LogPosition>;
  /** Before the first event that was taken in at `time` (epoch milliseconds) or later. */
  at(time: number): Promise<LogPosition>;
  /** Pages of the events of these types between two positions; events that are no longer kept are left out. */
  read(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncIterable<LogPage>;
}

/** The log for somebody who follows it to its end and beyond: who reads `log` meanwhile does not wait for it, nor it for them. */
export interface FollowedLog extends EventLog {
  /** Names it among all logs there are. Absent where the log does not know it. */
  name?(): Promise<string>;
  /**
   * Until the next call nothing from here on is removed, whatever its age and however much room it takes. In Kafka it is: the
   * topic's retention alone decides.
   */
  keepFrom(position: LogPosition): void;
  close(): Promise<void>;
}

export function isChosen(types: TypeChoice, type: string): boolean {
  return "not" in types ? !types.not.includes(type) : types.includes(type);
}

/** How many events of any type lie between the two; 0 where `to` is not after `from`. */
export function distance(from: LogPosition, to: LogPosition): number {
  return to.reduce((sum, end, partition) => sum + Math.max(0, end - (from[partition] ?? 0)), 0);
}

/** `17`, or `17,4,9` of three partitions. */
export function positionText(position: LogPosition): string {
  return position.join(",");
}

/** Undefined for text that is no position. */
export function parsePosition(text: string): LogPosition | undefined {
  if (!/^\d{1,15}(,\d{1,15}){0,999}$/.test(text)) return undefined;
  return text.split(",").map(Number);
}
