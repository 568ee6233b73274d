// The rows that `wadi emit` is given, as examples; of the first one it is asked whether the pipeline takes it.

import { suggestion } from "../lib/pipeline/nearest.ts";
import type { EmitPlan } from "./emit-options.ts";
import type { Reading } from "./emit-progress.ts";
import { createExamples, type Example, type ExamplePlan } from "./examples.ts";
import { FailedError, UsageError } from "./exit.ts";
import { whyRejected } from "./first-check.ts";
import { lineRows } from "./line-rows.ts";
import { type Row, readRows } from "./rows.ts";
import { openTextSource } from "./text-source.ts";

export interface RowHooks {
  readonly signal: AbortSignal;
  row(): void;
  skipped(row: Row, reason: string): void;
}

export interface EmitRows {
  readonly examples: AsyncIterable<Example>;
  readonly reading: () => Reading;
  /** What is read is typed by hand. */
  readonly typed: boolean;
}

/** @throws UsageError for a file that is not there; the examples throw UsageError, FailedError for one of another shape. */
export async function openEmitRows(plan: EmitPlan, hooks: RowHooks): Promise<EmitRows> {
  const { input } = plan;
  if (input.kind === "line") {
    const n = Math.min(input.line.n, plan.limit);
    const reading = () => ({ found: n, bytesRead: 1, bytes: 1 });
    return { examples: examplesOf(lineRows(input.line), plan, hooks), reading, typed: false };
  }
  const source = await openTextSource(input.path, hooks.signal);
  let found = 0;
  const rows = readRows(source.text, {
    format: input.format,
    live: source.live,
    ...(input.delimiter === undefined ? {} : { delimiter: input.delimiter }),
    ...(input.types === undefined ? {} : { types: input.types }),
    onHeader: (names) => checkColumns(names, plan.examples),
    onFound: (more) => {
      found += more;
    },
  });
  return {
    examples: examplesOf(rows, plan, hooks),
    reading: () => ({ found, bytesRead: source.bytesRead(), bytes: source.bytes }),
    typed: input.path === "-" && process.stdin.isTTY === true,
  };
}

async function* examplesOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
  plan: EmitPlan,
  { signal, row: counted, skipped }: RowHooks,
): AsyncGenerator<Example> {
  const toExample = createExamples(plan.examples);
  let toCheck = plan.check && !plan.dryRun;
  let taken = 0;
  for await (const row of rows) {
    // What was cut off by Ctrl-C is no row.
    if (signal.aborted) return;
    counted();
    const example = toExample(row);
    if (typeof example === "string") skipped(row, example);
    else {
      if (toCheck) await check(plan.url, example);
      toCheck = false;
      yield example;
    }
    // Not at the top: the row after the last may never come.
    if (++taken >= plan.limit) return;
  }
}

async function check(url: string, { observation, label }: Example): Promise<void> {
  for (const event of label === undefined ? [observation] : [observation, label.event]) {
    const why = await whyRejected(url, event);
    if (why === undefined) continue;
    throw new FailedError(
      `nothing was sent, for the pipeline does not take the first row: ${why} (--omit leaves columns out, --pipeline names another, --no-check sends all the same)`,
    );
  }
}

function checkColumns(names: readonly string[], { id, subject, time, omit = [], late }: ExamplePlan): void {
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--id", id],
    ["--subject", subject],
    ["--time", time],
    ["--target", late?.target],
    ["--late-labels", due],
    ...omit.map((name) => ["--omit", name] as const),
  ];
  for (const [flag, name] of given) {
    if (name === undefined || names.includes(name)) continue;
    throw new UsageError(`${flag}: there is no column ${JSON.stringify(name)}${suggestion(name, names)}`);
  }
}
