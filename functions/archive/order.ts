// The rows of many files in the order of the log: so few files are in memory as overlap.

import type { Row } from "./columns.ts";
import type { KnownFile } from "./files.ts";

/** A row and where it belongs among the rows of all partitions. */
interface Placed {
  readonly row: Row;
  readonly at: number;
}

/**
 * Some at a time. Of a log of one partition by their offset; of several by the time of their acceptance, where a row that was dated
 * before an earlier one of its partition comes right behind it.
 */
export async function* orderRows(
  files: readonly KnownFile[],
  isOnePartition: boolean,
  rowsOf: (file: KnownFile) => Promise<readonly Row[]>,
): AsyncGenerator<readonly Row[]> {
  const beginOf = ({ offset, time }: KnownFile) => (isOnePartition ? offset[0] : time[0]);
  const sorted = [...files].sort((a, b) => compare(beginOf(a), beginOf(b)));
  const reached = new Map<number, number>();
  let waiting: readonly Row[] = [];
  for (const [i, file] of sorted.entries()) {
    waiting = [...waiting, ...(await rowsOf(file))];
    const next = sorted[i + 1];
    const placed = isOnePartition ? byOffset(waiting) : byTime(waiting, reached);
    const before = next === undefined ? Infinity : beginOf(next);
    const ready = placed.filter(({ at }) => at < before);
    waiting = placed.filter(({ at }) => at >= before).map(({ row }) => row);
    for (const { row, at } of ready) reached.set(row.partition, at);
    if (ready.length > 0) yield ready.map(({ row }) => row);
  }
}

function byOffset(rows: readonly Row[]): readonly Placed[] {
  return rows.map((row) => ({ row, at: Number(row.offset) })).sort((a, b) => a.at - b.at);
}

function byTime(rows: readonly Row[], reached: ReadonlyMap<number, number>): readonly Placed[] {
  const latest = new Map(reached);
  const inPartition = (a: Row, b: Row) => a.partition - b.partition || Number(a.offset - b.offset);
  const placed = [...rows].sort(inPartition).map((row) => {
    const at = Math.max(Number(row.recordedtime / 1000n), latest.get(row.partition) ?? -Infinity);
    latest.set(row.partition, at);
    return { row, at };
  });
  return placed.sort((a, b) => a.at - b.at);
}

/** Those without a bound may begin anywhere. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
