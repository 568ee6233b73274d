// The archive and the log behind it, read as one log.

import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import type { EventLog } from "../lib/broker/event-log.ts";
import { manualClock } from "../lib/clock.ts";
import { eventOf, newPlace, openArchiver } from "./archive-under-test.contract.ts";
import { ARCHIVE, type Row } from "./columns.ts";
import { openFolder } from "./delta/folder.ts";
import { DeltaTable } from "./delta/table.ts";
import type { KnownFile } from "./files.ts";
import { openHistory } from "./history.ts";
import { orderRows } from "./order.ts";

const DAY = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 1);
const TYPES = ["dev.wadi.observation"];

/** On each day one event of the pipeline, one of another and one of none that is known; the last day's are in the log alone. */
async function lived(days: number) {
  const place = newPlace();
  const clock = manualClock(BEGIN);
  const path = `${place.dataFolder}/journal.db`;
  const broker = await openEmbeddedBroker({ path, triggers: [], clock, isFollowed: true });
  onTestFinished(() => broker.stop());
  const archiver = openArchiver(place, broker, { limits: { rows: 1e6, ageMs: 1e9 } });
  const pipelineOf = (n: number) => ["line", "new", "other"][n % 3] as string;
  for (let day = 0; day < days; day++) {
    if (day === days - 1) await archiver.stop();
    const events = [0, 1, 2].map((n) => eventOf(3 * day + n, { pipeline: pipelineOf(n) }));
    await broker.publishAll(events);
    clock.advance(DAY);
  }
  const opened: string[] = [];
  const objects = openFolder(place.folder);
  const get = (name: string) => {
    if (name.endsWith(".parquet") && !name.startsWith("_delta_log/")) opened.push(name.replace(/\/[^/]*$/, ""));
    return objects.get(name);
  };
  const table = (await DeltaTable.open({ ...objects, get }, ARCHIVE, "test")) as DeltaTable;
  return { broker, table, opened, place };
}

async function idsOf(log: EventLog, from = BEGIN, to?: number) {
  const range = [
    from === BEGIN ? await log.start() : await log.at(from),
    to === undefined ? await log.end() : await log.at(to),
  ] as const;
  const ids: string[] = [];
  for await (const { events } of log.read(...range, TYPES)) ids.push(...events.map(({ id }) => id));
  return ids;
}

test("of some days among many only their files are opened, and only those of the pipeline; what is behind the archive comes from the log", async () => {
  const { broker, table, opened } = await lived(9);
  const options = { table, log: broker.log, logName: "the-log", pipeline: "line", alone: false };
  const history = await openHistory(options);

  const some = await idsOf(history, BEGIN + 3 * DAY, BEGIN + 6 * DAY);

  const days = [...new Set(opened.map((name) => name.slice(4, 14)))];
  expect(some).toEqual([3, 4, 5].map((day) => `e-${3 * day}`));
  expect(days).toEqual(["2026-01-04", "2026-01-05", "2026-01-06"]);
  expect(opened.filter((name) => !/pipeline=(line|__HIVE_DEFAULT_PARTITION__)$/.test(name))).toEqual([]);
  expect(await idsOf(history)).toEqual(Array.from({ length: 9 }, (_, day) => `e-${3 * day}`));
  expect(await idsOf(await openHistory({ ...options, pipeline: "new" }))).toHaveLength(9);
});

test("what the log lets go while it is read comes from the archive, which has it by then, each event once", async () => {
  const { broker, table, place } = await lived(3);
  let first = 1;
  const log: EventLog = {
    ...broker.log,
    start: async () => [first],
    async *read(from, to, types) {
      const isHandOver = first === 1 && to[0] === 10;
      if (isHandOver) {
        await openArchiver(place, broker).stop();
        first = 10;
      }
      yield* broker.log.read(from, to, types);
    },
  };

  const ids = await idsOf(await openHistory({ table, log, logName: "the-log", pipeline: "line", alone: false }));

  expect(ids).toEqual(["e-0", "e-3", "e-6"]);
  expect(first).toBe(10);
});

test("what neither archive nor log has any more, a file that is gone and another log's archive are errors that say what to do", async () => {
  const { broker, table } = await lived(3);
  const options = { table, log: broker.log, logName: "the-log", pipeline: "line", alone: false };
  const short: EventLog = { ...broker.log, start: async () => [9] };
  const [file] = [...table.snapshot.files.values()];

  await expect(openHistory({ ...options, logName: "another" })).rejects.toThrow(/nothing of this log \(another\)/);
  await expect(idsOf(await openHistory({ ...options, log: short }))).rejects.toThrow(
    /number 7 to 8 of partition 0 .* not in the archive .*--from 9$/,
  );
  await table.objects.remove(decodeURIComponent(file?.path ?? ""));
  await expect(idsOf(await openHistory(options))).rejects.toThrow(/is gone; restore it/);
});

test("of several partitions rows come by the time of acceptance, and keep the order of their partition where that is out of step", async () => {
  const row = (partition: number, offset: number, ms: number) =>
    ({ partition, offset: BigInt(offset), recordedtime: BigInt(ms) * 1000n }) as Row;
  const files = [
    [row(0, 0, 1), row(1, 0, 2), row(0, 1, 9)],
    [row(0, 2, 4), row(1, 1, 5)],
    [row(1, 2, 7), row(0, 3, 12)],
  ];
  const known = files.map((rows) => {
    const times = rows.map(({ recordedtime }) => Number(recordedtime / 1000n));
    return { rows, time: [Math.min(...times), Math.max(...times)] } as unknown as KnownFile & { rows: readonly Row[] };
  });

  const found: Row[] = [];
  const rowsOf = async (file: KnownFile) => (file as (typeof known)[number]).rows;
  for await (const rows of orderRows(known.toReversed(), false, rowsOf)) found.push(...rows);

  expect(found.map(({ partition, offset }) => `${partition}:${offset}`)).toEqual([
    ...["0:0", "1:0", "1:1", "1:2", "0:1", "0:2", "0:3"],
  ]);
});
