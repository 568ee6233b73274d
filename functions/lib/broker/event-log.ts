// A broker's log, to be read again. Reading changes nothing: the triggers stay where they are.

import type { Event } from "../events/vocabulary.ts";

/** Between two events: for each partition the number (in Kafka the offset) of the next event. */
export type LogPosition = readonly number[];

export interface LogPage {
  /** In the order of each partition; those of several partitions by the time at which they were taken in, where that is known. */
  readonly events: readonly Event[];
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
  read(from: LogPosition, to: LogPosition, types: readonly string[]): AsyncIterable<LogPage>;
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
