// From a row to the data of an observation and of its label, and when each is known: for events, and for models that learn from a
// file without any.

import { isTimestamp, parseTimestamp } from "../lib/pipeline/record/timestamp.ts";
import type { FieldRecord } from "./rows/cells.ts";
import type { Rename } from "./rows/column-names.ts";
import { parseEventTime } from "./rows/event-time.ts";
import type { Row } from "./rows/row.ts";

/**
 * When the truth is known: a number of rows later, a duration after the event time, or at the time in a column. The last
 * two need an event time column.
 */
export type LabelDelay =
  | { readonly kind: "rows"; readonly rows: number }
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "column"; readonly name: string };

export interface ReadPlan {
  /** The column of the event time. */
  readonly time?: string;
  /** A row without a time is sound, unless its label is due by it. */
  readonly timeMayLack?: boolean;
  /** Columns that are no part of the data; what they hold may still be the id, the subject or a time. */
  readonly omit?: readonly string[];
  /** Columns that have another name in the data. */
  readonly rename?: readonly Rename[];
  /** Where the truth comes later. */
  readonly late?: {
    readonly target: string;
    readonly delay: LabelDelay;
    /** The column of the field that names the observation in the label's body, where the pipeline has such a field. */
    readonly subject?: string;
  };
}

/** What a row says. */
export interface Reading {
  /** Of the observation; of its label, too, where the truth does not come later. */
  readonly data: FieldRecord;
  /** The event time in epoch milliseconds. */
  readonly time: number | undefined;
  /** Where in the stream the observation stands: event time in epoch milliseconds, or the number of its row. */
  readonly at: number;
  /** Where the truth comes later and is known: the label's data, and when it is due, as `at` counts. */
  readonly label?: { readonly data: FieldRecord; readonly due: number };
}

/** What a row says, or in words what is wrong with it. */
export function createReader(plan: ReadPlan): (row: Row) => Reading | string {
  const { late, omit = [], rename = [], timeMayLack = false } = plan;
  const renamed = new Map(rename);
  // A delay in rows counts rows, even if they have times.
  const byTime = plan.time !== undefined && late?.delay.kind !== "rows";
  // The truth, and the time at which it became known, are not known at the time of the observation.
  const future =
    late === undefined ? [] : late.delay.kind === "column" ? [late.target, late.delay.name] : [late.target];
  const unsent = [...omit, ...future];
  const nameOf = (column: string) => renamed.get(column) ?? column;

  return (row) => {
    if (row.problem !== undefined) return row.problem;
    const written = fieldOf(row, plan.time);
    const zoned = typeof written === "string" ? parseTimestamp(written) : undefined;
    const time = zoned ?? parseEventTime(written);
    const needed = plan.time !== undefined && !(timeMayLack && (late === undefined || !byTime));
    if (needed && time === undefined) {
      return `the column ${plan.time} has no time: ${shownValue(written)}; write 2026-01-31T08:30:00Z`;
    }
    const at = byTime && time !== undefined ? time : row.number;
    const fields = zoned === undefined ? withZone(row.fields, plan.time, time) : row.fields;
    const data = fieldsOf(fields, unsent, renamed);
    if (late === undefined) return { data, time, at };
    const truth = fieldOf(row, late.target);
    if (truth === undefined || truth === null) return { data, time, at };
    const due = dueOf(row, at, late.delay);
    if (typeof due === "string") return due;
    const subject = late.subject === undefined ? {} : { [nameOf(late.subject)]: fieldOf(row, late.subject) };
    return { data, time, at, label: { data: { ...subject, [nameOf(late.target)]: truth }, due } };
  };
}

/** Own fields only: a column may be called `constructor`. */
export function fieldOf({ fields }: Row, column: string | undefined): unknown {
  return column !== undefined && Object.hasOwn(fields, column) ? fields[column] : undefined;
}

/** A text that is no time with a zone: it is taken as UTC and sent with that zone. */
function withZone(fields: FieldRecord, column: string | undefined, time: number | undefined): FieldRecord {
  if (column === undefined || time === undefined) return fields;
  return typeof fields[column] === "string" ? { ...fields, [column]: new Date(time).toISOString() } : fields;
}

function fieldsOf(row: FieldRecord, unsent: readonly string[], renamed: ReadonlyMap<string, string>): FieldRecord {
  if (unsent.length === 0 && renamed.size === 0) return row;
  const sent = Object.entries(row).filter(([column]) => !unsent.includes(column));
  return Object.fromEntries(sent.map(([column, value]) => [renamed.get(column) ?? column, value]));
}

/** In words where there is none. */
function dueOf(row: Row, at: number, delay: LabelDelay): number | string {
  if (delay.kind === "rows") return at + delay.rows;
  if (delay.kind === "duration") return isTimestamp(at + delay.ms) ? at + delay.ms : "its label would come after 9999";
  const value = fieldOf(row, delay.name);
  const due = parseEventTime(value);
  return due === undefined
    ? `the column ${delay.name} has no time for the label: ${shownValue(value)}; write 2026-01-31T08:30:00Z`
    : Math.max(at, due);
}

/** For an error. */
export function shownValue(value: unknown): string {
  if (value === undefined) return "it is empty";
  const text = JSON.stringify(value);
  const digits = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return `${text.slice(0, 40).toWellFormed()}${digits ? ", with more digits than a JSON number keeps; quote it" : ""}`;
}
