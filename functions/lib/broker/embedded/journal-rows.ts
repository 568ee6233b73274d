// Rows of the journal as entries, dead letters and pages of entries.

import type { DeadLetter } from "../broker.ts";
import { eventOf } from "../event-row.ts";
import type { TypeBound } from "../filter.ts";
import type { Entry } from "../lane.ts";

export interface Page {
  readonly entries: readonly Entry[];
  /** No other event up to here can match. */
  readonly through: number;
}

/** Bounds of one page: what a trigger that is behind has in memory. */
const PAGE_ROWS = 128;
const PAGE_BYTES = 4 * 1024 * 1024;

export interface EventRow {
  readonly seq: number;
  readonly time: number;
  readonly hops: number;
  readonly attributes: string;
  readonly data: string | Uint8Array | null;
}

interface DeadRow extends EventRow {
  readonly number: number;
  readonly trigger: string;
  readonly reason: string;
}

export function entryOf({ seq, time, hops, attributes, data }: EventRow): Entry {
  return { seq, hops, event: eventOf(attributes, data), size: attributes.length + (data?.length ?? 0), time };
}

export function letterOf(row: unknown): DeadLetter {
  const { number, trigger, time, reason, attributes, data } = row as DeadRow;
  return { number, trigger, time, reason, event: eventOf(attributes, data) };
}

/** Bounded in rows and bytes. */
export function pageOf(rows: Iterable<unknown>, end: number, isWanted?: (row: EventRow) => boolean): Page {
  const entries: Entry[] = [];
  let bytes = 0;
  for (const found of rows) {
    const row = found as EventRow;
    if (isWanted?.(row) === false) continue;
    const entry = entryOf(row);
    entries.push(entry);
    bytes += entry.size;
    if (entries.length >= PAGE_ROWS || bytes >= PAGE_BYTES) return { entries, through: entry.seq };
  }
  return { entries, through: end };
}

export function typeList(bound: TypeBound | undefined): string | null {
  return bound === undefined ? null : JSON.stringify(bound.types);
}
