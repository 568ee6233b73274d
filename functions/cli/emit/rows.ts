// The rows of `wadi emit` as examples. The first one is checked against the pipeline before anything is sent.

import { createExamples, type Example } from "../../feed/examples.ts";
import type { SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import { eachRow, type Row } from "../../feed/rows/row.ts";
import { RejectedError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { openFileRows } from "../rows/file-rows.ts";
import type { ReadSoFar } from "../rows/read-so-far.ts";
import type { InAvro } from "./avro.ts";
import { whyRejected } from "./first-check.ts";
import { rejectedText } from "./first-check-cure.ts";
import { optionsOf, rowsOf } from "./generated.ts";
import type { EmitPlan } from "./options.ts";

export interface RowHooks {
  readonly signal: AbortSignal;
  row(): void;
  /** Of an example that is sent, as JSON. */
  example(example: Example): void;
  inAvro?: InAvro;
  skipped(row: Row, reason: string): void;
  /** Remarks on how the file is read. */
  note(line: string): void;
}

export interface EmitRows {
  readonly examples: AsyncIterable<Example>;
  readonly reading: () => ReadSoFar;
  /** The rows are typed at a terminal. */
  readonly typed: boolean;
}

/** @throws UsageError for a file that is not there; the examples throw UsageError, FailedError for one of another shape. */
export async function openEmitRows(plan: EmitPlan, hooks: RowHooks): Promise<EmitRows> {
  const { input } = plan;
  if (input.kind !== "file") {
    const found = Math.min(optionsOf(input).n, plan.limit);
    const reading = () => ({ found, bytesRead: 1, bytes: 1 });
    return { examples: examplesOf(rowsOf(input), plan, hooks), reading, typed: false };
  }
  const flags = { late: "--late-labels", target: "--target" };
  const file = await openFileRows(input, plan.examples, { flags, signal: hooks.signal, note: hooks.note });
  return {
    examples: examplesOf(eachRow(file.pieces), plan, hooks, file.spoilt),
    reading: file.reading,
    typed: file.typed,
  };
}

async function* examplesOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
  plan: EmitPlan,
  { signal, row: counted, skipped, example: made, inAvro }: RowHooks,
  spoilt: () => readonly SpoiltInFile[] = () => [],
): AsyncGenerator<Example> {
  const toExample = createExamples(plan.examples);
  let toCheck = plan.check && !plan.dryRun;
  let taken = 0;
  for await (const row of rows) {
    // After Ctrl-C the last row may be cut off.
    if (signal.aborted) return;
    counted();
    const example = toExample(row);
    if (typeof example === "string") skipped(row, example);
    else {
      if (toCheck) await check(plan, example, spoilt());
      toCheck = false;
      const sent = inAvro === undefined ? example : avroExample(example, inAvro);
      if (typeof sent === "string") skipped(row, sent);
      else {
        made(example);
        yield sent;
      }
    }
    // Not at the top of the loop: a row after the last one may never come.
    if (++taken >= plan.limit) return;
  }
}

/** In words where the row does not fit the schema. */
function avroExample(example: Example, inAvro: InAvro): Example | string {
  try {
    return { ...example, observation: inAvro(example.observation) };
  } catch (error) {
    if (error instanceof RejectedError) return error.message;
    throw error;
  }
}

async function check(
  { url, examples: plan }: EmitPlan,
  { observation, label }: Example,
  spoilt: readonly SpoiltInFile[],
): Promise<void> {
  for (const event of label === undefined ? [observation] : [observation, label.event]) {
    const rejection = await whyRejected(url, event);
    if (rejection !== undefined) throw new FailedError(rejectedText({ event, rejection, plan, spoilt }));
  }
}
