// A broker's log as something to read again. Reading disturbs nobody: no trigger's place moves.

import type { Event } from "../events/vocabulary.ts";

/** A place between two events: for each partition the number (Kafka: the offset) of the event that comes next. */
export type Place = readonly number[];

export interface LogPage {
  /** In the order in which each partition took them in; those of several, as far as is known, by the time of that. */
  readonly events: readonly Event[];
  /** Nothing that was asked for lies before it any more. */
  readonly through: Place;
}

/** Methods throw UnavailableError while the log cannot be read. */
export interface EventLog {
  /** Before the oldest event that is kept. */
  start(): Promise<Place>;
  /** Behind the newest event. */
  end(): Promise<Place>;
  /** Before the first event that was taken in at `time` (epoch milliseconds) or later. */
  at(time: number): Promise<Place>;
  /** Pages of the events of these types from one place up to another; what is no longer kept is left out. */
  read(from: Place, to: Place, types: readonly string[]): AsyncIterable<LogPage>;
}

/** How many events lie between, of whatever type; none where `to` is not behind. */
export function distance(from: Place, to: Place): number {
  return to.reduce((sum, end, partition) => sum + Math.max(0, end - (from[partition] ?? 0)), 0);
}

/** `17`, or `17,4,9` of three partitions. */
export function placeText(place: Place): string {
  return place.join(",");
}

/** Undefined where it is no place. */
export function parsePlace(text: string): Place | undefined {
  if (!/^\d{1,15}(,\d{1,15}){0,999}$/.test(text)) return undefined;
  return text.split(",").map(Number);
}
