// From a row to the events that a client sends: an observation, and its label where the truth comes later.

import { hash } from "node:crypto";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { isTimestamp, parseTimestamp } from "../lib/pipeline/record/timestamp.ts";
import type { FieldRecord } from "./rows/cells.ts";
import type { Rename } from "./rows/column-names.ts";
import { parseEventTime } from "./rows/event-time.ts";
import type { Row } from "./rows/row.ts";

/** One observation in the order of the stream, and the label that is due later. */
export interface Example {
  readonly observation: Event;
  /** Where in the stream the observation stands: event time in epoch milliseconds, or the number of its row. */
  readonly at: number;
  readonly label?: { readonly event: Event; readonly due: number };
}

/**
 * When the truth is known: a number of rows later, a duration after the event time, or at the time in a column. The last
 * two need an event time column.
 */
export type LabelDelay =
  | { readonly kind: "rows"; readonly rows: number }
  | { readonly kind: "duration"; readonly ms: number }
  | { readonly kind: "column"; readonly name: string };

export interface ExamplePlan {
  readonly source: string;
  readonly pipeline?: string;
  /** Columns. */
  readonly id?: string;
  readonly subject?: string;
  readonly time?: string;
  /** Not sent; what they hold may still be the id, the subject or a time. */
  readonly omit?: readonly string[];
  /** Columns that are sent under another name. */
  readonly rename?: readonly Rename[];
  readonly late?: {
    readonly target: string;
    readonly delay: LabelDelay;
    /** The column of the field that names the observation in the label's body, where the pipeline has such a field. */
    readonly subject?: string;
  };
}

/** What is wrong with the row, in words, where no event can be made of it. */
export type ExampleOrProblem = Example | string;

export function createExamples(plan: ExamplePlan): (row: Row) => ExampleOrProblem {
  const { source, pipeline, late, omit = [], rename = [] } = plan;
  const renamed = new Map(rename);
  // A delay in rows counts rows, even if they have times.
  const byTime = plan.time !== undefined && late?.delay.kind !== "rows";
  // The truth, and the time at which it became known, are not known at the time of the observation.
  const future =
    late === undefined ? [] : late.delay.kind === "column" ? [late.target, late.delay.name] : [late.target];
  const unsent = [...omit, ...future];
  const common = {
    specversion: "1.0",
    source,
    datacontenttype: "application/json",
    ...(pipeline === undefined ? {} : { pipeline }),
  };

  return (row) => {
    if (row.problem !== undefined) return row.problem;
    const id = plan.id === undefined ? contentId(source, row) : nameOf(row, plan.id);
    if (id === undefined) return `the column ${plan.id} has no id: ${show(fieldOf(row, plan.id))}`;
    const subject = plan.subject === undefined ? undefined : nameOf(row, plan.subject);
    if (plan.subject !== undefined && subject === undefined) {
      return `the column ${plan.subject} has no subject: ${show(fieldOf(row, plan.subject))}`;
    }
    const time = plan.time === undefined ? undefined : parseEventTime(fieldOf(row, plan.time));
    if (plan.time !== undefined && time === undefined) {
      return `the column ${plan.time} has no time: ${show(fieldOf(row, plan.time))}; write 2026-01-31T08:30:00Z`;
    }
    const at = byTime ? (time as number) : row.number;
    const observation: Event = {
      ...common,
      id,
      type: EventType.observation,
      ...(subject === undefined ? {} : { subject }),
      ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
      data: fieldsOf(withZone(row.fields, plan.time, time), unsent, renamed),
    };
    if (late === undefined) return { observation, at };

    const truth = fieldOf(row, late.target);
    if (truth === undefined || truth === null) return { observation, at };
    const named = late.subject === undefined ? undefined : fieldOf(row, late.subject);
    const due = dueOf(row, at, late.delay);
    if (typeof due === "string") return due;
    const event: Event = {
      ...common,
      id: `${id}-label`,
      type: EventType.label,
      subject: subject ?? id,
      ...(byTime ? { time: new Date(due).toISOString() } : {}),
      data: {
        ...(late.subject === undefined ? {} : { [renamed.get(late.subject) ?? late.subject]: named }),
        [renamed.get(late.target) ?? late.target]: truth,
      },
    };
    return { observation, at, label: { event, due } };
  };
}

/**
 * The row's number and a digest of its text: the same file again has the same ids, another file with the same name has
 * not. The source is in it, too: where no subject is given the id names the observation, and two sources may not share it.
 */
function contentId(source: string, { number, text }: Row): string {
  return `${number}-${hash("sha256", `${source}\n${text}`, "hex").slice(0, 12)}`;
}

/** Own fields only: a column may be called `constructor`. */
function fieldOf({ fields }: Row, column: string | undefined): unknown {
  return column !== undefined && Object.hasOwn(fields, column) ? fields[column] : undefined;
}

/** A number with more digits than JSON keeps is no name: its neighbours would be written the same. */
function nameOf(row: Row, column: string): string | undefined {
  const value = fieldOf(row, column);
  if (typeof value === "string") return value !== "" && value.isWellFormed() ? value : undefined;
  if (typeof value !== "number") return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}

/** A time without a zone is taken as UTC and sent with that zone. */
function withZone(fields: FieldRecord, column: string | undefined, time: number | undefined): FieldRecord {
  if (column === undefined || time === undefined) return fields;
  const text = fields[column];
  return typeof text === "string" && parseTimestamp(text) === undefined
    ? { ...fields, [column]: new Date(time).toISOString() }
    : fields;
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
    ? `the column ${delay.name} has no time for the label: ${show(value)}; write 2026-01-31T08:30:00Z`
    : Math.max(at, due);
}

function show(value: unknown): string {
  if (value === undefined) return "it is empty";
  const text = JSON.stringify(value);
  const digits = typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value);
  return `${text.slice(0, 40).toWellFormed()}${digits ? ", with more digits than a JSON number keeps; quote it" : ""}`;
}
