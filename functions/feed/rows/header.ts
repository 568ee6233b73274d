// Which row of a CSV file names its columns, and the names. Spreadsheets put a title and empty lines above them.
//
//   H1  The header is the first row, or the first row of several names if all rows above it are titles or empty.

import { FailedError, UsageError } from "../../lib/failure.ts";
import { count, plural } from "../../lib/figures.ts";
import type { CsvRow } from "./csv.ts";

/** More rows than this above a row of names are no titles. */
const MOST_ABOVE = 20;

/** How many of these first rows of a file stand above the header. */
export function rowsAboveHeader(rows: readonly CsvRow[]): number {
  const above = rows.findIndex((row) => !isTitle(row));
  const [header, next] = [rows[above], rows[above + 1]];
  if (header === undefined || above > MOST_ABOVE || !namesColumns(header)) return 0;
  return next === undefined || next.cells.length === header.cells.length ? above : 0;
}

/** Empty, or with text in its first cell only. */
function isTitle({ cells: [_first, ...others], problem }: CsvRow): boolean {
  return problem === undefined && !others.some(isSaid);
}

/** Several cells, each with a letter in it. A row of values usually has a number. */
function namesColumns({ cells, problem }: CsvRow): boolean {
  return problem === undefined && cells.length > 1 && cells.every((cell) => /\p{L}/u.test(cell ?? ""));
}

function isSaid(cell: string | undefined): boolean {
  return cell !== undefined && cell.trim() !== "";
}

/** @throws FailedError, UsageError for what names no columns. */
export function readHeader({ cells, line, problem }: CsvRow, delimiter: string): readonly string[] {
  if (problem !== undefined) throw new FailedError(`the header cannot be read: ${problem}`);
  const names = cells.map((cell) => (cell ?? "").trim());
  const unnamed = names.indexOf("");
  // A trailing delimiter, or the index column that pandas writes without a name.
  if (unnamed >= 0) {
    throw new FailedError(
      `column ${unnamed + 1} of the header has no name; give it one (the header is line ${line}; --header-line names another)`,
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new FailedError(`the header names ${JSON.stringify(twice)} twice; rename one`);
  const other = [",", ";", "\t", "|"].find(
    (sign) => sign !== delimiter && names.length === 1 && names[0]?.includes(sign),
  );
  if (other !== undefined) {
    throw new UsageError(
      `the header is one column, ${JSON.stringify(names[0])}; is it --delimiter '${delimiterName(other)}'?`,
    );
  }
  return names;
}

/** @throws UsageError where all rows below have one number of cells, and the header has another. */
export function checkWidth(header: CsvRow, rows: readonly CsvRow[]): void {
  const [first, ...others] = rows;
  const wide = first?.cells.length ?? 0;
  if (wide === header.cells.length || others.length === 0) return;
  if (others.some(({ cells }) => cells.length !== wide)) return;
  throw new UsageError(
    `the header (line ${header.line}) has ${plural(header.cells.length, "cell")}, and each row below it has ${count(wide)}; if the columns are named on another line, say which: --header-line ${(first as CsvRow).line}`,
  );
}

export function delimiterName(sign: string): string {
  return sign === "\t" ? "tab" : sign;
}
