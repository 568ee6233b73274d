// The rows of a file or of standard input, and what is to be told of how they are read.

import type { ReadPlan } from "../../feed/reader.ts";
import { noColumn } from "../../feed/rows/column-names.ts";
import type { FilePlan, SpoiltInFile } from "../../feed/rows/csv-rows.ts";
import type { DateOrder } from "../../feed/rows/dates.ts";
import { UTF_8 } from "../../feed/rows/encoding.ts";
import type { Row } from "../../feed/rows/row.ts";
import { readPieces } from "../../feed/rows/rows.ts";
import { openTextSource } from "../../feed/rows/text-source.ts";
import { UsageError } from "../../lib/failure.ts";
import { assumedText, csvText, titledText, typesWord, unclearText } from "../csv-dialect.ts";
import type { FileInput } from "./file-input.ts";
import type { ReadSoFar } from "./read-so-far.ts";

/** Where rows come from, whatever it is. */
export interface RowSource {
  /** To be read once. @throws FailedError, UsageError for what has another shape. */
  readonly pieces: AsyncIterable<readonly Row[]>;
  readonly reading: () => ReadSoFar;
  /** Columns that are text because of a few cells, once the first row is there. */
  readonly spoilt: () => readonly SpoiltInFile[];
  /** The rows are typed at a terminal. */
  readonly typed: boolean;
}

export interface FileRowHooks {
  readonly signal: AbortSignal;
  /** The options that name the column of the truth, and when it is known. */
  readonly flags: { readonly target: string; readonly late: string };
  /** Remarks on how the file is read. */
  note(line: string): void;
}

/** The columns that are named. */
type FilePlanned = ReadPlan & { readonly id?: string; readonly subject?: string };

/** @throws UsageError for a file that is not there. */
export async function openFileRows(
  { path, format, csv: given }: FileInput,
  plan: FilePlanned,
  { signal, flags, note }: FileRowHooks,
): Promise<RowSource> {
  const { encoding, ...csv } = given;
  const noteEncoding = createEncodingNote(encoding, note);
  const source = await openTextSource(path, signal, encoding);
  let found = 0;
  let spoilt: readonly SpoiltInFile[] = [];
  const pieces = readPieces(source.text, {
    format,
    live: source.live,
    ...csv,
    times: timesOf(plan),
    onHeader: (names) => checkColumns(names, plan, flags),
    onPlan: (found) => {
      spoilt = found.spoilt;
      checkDates(found);
      for (const line of notesOn(found, source.encoding())) note(line);
      noteEncoding(source.encoding());
    },
    onFound: (more) => {
      found += more;
      noteEncoding(source.encoding());
    },
  });
  return {
    pieces,
    reading: () => ({ found, bytesRead: source.bytesRead(), bytes: source.bytes }),
    spoilt: () => spoilt,
    typed: path === "-" && process.stdin.isTTY === true,
  };
}

/** Columns whose dates are read as times. */
function timesOf({ time, late }: ReadPlan): readonly string[] {
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  return [time, due].filter((name) => name !== undefined);
}

/** What was taken under the wrong day cannot be taken back, so nothing is. */
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
            `Column ${name} holds nothing but ${nothing} and is left out; --types ${typesWord([[name, "text"]])} takes it as text.`,
          ],
    ),
  ];
}

function orderOf(columns: FilePlan["columns"]): DateOrder | undefined {
  const [order] = columns.flatMap(({ dates }) => (dates === undefined || dates === "year-first" ? [] : [dates]));
  return order;
}

function checkColumns(names: readonly string[], plan: FilePlanned, flags: FileRowHooks["flags"]): void {
  const { id, subject, time, timeMayLack, omit = [], rename = [], late } = plan;
  const due = late?.delay.kind === "column" ? late.delay.name : undefined;
  const given: readonly (readonly [string, string | undefined])[] = [
    ["--id", id],
    ["--subject", subject],
    ["--time", timeMayLack ? undefined : time],
    [flags.target, late?.target],
    [flags.late, due],
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
