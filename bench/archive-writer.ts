// Writes flights as the archiver does, 1,000 rows a commit, in a process of its own: events into rows, Parquet, log entry. Then,
// where it is asked, what they take of the disk.
//
//   node archive-writer.ts {"at": "<folder or s3://…>", "warm": 10, "commits": 50, "weigh": true}

import { gzipSync } from "node:zlib";
import { Batch } from "../functions/archive/batch.ts";
import { ARCHIVE } from "../functions/archive/columns.ts";
import { compact } from "../functions/archive/compact.ts";
import { DeltaTable } from "../functions/archive/delta/table.ts";
import { exportLines } from "../functions/archive/export.ts";
import { openObjects, readArchivePlace } from "../functions/archive/place.ts";
import { rowOf } from "../functions/archive/rows.ts";
import { systemClock } from "../functions/lib/clock.ts";
import type { Event } from "../functions/lib/events/vocabulary.ts";
import { labelledFlights } from "./flights.ts";
import { assert, median } from "./row.ts";

interface Work {
  readonly at: string;
  /** Commits that do not count. */
  readonly warm: number;
  readonly commits: number;
  readonly weigh?: boolean;
}

const ROWS = 1000;
const { at, warm, commits, weigh } = JSON.parse(process.argv[2] ?? "") as Work;
const events = labelledFlights(0, (warm + commits) * ROWS);
const begin = Date.now();
const objects = await openObjects(readArchivePlace(at, process.env), systemClock);
await objects.make();
const table = await DeltaTable.create(objects, ARCHIVE, "wadi bench", begin);

const times: number[] = [];
let cpu = process.cpuUsage();
for (let n = 0; n < warm + commits; n++) {
  if (n === warm) cpu = process.cpuUsage();
  const started = performance.now();
  await commitRows(events.slice(n * ROWS, (n + 1) * ROWS), n * ROWS);
  if (n >= warm) times.push(performance.now() - started);
}
const { user, system } = process.cpuUsage(cpu);
const rows = commits * ROWS;
const seconds = times.reduce((sum, ms) => sum + ms, 0) / 1000;
const weight = weigh === true ? await bytesARow() : {};
const figures = { cpu: (user + system) / rows, rate: rows / seconds, commitMs: median(times), ...weight };
process.stdout.write(`${JSON.stringify(figures)}\n`);
objects.close();

/** `from`: the number of the first in the log. */
async function commitRows(some: readonly Event[], from: number): Promise<void> {
  const batch = new Batch();
  for (const [i, event] of some.entries())
    batch.add(rowOf(event, { partition: 0, offset: from + i, time: begin + from + i }, "bench"), "flights");
  const adds = await batch.write(objects, Date.now);
  const txns = [{ appId: "wadi-bench-0", version: from + ROWS - 1, from: table.txn("wadi-bench-0")?.version }];
  await table.refresh();
  await table.commit({ operation: "WRITE", adds, txns }, Date.now);
  await table.checkpointIfDue(Date.now());
}

/** Of the files that are left when few are made of many; and of the same events as gzipped lines of JSON. */
async function bytesARow() {
  await compact(table, Date.now);
  const lines: string[] = [];
  for await (const some of exportLines(table, {})) lines.push(...some);
  assert(lines.length === events.length, `${events.length} rows were written, and ${lines.length} are there`);
  const files = [...table.snapshot.files.values()].reduce((sum, { size }) => sum + size, 0);
  return { bytes: files / lines.length, gzip: gzipSync(lines.join("")).length / lines.length };
}
