// Commits of the archive, so many rows each, in a process of its own: what they take of the CPU, and how long each lasts. The rows
// are in memory before the clock runs. Prints one JSON object.
//
//   node archive-writer.ts <rows.json> <place> <rows a commit> <commits that do not count> <rows>

import { readFileSync } from "node:fs";
import { Batch } from "../functions/archive/batch.ts";
import { ARCHIVE, type Row } from "../functions/archive/columns.ts";
import { compact } from "../functions/archive/compact.ts";
import { moveTo } from "../functions/archive/cursor.ts";
import { DeltaTable } from "../functions/archive/delta/table.ts";
import { openObjects, readArchivePlace } from "../functions/archive/place.ts";
import { systemClock } from "../functions/lib/clock.ts";
import type { WrittenRow } from "./archive-rows.ts";

const [file = "", place = "", size = "1000", warm = "5", most = "Infinity"] = process.argv.slice(2);
const { now } = Date;

const written = JSON.parse(readFileSync(file, "utf8")) as readonly WrittenRow[];
const rows = written.slice(0, Number(most)).map((row) => ({
  pipeline: row.pipeline,
  row: {
    ...row,
    time: row.time === null ? null : BigInt(row.time),
    recordedtime: BigInt(row.recordedtime),
    offset: BigInt(row.offset),
    data: row.data === null ? null : Buffer.from(row.data, "utf8"),
  } satisfies Row,
}));
const objects = await openObjects(readArchivePlace(place, process.env), systemClock);
await objects.make();
await objects.prove();
const table = await DeltaTable.create(objects, ARCHIVE, "bench", now());

/** As the archiver makes one. */
async function commit(some: typeof rows, from: number | undefined): Promise<void> {
  const batch = new Batch();
  for (const { row, pipeline } of some) batch.add(row, pipeline);
  const txns = [...batch.last.values()].map((row) => moveTo(row, "bench", from));
  await table.refresh();
  await table.commit({ operation: "WRITE", adds: await batch.write(objects, now), txns }, now);
  await table.checkpointIfDue(now());
}

let begin = process.cpuUsage();
const milliseconds: number[] = [];
for (let at = 0; at < rows.length; at += Number(size)) {
  if (milliseconds.length === Number(warm)) begin = process.cpuUsage();
  const start = performance.now();
  await commit(rows.slice(at, at + Number(size)), at === 0 ? undefined : at - 1);
  milliseconds.push(performance.now() - start);
}
const { user, system } = process.cpuUsage(begin);
await compact(table, now);
const files = [...table.snapshot.files.values()];
const report = {
  cpuMicroseconds: user + system,
  milliseconds: milliseconds.slice(Number(warm)),
  rows: files.reduce((sum, { stats }) => sum + JSON.parse(stats ?? "{}").numRecords, 0),
  /** Of the files of the table, when it was compacted. */
  bytes: files.reduce((sum, add) => sum + add.size, 0),
};
objects.close();
process.stdout.write(`${JSON.stringify(report)}\n`);
