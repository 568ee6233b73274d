// Makes few files of many, for readers. What the table says stays the same, so an archiver goes on beside it; who reads an older
// version still finds the old files, until a vacuum.

import { VersionConflictError } from "../lib/errors.ts";
import { writeFile } from "./batch.ts";
import { type Add, nameOf } from "./delta/actions.ts";
import type { DeltaTable } from "./delta/table.ts";
import { checkColumns, rowsOfTable } from "./read.ts";
import { bytesOf } from "./rows.ts";
import { UNWATCHED, type Watch } from "./watch.ts";

export interface Compacted {
  /** Files that were replaced, and by how many. */
  readonly replaced: number;
  readonly made: number;
  readonly rows: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Groups that another process was compacting at the same time: these are left to it. */
  readonly left: number;
}

/** Of a new file; what is read for it is in memory. A file of half of this stays as it is. */
const MOST = { rows: 50_000, bytes: 16 * 2 ** 20 };

/** A commit for each new file; whatever ends it, those that were made stay. @throws ConfigurationError, UnavailableError. */
export async function compact(
  table: DeltaTable,
  now: () => number,
  watch: Watch = UNWATCHED,
  most = MOST,
): Promise<Compacted> {
  checkColumns(table, "compact it");
  const sums = { replaced: 0, made: 0, rows: 0, bytesBefore: 0, bytesAfter: 0, left: 0 };
  const groups = groupsOf([...table.snapshot.files.values()], most);
  for (const [i, group] of groups.entries()) {
    if (watch.signal?.aborted) break;
    watch.step(i, groups.length);
    try {
      const { add, rows } = await merge(table, group, now);
      sums.replaced += group.length;
      sums.made++;
      sums.rows += rows;
      sums.bytesBefore += group.reduce((sum, { size }) => sum + size, 0);
      sums.bytesAfter += add.size;
    } catch (error) {
      if (!(error instanceof VersionConflictError)) throw error;
      sums.left++;
    }
  }
  return sums;
}

/** Small files of one day and pipeline, in the order in which they were added. */
function groupsOf(files: readonly Add[], most: typeof MOST): readonly (readonly Add[])[] {
  const groups: Add[][] = [];
  const open = new Map<string, { files: Add[]; rows: number; bytes: number }>();
  for (const file of files) {
    const rows = Number(/"numRecords":\s*(\d{1,15})/.exec(file.stats ?? "")?.[1] ?? most.rows);
    if (rows * 2 > most.rows || file.size * 2 > most.bytes) continue;
    const key = JSON.stringify([file.partitionValues["day"], file.partitionValues["pipeline"]]);
    let group = open.get(key);
    if (group === undefined || group.rows + rows > most.rows || group.bytes + file.size > most.bytes) {
      group = { files: [], rows: 0, bytes: 0 };
      open.set(key, group);
      groups.push(group.files);
    }
    group.files.push(file);
    group.rows += rows;
    group.bytes += file.size;
  }
  return groups.filter((group) => group.length > 1);
}

async function merge(table: DeltaTable, group: readonly Add[], now: () => number) {
  const { objects } = table;
  const rows = (await Promise.all(group.map((file) => rowsOfTable(table, file)))).flat();
  rows.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
  const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
  const values = (group[0] as Add).partitionValues;
  const add = { ...(await writeFile(objects, values, rows, bytes, now)), dataChange: false };
  const removes = group.map(({ path, partitionValues, size }) => ({
    ...{ path, partitionValues, size, deletionTimestamp: now() },
    ...{ dataChange: false, extendedFileMetadata: true },
  }));
  try {
    await table.commit({ operation: "OPTIMIZE", adds: [add], removes }, now);
  } catch (error) {
    // It belongs to nothing; the next vacuum has it where this fails, too.
    if (error instanceof VersionConflictError) await objects.remove(nameOf(add)).catch(() => {});
    throw error;
  }
  return { add, rows: rows.length };
}
