// Detects the delimiter of a CSV file from its first rows.

import { createCsvReader } from "./csv.ts";
import { rowsAboveHeader } from "./header.ts";

/** If several fit equally well, the first one is taken. */
const DELIMITERS = [",", ";", "\t", "|"] as const;
const MOST_ROWS = 100;
/** Least share of rows with the header's number of cells; the others may be damaged. */
const MOST_OF_THEM = 0.8;

/** `whole`: the beginning is all of the text. `headerLine`: the header's line, if given. */
export function findDelimiter(beginning: string, whole: boolean, headerLine?: number): string {
  let best: string = DELIMITERS[0];
  let most = 1;
  for (const delimiter of DELIMITERS) {
    const columns = columnsBy(delimiter, beginning, whole, headerLine);
    if (columns > most) [best, most] = [delimiter, columns];
  }
  return best;
}

/** The header's number of cells if most rows have as many; else 1. */
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

/** Excel's first line `sep=;`, which is not a row: the delimiter, and the line's length with its end. */
export function separatorLine(beginning: string): { readonly delimiter: string; readonly length: number } | undefined {
  const [line, delimiter] = /^\ufeff?"?sep=([^\p{L}\p{N}\r\n"])"?(?:\r\n|\r|\n)/iu.exec(beginning) ?? [];
  return line === undefined || delimiter === undefined ? undefined : { delimiter, length: line.length };
}
