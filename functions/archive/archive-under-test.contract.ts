// What the archive's tests share: a folder with a table, a journal with events, an archiver between them, and the rows that came of it.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Broker } from "../lib/broker/broker.ts";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import { systemClock } from "../lib/clock.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { Archiver, type ArchiverOptions } from "./archiver.ts";
import { ARCHIVE, type Row } from "./columns.ts";
import { nameOf } from "./delta/actions.ts";
import { openFolder } from "./delta/folder.ts";
import { readParquet } from "./delta/parquet.ts";
import { DeltaTable } from "./delta/table.ts";

export function newFolder(): string {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-archive-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A data folder and an archive in one folder; the archive is not made yet. */
export function newPlace() {
  const root = newFolder();
  const dataFolder = join(root, "data");
  mkdirSync(dataFolder);
  return { root, dataFolder, folder: join(root, "archive") };
}

export function eventOf(n: number, attributes: Partial<Event> = {}): Event {
  return {
    specversion: "1.0",
    id: `e-${n}`,
    source: "/test",
    type: "dev.wadi.observation",
    datacontenttype: "application/json",
    pipeline: "line",
    data: { x: n },
    ...attributes,
  };
}

/** No trigger takes anything: what it has is what was sent. */
export function openJournal(dataFolder: string): Promise<Broker> {
  return openEmbeddedBroker({ path: join(dataFolder, "journal.db"), triggers: [], clock: systemClock });
}

export interface Place {
  readonly folder: string;
  readonly dataFolder: string;
}

/** Small batches and quick looks, so that there are many commits. */
export function openArchiver(place: Place, broker: Broker, options: Partial<ArchiverOptions> = {}): Archiver {
  return new Archiver({
    ...place,
    objects: openFolder(place.folder),
    engine: "test",
    log: broker.follow(),
    logName: async () => "the-log",
    pipelineOf: ({ pipeline }) => (pipeline === "line" ? "line" : null),
    clock: systemClock,
    programLog: silentLog,
    ...options,
    limits: { rows: 10, ageMs: 5, lookMs: 1, ...options.limits },
  });
}

/** As the table's newest version has them, by their place in the log. */
export async function rowsIn(folder: string): Promise<readonly Row[]> {
  const objects = openFolder(folder);
  const table = await DeltaTable.open(objects, ARCHIVE, "test");
  const rows: Row[] = [];
  for (const file of table?.snapshot.files.values() ?? []) {
    const name = nameOf(file);
    rows.push(...((await readParquet((await objects.get(name)) as Buffer, name)) as unknown as Row[]));
  }
  return rows.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

/** Ids in the archive, as text: `rowsIn` has bytes. */
export async function idsIn(folder: string): Promise<readonly string[]> {
  return (await rowsIn(folder)).map(({ id }) => id);
}

export const idsOf = (events: readonly Event[]) => events.map(({ id }) => id);
