// What makes rows: plain generators, pulled row by row at whatever pace, and ended by pulling no more.
//
//   G1  The same options make the same rows, and fewer rows are the beginning of more.
//   G2  Without `n` there is no end.
//   G3  Times are simulated: rows come in the order of their times, as fast as they are pulled, and no label is due before
//       what it tells has happened.

import { createExamples, type Example, type ExamplePlan } from "../examples.ts";
import type { Row } from "../rows/row.ts";

export interface GeneratorOptions {
  /** Rows; absent: without end. */
  readonly n?: number;
  readonly seed: number;
}

export interface RowGenerator<Options extends GeneratorOptions> {
  /** The shipped pipeline that the rows fit. */
  readonly pipeline: string;
  /** The field with the truth. */
  readonly target: string;
  /** How rows become events, where they have times and late labels of their own. */
  readonly plan: Pick<ExamplePlan, "time" | "late">;
  rows(options: Options): Generator<Row, void, void>;
}

/**
 * The same as observations and their labels, for `withLateLabels`. The source is a part of their ids: each run with other options
 * needs another one.
 */
export function* generateExamples<Options extends GeneratorOptions>(
  { rows, plan, pipeline }: RowGenerator<Options>,
  options: Options,
  to: Pick<ExamplePlan, "source" | "pipeline" | "late">,
): Generator<Example, void, void> {
  const toExample = createExamples({ pipeline, ...to, ...plan });
  for (const row of rows(options)) {
    const example = toExample(row);
    if (typeof example === "string") throw new Error(`row ${row.number} of a generator cannot be sent: ${example}`);
    yield example;
  }
}
