// Rows that wait to be written, by the file in which they will be: one for each day and pipeline.

import { randomUUID } from "node:crypto";
import { COLUMNS, type ColumnName, encodingOf, FILE_SCHEMA, type Row } from "./columns.ts";
import type { Add, PartitionValues } from "./delta/actions.ts";
import type { Objects } from "./delta/objects.ts";
import { writeParquet } from "./delta/parquet.ts";
import { bytesOf, dayOf } from "./rows.ts";

interface Group {
  readonly values: PartitionValues;
  readonly rows: Row[];
  bytes: number;
}

const DAY_MS = 86_400_000;

export class Batch {
  readonly #groups = new Map<string, Group>();
  /** By partition of the log: the last row. */
  readonly last = new Map<number, Row>();
  rows = 0;
  bytes = 0;
  /** When the first of the rows was accepted, epoch milliseconds. */
  oldest: number | undefined;
  /** And the last. */
  newest = 0;

  /** `pipeline`: null where it is none that is known. The rows of a partition come in their order. */
  add(row: Row, pipeline: string | null): void {
    const acceptedMs = Number(row.recordedtime / 1000n);
    const key = `${Math.floor(acceptedMs / DAY_MS)} ${pipeline ?? ""}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { values: { day: dayOf(row), pipeline }, rows: [], bytes: 0 };
      this.#groups.set(key, group);
    }
    group.rows.push(row);
    const bytes = bytesOf(row);
    group.bytes += bytes;
    this.rows++;
    this.bytes += bytes;
    this.newest = acceptedMs;
    this.oldest ??= this.newest;
    this.last.set(row.partition, row);
  }

  /** Writes the files, which belong to no table before a commit names them. */
  async write(objects: Objects, now: () => number): Promise<readonly Add[]> {
    const adds: Add[] = [];
    for (const { values, rows, bytes } of this.#groups.values())
      adds.push(await writeFile(objects, values, rows, bytes, now));
    return adds;
  }
}

export async function writeFile(
  objects: Objects,
  values: PartitionValues,
  rows: readonly Row[],
  bytes: number,
  now: () => number,
): Promise<Add> {
  const names = Object.keys(COLUMNS) as ColumnName[];
  const columns = names.map((name) => ({ name, data: rows.map((row) => row[name]), encoding: encodingOf(name) }));
  const content = await writeParquet(FILE_SCHEMA, columns, bytes / rows.length);
  const name = `${folderOf(values)}${randomUUID()}.parquet`;
  await objects.put(name, content);
  return {
    path: encodeURI(name),
    partitionValues: values,
    size: content.length,
    modificationTime: now(),
    dataChange: true,
    stats: statsOf(rows),
  };
}

/** As Hive names them; a reader goes by the commit, not by these names. */
function folderOf(values: PartitionValues): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value === null ? "__HIVE_DEFAULT_PARTITION__" : encodeURIComponent(value)}/`)
    .join("");
}

/** So that readers leave out files in which nothing can be. Bounds of text may be cut; of numbers they are exact. */
function statsOf(rows: readonly Row[]): string {
  const offsets = rows.map(({ offset }) => Number(offset));
  const times = rows.map(({ recordedtime }) => Number(recordedtime / 1000n));
  const bounds = (of: (values: readonly number[]) => number) => ({
    offset: of(offsets),
    recordedtime: new Date(of(times)).toISOString(),
  });
  return JSON.stringify({
    numRecords: rows.length,
    minValues: bounds((values) => values.reduce((a, b) => Math.min(a, b))),
    maxValues: bounds((values) => values.reduce((a, b) => Math.max(a, b))),
    nullCount: { offset: 0, recordedtime: 0 },
  });
}
