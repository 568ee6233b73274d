// The rows of a source as a pipeline takes them: read, checked and turned to features by what `validate` and `featurize` use.

import { createReader, type ReadPlan } from "../../feed/reader.ts";
import type { FieldRecord } from "../../feed/rows/cells.ts";
import type { Row } from "../../feed/rows/row.ts";
import { type FieldProblem, RejectedError } from "../../lib/errors.ts";
import type { Features, Target } from "../../lib/events/vocabulary.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { RowSource } from "../rows/file-rows.ts";

/** Where examples come from, whatever it is. */
export interface ExampleSource extends Pick<RowSource, "reading" | "spoilt" | "typed"> {
  /** To be read once. @throws FailedError, UsageError for what has another shape. */
  readonly pieces: AsyncIterable<Iterable<Example>>;
}

export type Example = Observed | Refused;

/** An observation, with its truth where it is known. */
export interface Observed {
  /** The row, from 0. */
  readonly i: number;
  /** The line of the file, where its format has lines. */
  readonly line?: number;
  /** The model set it belongs to. */
  readonly set: string;
  readonly x: Features;
  readonly y?: Target;
  /** Where in the stream it stands: event time in epoch milliseconds, or the number of its row. */
  readonly at: number;
  /** When its truth is known, as `at` counts; undefined: at once. */
  readonly due?: number;
}

/** A row that the pipeline does not take. */
export interface Refused {
  readonly i: number;
  readonly line?: number;
  /** Short and stable: the reason its event would be a dead letter for, or UNREADABLE. */
  readonly reason: string;
  /** In words. */
  readonly why: string;
  /** What the pipeline was given; absent for a row of which no event could be made. */
  readonly given?: { readonly data: FieldRecord; readonly fields: readonly FieldProblem[] };
}

/** Of the rows of a file. */
export function examplesOf(source: RowSource, pipeline: Pipeline, plan: ReadPlan): ExampleSource {
  const observe = createObserve(pipeline, plan);
  // One by one: what comes after a row that ends the run is not looked at.
  function* each(rows: readonly Row[]) {
    for (const row of rows) yield observe(row);
  }
  async function* pieces() {
    for await (const rows of source.pieces) yield each(rows);
  }
  return { ...source, pieces: pieces() };
}

export const UNREADABLE = "unreadable";

/** Subjects that are remembered, so that memory has a limit. */
const MOST_SUBJECTS = 5_000_000;

function createObserve(pipeline: Pipeline, plan: ReadPlan): (row: Row) => Example {
  const read = createReader(plan);
  const subjects = new Set<string>();

  return (row) => {
    const found = read(row);
    const at = { i: row.number - 1, ...(row.line !== undefined && { line: row.line }) };
    if (typeof found === "string") return { ...at, reason: UNREADABLE, why: found };
    try {
      const { record, subject, y: along } = pipeline.decodeJson(found.data);
      const { label } = found;
      const y = label === undefined ? along : pipeline.decodeLabel(label.data).y;
      if (subject !== undefined) checkSubject(subject);
      return {
        ...at,
        set: pipeline.setOf(record),
        x: pipeline.extract(record),
        at: found.at,
        ...(y !== undefined && { y }),
        ...(label !== undefined && { due: label.due }),
      };
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      const { code, message, fields } = error;
      return { ...at, reason: code, why: message, given: { data: found.data, fields } };
    }
  };

  /** Two observations of one subject would be joined with the same label. */
  function checkSubject(subject: string): void {
    if (subjects.has(subject)) {
      const problem = `${JSON.stringify(subject)} names an earlier row`;
      const fields = [{ path: `data.${pipeline.subjectField}`, problem }];
      throw new RejectedError("subject-taken", `the subject ${problem}; give each a subject of its own`, fields);
    }
    subjects.add(subject);
    if (subjects.size > MOST_SUBJECTS) subjects.delete(subjects.values().next().value as string);
  }
}
