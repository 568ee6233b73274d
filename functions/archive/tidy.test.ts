import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../lib/broker/broker-under-test.contract.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { eventOf, newPlace, openArchiver, openJournal, rowsIn } from "./archive-under-test.contract.ts";
import { ARCHIVE } from "./columns.ts";
import { compact } from "./compact.ts";
import { entryName } from "./delta/actions.ts";
import { openFolder } from "./delta/folder.ts";
import { DeltaTable } from "./delta/table.ts";
import { exportLines } from "./export.ts";
import { vacuum } from "./vacuum.ts";
import { UNWATCHED } from "./watch.ts";

const DAY = 86_400_000;
const now = () => Date.now();
const open = async (folder: string) => (await DeltaTable.open(openFolder(folder), ARCHIVE, "test")) as DeltaTable;

async function archived(events: readonly Event[]) {
  const place = newPlace();
  const broker = await openJournal(place.dataFolder);
  onTestFinished(() => broker.stop());
  await broker.publishAll(events);
  await openArchiver(place, broker).stop();
  return { place, broker };
}

const dataFiles = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /day=.*\.parquet$/.test(name));

test("compacted by two at once while it is written, it has the same rows in few files; who reads an older version still can", async () => {
  const time = "2026-01-31T08:30:00.123456Z";
  const odd = eventOf(0, { time, datacontenttype: "a/b", data: Buffer.from([0, 255]), subject: "s" });
  const events = [odd, ...Array.from({ length: 99 }, (_, i) => eventOf(i + 1, i % 2 ? { pipeline: "nobody" } : {}))];
  const { place, broker } = await archived(events);
  const before = await rowsIn(place.folder);
  const [table, other] = [await open(place.folder), await open(place.folder)];
  const archiver = openArchiver(place, broker);
  await broker.publishAll([eventOf(100)]);

  const done = await Promise.all([compact(table, now), compact(other, now)]);
  await until(() => archiver.figures().rows === 1);
  await archiver.stop();

  const rows = await rowsIn(place.folder);
  expect(rows.slice(0, 100)).toEqual(before);
  expect(rows).toHaveLength(101);
  const { snapshot } = await open(place.folder);
  expect(snapshot.files.size).toBeLessThanOrEqual(3);
  expect(snapshot.txns.get("wadi-the-log-0")?.version).toBe(101);
  expect(done.reduce((sum, { made }) => sum + made, 0)).toBe(2);
  expect(done.reduce((sum, { left }) => sum + left, 0)).toBe(2);
  expect(dataFiles(place.folder)).toHaveLength(20 + snapshot.files.size);
});

test("files of at most so many rows are made, and what is large enough is left alone", async () => {
  const { place } = await archived(Array.from({ length: 100 }, (_, i) => eventOf(i)));

  const done = await compact(await open(place.folder), now, UNWATCHED, { rows: 30, bytes: 1e9 });
  const again = await compact(await open(place.folder), now, UNWATCHED, { rows: 30, bytes: 1e9 });

  expect(done).toMatchObject({ replaced: 9, made: 3, rows: 90, left: 0 });
  expect(again).toMatchObject({ replaced: 0, made: 0 });
});

test("a table with a column of somebody else is not compacted: it would be lost", async () => {
  const { place } = await archived([eventOf(0)]);
  const { version, snapshot } = await open(place.folder);
  const schema = JSON.parse(snapshot.metadata?.schemaString ?? "");
  schema.fields.push({ name: "mine", type: "string", nullable: true, metadata: {} });
  const metaData = { ...snapshot.metadata, schemaString: JSON.stringify(schema) };
  writeFileSync(join(place.folder, entryName(version + 1)), JSON.stringify({ metaData }));

  await expect(compact(await open(place.folder), now)).rejects.toThrow(/column mine that is not Wadi's/);
});

test("a vacuum removes what nobody can need: never what is younger than 7 days, of the table, or not of its making", async () => {
  const { place } = await archived(Array.from({ length: 20 }, (_, i) => eventOf(i)));
  const before = await rowsIn(place.folder);
  const table = await open(place.folder);
  await compact(table, now);
  const [draft = ""] = dataFiles(place.folder).map((name) => name.replace(/[^/]+$/, ".draft.new"));
  for (const name of [draft, "notes.txt", "orphan.parquet", "_delta_log/.draft.new"])
    writeFileSync(join(place.folder, name), "x");

  const young = await vacuum(table, now() + 6 * DAY, { isTrial: false });
  const trial = await vacuum(table, now() + 8 * DAY, { isTrial: true });
  const done = await vacuum(table, now() + 8 * DAY, { isTrial: false });
  const again = await vacuum(table, now() + 8 * DAY, { isTrial: false });

  // Two small files became one.
  expect([young, trial, done, again].map(({ files }) => files)).toEqual([0, 5, 5, 0]);
  expect(trial.bytes).toBe(done.bytes);
  expect(dataFiles(place.folder)).toHaveLength(1);
  expect(readdirSync(place.folder)).toContain("notes.txt");
  expect(await rowsIn(place.folder)).toEqual(before);
});

test("a log that names a file outside of the folder leads nowhere", async () => {
  const { place } = await archived([eventOf(0)]);
  const { version } = await open(place.folder);
  const add = {
    path: "../data/journal.db",
    partitionValues: { day: "2026-01-01", pipeline: null },
    size: 1,
    dataChange: true,
  };
  writeFileSync(join(place.folder, entryName(version + 1)), JSON.stringify({ add }));

  await expect(exportLines(await open(place.folder), {}).next()).rejects.toThrow(/names a file outside of its folder/);
});

test("an export has the events as they were accepted, of the days and the pipeline that are asked for", async () => {
  const events = [
    eventOf(0),
    eventOf(1, { pipeline: "nobody", datacontenttype: "a/b", data: Buffer.from([0, 255]) }),
    eventOf(2, { time: "2026-01-31T08:30:00+02:00", flag: true }),
  ];
  const { place } = await archived(events);
  const table = await open(place.folder);
  const today = (await rowsIn(place.folder)).map(({ recordedtime }) =>
    new Date(Number(recordedtime / 1000n)).toISOString(),
  );
  const [day = ""] = today.map((one) => one.slice(0, 10));
  const exported = async (span: object) => {
    const lines: string[] = [];
    for await (const some of exportLines(table, span)) lines.push(...some);
    return lines.map((line) => JSON.parse(line)).sort((a, b) => (a.id < b.id ? -1 : 1));
  };

  expect(await exported({ from: day, to: "9999-12-31" })).toEqual([
    events[0],
    { ...events[1], data: undefined, data_base64: "AP8=" },
    events[2],
  ]);
  expect((await exported({ pipeline: "line" })).map(({ id }) => id)).toEqual(["e-0", "e-2"]);
  expect(await exported({ to: "2026-01-01" })).toEqual([]);
});
