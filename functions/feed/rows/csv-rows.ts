// The rows of a CSV file. The delimiter and the header are detected from its beginning, the types of cells from a sample of
// the sound rows.

import { FailedError, UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import {
  type CellOptions,
  type CellPlan,
  createCellReader,
  type FieldRecord,
  planCells,
  type SpoiltColumn,
} from "./cells.ts";
import { type CsvReader, type CsvRow, createCsvReader } from "./csv.ts";
import { findDelimiter, separatorLine } from "./delimiter.ts";
import { checkWidth, delimiterName, readHeader, rowsAboveHeader } from "./header.ts";
import { failing, type Row } from "./row.ts";
import { isTotals } from "./words.ts";

export interface CsvOptions extends CellOptions {
  /** Rows from which the types of columns are detected; fewer if `live`. */
  readonly sampleRows?: number;
  /** The text may be endless and slow: rows are returned at once, without waiting for more. */
  readonly live?: boolean;
  /** The line that names the columns. Left out: detected from the first rows, or the first row if `live`. */
  readonly headerLine?: number;
  /** Keeps a row of totals at the end. */
  readonly keepFooter?: boolean;
  /** Given the names of the columns, before the first row. */
  readonly onHeader?: (names: readonly string[]) => void;
  /** Given how the file is read, before the first row. */
  readonly onPlan?: (plan: FilePlan) => void;
  /** Told how many rows were found in each piece of the text, before any of them comes out. */
  readonly onFound?: (rows: number) => void;
}

export interface SpoiltInFile extends SpoiltColumn {
  /** Of the file. */
  readonly line: number;
}

export interface FilePlan extends CellPlan {
  readonly delimiter: string;
  /** Where titles stand above the header: the header's line, and the first title. */
  readonly titled?: { readonly line: number; readonly title: string };
  readonly spoilt: readonly SpoiltInFile[];
}

const SAMPLE_ROWS = 1000;
const BEGINNING_CHARS = 64 * 1024;
/** A footer is short; more rows that begin like totals are a table of totals. */
const MOST_FOOTER_ROWS = 20;

/** @throws FailedError, UsageError for a text that is no CSV at all. */
export async function* readCsv(text: AsyncIterable<string>, options: CsvOptions): AsyncGenerator<readonly Row[]> {
  const { sampleRows = SAMPLE_ROWS, live = false, headerLine, onHeader, onPlan, onFound } = options;
  let reader: CsvReader | undefined;
  let delimiter = options.delimiter ?? ",";
  let header: readonly string[] | undefined;
  let headerRow: CsvRow | undefined;
  let titled: FilePlan["titled"];
  let toRows: ((rows: readonly CsvRow[], last: boolean) => Row[]) | undefined;
  let beginning = "";
  let held: CsvRow[] = [];

  const release = (last: boolean): Row[] => {
    if (header === undefined) return [];
    if (toRows === undefined) {
      const names = header;
      if (!live) checkWidth(headerRow as CsvRow, held);
      const sound = held.filter((row) => widthProblem(row, names) === undefined && !beginsLikeTotals(row, options));
      const cells = planCells(
        header,
        sound.map((row) => row.cells),
        { ...options, delimiter },
      );
      const spoilt = cells.spoilt.map((one) => ({ ...one, line: sound[one.row]?.line ?? 0 }));
      onPlan?.({ ...cells, delimiter, spoilt, ...(titled !== undefined && { titled }) });
      toRows = createRows(header, createCellReader(cells), options);
    }
    const rows = toRows(held, last);
    held = [];
    return rows;
  };
  const rowsBeforeHeader = (rows: readonly CsvRow[]): number => {
    if (headerLine === undefined) return live ? 0 : rowsAboveHeader(rows);
    const found = rows.findIndex(({ line }) => line >= headerLine);
    return found < 0 ? rows.length : found;
  };
  const take = (rows: readonly CsvRow[]): void => {
    let from = 0;
    if (header === undefined) {
      from = rowsBeforeHeader(rows);
      headerRow = rows[from];
      if (headerRow === undefined) return;
      if (from++ > 0 && headerLine === undefined) titled = { line: headerRow.line, title: firstOf(rows[0] as CsvRow) };
      header = readHeader(headerRow, delimiter);
      onHeader?.(header);
    }
    for (let i = from; i < rows.length; i++) held.push(rows[i] as CsvRow);
    onFound?.(rows.length - from);
  };
  const begin = (whole: boolean): void => {
    const separator = separatorLine(beginning);
    const body = beginning.slice(separator?.length ?? 0);
    const lineInBody = headerLine === undefined || separator === undefined ? headerLine : headerLine - 1;
    if (separator !== undefined && (options.delimiter ?? separator.delimiter) !== separator.delimiter) {
      const cure = `add --delimiter '${delimiterName(separator.delimiter)}'`;
      throw new UsageError(`line 1 says that the delimiter is another (sep=); ${cure}`);
    }
    delimiter = options.delimiter ?? separator?.delimiter ?? findDelimiter(body, whole, lineInBody);
    reader = createCsvReader(delimiter, separator === undefined ? 1 : 2);
    take(reader.push(body));
    beginning = "";
  };

  for await (const piece of text) {
    if (reader === undefined) {
      beginning += piece;
      if (!isEnough(beginning, Math.max(headerLine ?? 1, live ? 1 : sampleRows + 1))) continue;
      failing(() => begin(false));
    } else {
      const { push } = reader;
      take(failing(() => push(piece)));
    }
    if (held.length > 0 && (live || toRows !== undefined || held.length >= sampleRows)) yield release(false);
  }
  if (reader === undefined) failing(() => begin(true));
  take((reader as CsvReader | undefined)?.end() ?? []);
  if (header === undefined) throw new FailedError("there is no header: the first row must name the columns");
  yield release(true);
}

/** Enough lines, or very many characters. */
function isEnough(beginning: string, lines: number): boolean {
  if (beginning.length >= BEGINNING_CHARS) return true;
  let at = -1;
  for (let found = 0; found < lines; found++) {
    at = nextLineEnd(beginning, at + 1);
    if (at < 0) return false;
  }
  return true;
}

function nextLineEnd(text: string, from: number): number {
  const [lf, cr] = [text.indexOf("\n", from), text.indexOf("\r", from)];
  if (lf < 0 || cr < 0) return Math.max(lf, cr);
  return Math.min(lf, cr) === cr && lf === cr + 1 ? lf : Math.min(lf, cr);
}

/** Holds rows that begin like totals until it is known whether other rows follow. */
function createRows(
  header: readonly string[],
  toFields: (cells: CsvRow["cells"]) => FieldRecord,
  options: CsvOptions,
): (rows: readonly CsvRow[], last: boolean) => Row[] {
  let number = 0;
  let held: CsvRow[] = [];
  /** First cells of rows like totals that other rows follow: ordinary values. */
  const values = new Set<string>();
  const rowOf = (row: CsvRow, footer: boolean): Row => {
    const problem = widthProblem(row, header);
    const base = { number: ++number, line: row.line, text: JSON.stringify(row.cells) };
    if (problem !== undefined) return { ...base, fields: {}, problem };
    if (footer && beginsLikeTotals(row, options)) return { ...base, fields: {}, problem: FOOTER };
    return { ...base, fields: toFields(row.cells) };
  };

  return (rows, last) => {
    const ready: Row[] = [];
    const release = (footer: boolean): void => {
      for (const one of held) ready.push(rowOf(one, footer));
      held = [];
    };
    for (const row of rows) {
      const isTotals = beginsLikeTotals(row, options);
      const isFooter = isTotals
        ? !values.has(firstOf(row))
        : held.length > 0 && widthProblem(row, header) !== undefined;
      if (isFooter && !options.live) held.push(row);
      if (isFooter && !options.live && held.length <= MOST_FOOTER_ROWS) continue;
      for (const one of held) if (beginsLikeTotals(one, options)) values.add(firstOf(one));
      release(false);
      if (!isFooter || options.live) ready.push(rowOf(row, false));
    }
    if (last) release(true);
    return ready;
  };
}

const FOOTER = "it looks like the totals of the rows above; --no-footer sends it";

function firstOf({ cells }: CsvRow): string {
  return cells.find((cell) => cell !== undefined && cell.trim() !== "") ?? "";
}

function beginsLikeTotals(row: CsvRow, { keepFooter = false }: CsvOptions): boolean {
  return !keepFooter && isTotals(firstOf(row));
}

/** Why the row cannot be read with this header: another number of cells, or a problem of its own. */
function widthProblem({ cells, problem }: CsvRow, header: readonly string[]): string | undefined {
  if (problem !== undefined || cells.length === header.length) return problem;
  return `it has ${plural(cells.length, "cell")} where the header has ${count(header.length)}`;
}
