// What separates the cells of a CSV file, told by its first rows.

import { createCsvReader } from "./csv.ts";
import { rowsAboveHeader } from "./header.ts";

/** The first counts where it does as well as another. */
const DELIMITERS = [",", ";", "\t", "|"] as const;
const MOST_ROWS = 100;
/** Of the rows; the others may be spoilt. */
const MOST_OF_THEM = 0.8;

/** Of the beginning of a text; `whole`: there is no more; `headerLine`: where it is said which line names the columns. */
export function findDelimiter(beginning: string, whole: boolean, headerLine?: number): string {
  let best: string = DELIMITERS[0];
  let most = 1;
  for (const delimiter of DELIMITERS) {
    const columns = columnsBy(delimiter, beginning, whole, headerLine);
    if (columns > most) [best, most] = [delimiter, columns];
  }
  return best;
}

/** Of the header, where most rows have as many; else one. */
function columnsBy(delimiter: string, beginning: string, whole: boolean, headerLine: number | undefined): number {
  const reader = createCsvReader(delimiter);
  const complete = reader.push(beginning);
  const all = whole || complete.length === 0 ? [...complete, ...reader.end()] : complete;
  const above = headerLine === undefined ? rowsAboveHeader(all) : all.findIndex(({ line }) => line >= headerLine);
  const [header, ...rows] = all.slice(Math.max(0, above));
  const columns = header?.cells.length ?? 1;
  const looked = rows.slice(0, MOST_ROWS);
  const equal = looked.filter(({ cells, problem }) => problem === undefined && cells.length === columns).length;
  return equal >= MOST_OF_THEM * looked.length ? columns : 1;
}

/** Excel's first line `sep=;`, which is no row: its sign and its length, the line end included. */
export function separatorLine(beginning: string): { readonly delimiter: string; readonly length: number } | undefined {
  const [line, delimiter] = /^\ufeff?"?sep=([^\p{L}\p{N}\r\n"])"?(?:\r\n|\r|\n)/iu.exec(beginning) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { delimiter, length: line.length };
}
