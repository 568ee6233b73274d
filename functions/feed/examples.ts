// From a row to the events that a client sends: an observation, and its label where the truth comes later.

import { hash } from "node:crypto";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { createReader, fieldOf, type ReadPlan, shownValue } from "./reader.ts";
import type { Row } from "./rows/row.ts";

/** One observation in the order of the stream, and the label that is due later. */
export interface Example {
  readonly observation: Event;
  /** Where in the stream the observation stands: event time in epoch milliseconds, or the number of its row. */
  readonly at: number;
  readonly label?: { readonly event: Event; readonly due: number };
  /** When the same events are sent once more. */
  readonly again?: Row["again"];
}

export interface ExamplePlan extends ReadPlan {
  readonly source: string;
  readonly pipeline?: string;
  /** Columns. */
  readonly id?: string;
  readonly subject?: string;
}

/** What is wrong with the row, in words, where no event can be made of it. */
export type ExampleOrProblem = Example | string;

export function createExamples(plan: ExamplePlan): (row: Row) => ExampleOrProblem {
  const { source, pipeline, late } = plan;
  const read = createReader(plan);
  const common = {
    specversion: "1.0",
    source,
    datacontenttype: "application/json",
    ...(pipeline === undefined ? {} : { pipeline }),
  };

  return (row) => {
    if (row.problem !== undefined) return row.problem;
    const id = plan.id === undefined ? contentId(source, row) : nameOf(row, plan.id);
    if (id === undefined) return `the column ${plan.id} has no id: ${shownValue(fieldOf(row, plan.id))}`;
    const subject = plan.subject === undefined ? undefined : nameOf(row, plan.subject);
    if (plan.subject !== undefined && subject === undefined) {
      return `the column ${plan.subject} has no subject: ${shownValue(fieldOf(row, plan.subject))}`;
    }
    const found = read(row);
    if (typeof found === "string") return found;
    const { data, time, at, label } = found;
    const observation: Event = {
      ...common,
      id,
      type: EventType.observation,
      ...(subject === undefined ? {} : { subject }),
      ...(time === undefined ? {} : { time: new Date(time).toISOString() }),
      data,
    };
    const again = row.again === undefined ? {} : { again: row.again };
    if (label === undefined) return { observation, at, ...again };
    const event: Event = {
      ...common,
      id: `${id}-label`,
      type: EventType.label,
      subject: subject ?? id,
      // A delay in rows has no time.
      ...(late?.delay.kind === "rows" ? {} : { time: new Date(label.due).toISOString() }),
      data: label.data,
    };
    return { observation, at, label: { event, due: label.due }, ...again };
  };
}

/**
 * The row's number and a digest of its text: the same file again has the same ids, another file with the same name has
 * not. The source is in it, too: where no subject is given the id names the observation, and two sources may not share it.
 */
function contentId(source: string, { number, text }: Row): string {
  return `${number}-${hash("sha256", `${source}\n${text}`, "hex").slice(0, 12)}`;
}

/** A number with more digits than JSON keeps is no name: its neighbours would be written the same. */
function nameOf(row: Row, column: string): string | undefined {
  const value = fieldOf(row, column);
  if (typeof value === "string") return value !== "" && value.isWellFormed() ? value : undefined;
  if (typeof value !== "number") return undefined;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? undefined : String(value);
}
