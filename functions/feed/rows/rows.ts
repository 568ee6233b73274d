// The rows of a file, whatever its format: each with its number, its text as it stood there, and its fields.

import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import { type ColumnTypes, createCellReader, type FieldRecord, type SpoiltColumn, spoiltColumns } from "./cells.ts";
import { type CsvRow, createCsvReader } from "./csv.ts";
import { createJsonArrayReader } from "./json-array.ts";

export type Format = "csv" | "ndjson" | "json";

export interface Row {
  /** From 1, the header not counted. */
  readonly number: number;
  /** The line of the file that it begins on, where the format has lines. */
  readonly line?: number;
  /** What the row is known by: the same text is the same row. */
  readonly text: string;
  readonly fields: FieldRecord;
  /** What makes it unfit to be sent, in words. */
  readonly problem?: string;
}

export interface RowOptions {
  readonly format: Format;
  /** CSV alone. */
  readonly delimiter?: string;
  readonly types?: ColumnTypes;
  /** CSV alone: rows by which the columns' types are told; fewer where `live`. */
  readonly sampleRows?: number;
  /** The text may be endless and slow: what is there is not held back for more. */
  readonly live?: boolean;
  /** CSV alone: given the names of the columns, before the first row. */
  readonly onHeader?: (names: readonly string[]) => void;
  /** CSV alone: given the columns that a few cells make text, with the lines of these, before the first row. */
  readonly onSpoilt?: (columns: readonly SpoiltInFile[]) => void;
  /** Told how many rows were found in each piece of the text, before any of them comes out. */
  readonly onFound?: (rows: number) => void;
}

export interface SpoiltInFile extends SpoiltColumn {
  /** Of the file. */
  readonly line: number;
}

const SAMPLE_ROWS = 1000;
const MAX_LINE_CHARS = 1024 * 1024;

/** @throws FailedError, UsageError for a text that is not of this format at all. */
export async function* readRows(text: AsyncIterable<string>, options: RowOptions): AsyncGenerator<Row> {
  if (options.format === "csv") yield* readCsv(text, options);
  else yield* readJson(options.format === "json" ? arrayElements(text) : lines(text), options.onFound);
}

/** The text of one row of JSON. */
interface JsonText {
  readonly text: string;
  readonly line?: number;
}

async function* readJson(pieces: AsyncIterable<readonly JsonText[]>, onFound?: (rows: number) => void) {
  let number = 0;
  for await (const piece of pieces) {
    onFound?.(piece.length);
    for (const found of piece) {
      const parsed = parseObject(found.text);
      const base = { number: ++number, ...found };
      const row: Row =
        typeof parsed === "string" ? { ...base, fields: {}, problem: parsed } : { ...base, fields: parsed };
      yield row;
    }
  }
}

function parseObject(text: string): FieldRecord | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as FieldRecord;
    return `${text.slice(0, 40).toWellFormed()} is no JSON object with the fields of an observation`;
  } catch (error) {
    return `this is not valid JSON: ${asError(error).message}`;
  }
}

async function* lines(text: AsyncIterable<string>): AsyncGenerator<JsonText[]> {
  let rest = "";
  let line = 0;
  const take = (parts: readonly string[]): JsonText[] =>
    parts.flatMap((part) => {
      line++;
      if (part.length > MAX_LINE_CHARS) throw tooLong(line);
      const trimmed = part.trim();
      return trimmed === "" ? [] : [{ text: trimmed, line }];
    });
  for await (const piece of text) {
    const parts = (rest + piece).split("\n");
    rest = parts.pop() ?? "";
    yield take(parts);
    if (rest.length > MAX_LINE_CHARS) throw tooLong(line + 1);
  }
  yield take([rest]);
}

function tooLong(line: number): FailedError {
  return new FailedError(
    `line ${line} has more than a million characters: NDJSON is one object a line (one array is --format json)`,
  );
}

async function* arrayElements(text: AsyncIterable<string>): AsyncGenerator<JsonText[]> {
  const reader = createJsonArrayReader();
  for await (const piece of text) yield failing(() => reader.push(piece)).map((element) => ({ text: element }));
  failing(() => reader.end());
}

async function* readCsv(text: AsyncIterable<string>, options: RowOptions): AsyncGenerator<Row> {
  const { delimiter = ",", types, sampleRows = SAMPLE_ROWS, live = false, onHeader, onSpoilt, onFound } = options;
  const reader = createCsvReader(delimiter);
  let header: readonly string[] | undefined;
  let toFields: ((cells: CsvRow["cells"]) => FieldRecord) | undefined;
  let number = 0;
  let held: CsvRow[] = [];

  const problemOf = (row: CsvRow): string | undefined => {
    const expected = header?.length ?? 0;
    if (row.problem !== undefined || row.cells.length === expected) return row.problem;
    return `it has ${plural(row.cells.length, "cell")} where the header has ${count(expected)}`;
  };
  const rowOf = (row: CsvRow): Row => {
    const problem = problemOf(row);
    const base = { number: ++number, line: row.line, text: JSON.stringify(row.cells) };
    if (problem !== undefined) return { ...base, fields: {}, problem };
    return { ...base, fields: (toFields as NonNullable<typeof toFields>)(row.cells) };
  };
  const release = (): Row[] => {
    if (header === undefined) return [];
    if (toFields === undefined) {
      // A row that is going to be skipped says nothing about its columns.
      const sound = held.filter((row) => problemOf(row) === undefined);
      const sample = sound.map(({ cells }) => cells);
      toFields = createCellReader(header, sample, types);
      onSpoilt?.(spoiltColumns(header, sample, types).map((one) => ({ ...one, line: sound[one.row]?.line ?? 0 })));
    }
    const rows = held.map(rowOf);
    held = [];
    return rows;
  };
  const take = (rows: readonly CsvRow[]): void => {
    let from = 0;
    if (header === undefined && isSeparatorLine(rows[0], delimiter)) from++;
    if (header === undefined && rows.length > from) {
      header = readHeader(rows[from++] as CsvRow, delimiter);
      onHeader?.(header);
    }
    for (let i = from; i < rows.length; i++) held.push(rows[i] as CsvRow);
    onFound?.(rows.length - from);
  };

  for await (const piece of text) {
    take(failing(() => reader.push(piece)));
    if (held.length > 0 && (live || toFields !== undefined || held.length >= sampleRows)) yield* release();
  }
  take(reader.end());
  if (header === undefined) throw new FailedError("there is no header: the first row must name the columns");
  yield* release();
}

/**
 * Whether this is the line by which spreadsheets say the delimiter, `sep=;`, and which is no header.
 * @throws UsageError where it names another delimiter than the one that is read with.
 */
function isSeparatorLine(row: CsvRow | undefined, delimiter: string): boolean {
  if (row?.line !== 1) return false;
  const said = /^sep=([^\p{L}\p{N}"])$/iu.exec(row.cells.map((cell) => cell ?? "").join(delimiter))?.[1];
  if (said === undefined || said === delimiter) return said !== undefined;
  throw new UsageError(`line 1 says that the delimiter is another (sep=); add --delimiter '${delimiterName(said)}'`);
}

function delimiterName(sign: string): string {
  return sign === "\t" ? "tab" : sign;
}

function readHeader({ cells, problem }: CsvRow, delimiter: string): readonly string[] {
  if (problem !== undefined) throw new FailedError(`the header cannot be read: ${problem}`);
  const names = cells.map((cell) => (cell ?? "").trim());
  const unnamed = names.indexOf("");
  // A trailing delimiter, or the index column that pandas writes without a name.
  if (unnamed >= 0) throw new FailedError(`column ${unnamed + 1} of the header has no name; give it one`);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new FailedError(`the header names ${JSON.stringify(twice)} twice; rename one`);
  const other = [";", "\t", "|"].find((sign) => sign !== delimiter && names.length === 1 && names[0]?.includes(sign));
  if (other !== undefined) {
    throw new UsageError(
      `the header is one column, ${JSON.stringify(names[0])}; add --delimiter '${delimiterName(other)}'`,
    );
  }
  return names;
}

function failing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new FailedError(asError(error).message, { cause: error });
  }
}
