// What a generator makes: rows, each as an example or as what is wrong with it.

import type { GeneratorRequest, LineSettings } from "../../admin/shapes/generator.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { createExamples, type ExampleOrProblem, type ExamplePlan } from "../examples.ts";
import type { Row } from "../rows/row.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface MadeRow {
  /** From 1. */
  readonly number: number;
  /** Of the file, where its format has lines. */
  readonly line?: number;
  readonly example: ExampleOrProblem;
  /** Where it is one of a line. */
  readonly point?: Point;
}

export interface MadeRows {
  /** What people call it: line, or the file's name. */
  readonly from: string;
  readonly rows: AsyncIterable<MadeRow> | Iterable<MadeRow>;
  /** How many are checked before anything is sent. */
  readonly lookAt: number;
  /** What of the request is at fault where the pipeline refuses them: `body.file.text`. */
  readonly path: string;
  /** What else is to be said of a column that is at fault. */
  readonly remark?: (column: string) => string | undefined;
  /** Where it is a line. */
  readonly turn?: (line: LineSettings) => void;
  /** As it is turned now. */
  readonly line?: () => LineSettings;
}

export interface MakeTools {
  readonly pipeline: Pipeline;
  /** Aborts when the generator stops. */
  readonly signal: AbortSignal;
}

/** @throws RejectedError naming the field of the request at fault; what it reads may throw UsageError and FailedError. */
export type MakeRows = (request: GeneratorRequest, tools: MakeTools) => MadeRows;

export async function* examplesOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
  plan: ExamplePlan,
): AsyncGenerator<MadeRow> {
  const toExample = createExamples(plan);
  for await (const row of rows) {
    const { number, line } = row;
    yield { number, ...(line !== undefined && { line }), example: toExample(row) };
  }
}
