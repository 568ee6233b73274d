// The rows of `wadi emit` as examples. The first one is checked against the pipeline before anything is sent.

import { createExamples, type Example, type ExamplePlan } from "../../feed/examples.ts";
import { noColumn } from "../../feed/rows/column-names.ts";
import type { FilePlan, SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import type { DateOrder } from "../../feed/rows/dates.ts";
import { UTF_8 } from "../../feed/rows/encoding.ts";
import { lineRows } from "../../feed/rows/line-rows.ts";
import type { Row } from "../../feed/rows/row.ts";
import { readRows } from "../../feed/rows/rows.ts";
import { openTextSource } from "../../feed/rows/text-source.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { assumedText, csvText, titledText, typesWord, unclearText } from "../csv-dialect.ts";
import { whyRejected } from "./first-check.ts";
import { rejectedText } from "./first-check-cure.ts";
import type { EmitPlan } from "./options.ts";
import type { Reading } from "./progress.ts";

export interface RowHooks {
  readonly signal: AbortSignal;
  row(): void;
  skipped(row: Row, reason: string): void;
  /** Remarks on how the file is read. */
  note?(line: string): void;
}

export interface EmitRows {
  readonly examples: AsyncIterable<Example>;
  readonly reading: () => Reading;
  /** The rows are typed at a terminal. */
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
  const { encoding, ...csv } = input.csv;
  const noteEncoding = createEncodingNote(encoding, (line) => hooks.note?.(line));
  const source = await openTextSource(input.path, hooks.signal, encoding);
  let found = 0;
  let spoilt: readonly SpoiltInFile[] = [];
  const rows = readRows(source.text, {
    format: input.format,
    live: source.live,
    ...csv,
    times: timesOf(plan.examples),
    onHeader: (names) => checkColumns(names, plan.examples),
    onPlan: (found) => {
      spoilt = found.spoilt;
      checkDates(found);
      for (const line of notesOn(found, source.encoding())) hooks.note?.(line);
      noteEncoding(source.encoding());
    },
    onFound: (more) => {
      found += more;
      noteEncoding(source.encoding());
    },
  });
  return {
    examples: examplesOf(rows, plan, hooks, () => spoilt),
    reading: () => ({ found, bytesRead: source.bytesRead(), bytes: source.bytes }),
    typed: input.path === "-" && process.stdin.isTTY === true,
  };
}

async function* examplesOf(
  rows: AsyncIterable<Row> | Iterable<Row>,
  plan: EmitPlan,
  { signal, row: counted, skipped }: RowHooks,
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
      yield example;
    }
    // Not at the top of the loop: a row after the last one may never come.
    if (++taken >= plan.limit) return;
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

/** Columns whose dates are read as times. */
function timesOf({ time, late }: ExamplePlan): readonly string[] {
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  return [time, due].filter((name) => name !== undefined);
}

/** An event with the wrong day cannot be taken back, so nothing is sent. */
function checkDates({ columns }: FilePlan): void {
  const unclear = columns.find((column) => column.unclearDate !== undefined);
  if (unclear === undefined) return;
  throw new UsageError(
    `${unclear.name}: is ${unclear.unclearDate} the day or the month first? no row tells; add --dates day-first or --dates month-first`,
  );
}

/** Notes it once. The first byte beyond ASCII, which shows the encoding, may come late in a file. */
function createEncodingNote(given: string | undefined, note: (line: string) => void) {
  let said = given !== undefined;
  return (encoding: string | undefined): void => {
    const text = said ? undefined : assumedText(encoding);
    if (text === undefined) return;
    said = true;
    note(text);
  };
}

function notesOn({ columns, delimiter, dialect, titled }: FilePlan, encoding = UTF_8): readonly string[] {
  const ofPeople = columns.some((column) => column.type === "number" && column.ofPeople);
  const read = csvText({
    encoding,
    delimiter,
    decimal: ofPeople ? dialect.decimal : undefined,
    dates: orderOf(columns),
  });
  return [
    ...(read === undefined ? [] : [read]),
    ...(titled === undefined ? [] : [titledText(titled)]),
    ...(dialect.unclearNumber === undefined ? [] : [unclearText(dialect.unclearNumber, dialect.decimal)]),
    ...columns.flatMap(({ name, nothing }) =>
      nothing === undefined
        ? []
        : [
            `Column ${name} holds nothing but ${nothing} and is left out; --types ${typesWord([[name, "text"]])} sends it as text.`,
          ],
    ),
  ];
}

function orderOf(columns: FilePlan["columns"]): DateOrder | undefined {
  const [order] = columns.flatMap(({ dates }) => (dates === undefined || dates === "year-first" ? [] : [dates]));
  return order;
}

function checkColumns(
  names: readonly string[],
  { id, subject, time, omit = [], rename = [], late }: ExamplePlan,
): void {
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--id", id],
    ["--subject", subject],
    ["--time", time],
    ["--target", late?.target],
    ["--late-labels", due],
    ...omit.map((name) => ["--omit", name] as const),
    ...rename.map(([name]) => ["--rename", name] as const),
  ];
  for (const [flag, name] of given) {
    if (name === undefined || names.includes(name)) continue;
    throw noColumn(flag, name, names);
  }
  const columns = new Map(rename);
  const met = rename.find(([, field]) => names.includes(field) && !omit.includes(field) && !columns.has(field));
  if (met === undefined) return;
  throw new UsageError(`--rename: there is a column ${JSON.stringify(met[1])} already; --omit it, or use another name`);
}
