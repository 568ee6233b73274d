// An independent implementation on the same table: delta-rs reads what is written here, writes in between, and makes checkpoints.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { Event } from "../lib/events/vocabulary.ts";
import { pythonWith, TEST_PEERS } from "../lib/python.contract.ts";
import {
  eventOf,
  idsOf,
  newPlace,
  openArchiver,
  openJournal,
  type Place,
  rowsIn,
} from "./archive-under-test.contract.ts";
import { ARCHIVE } from "./columns.ts";
import { compact } from "./compact.ts";
import { padded } from "./delta/actions.ts";
import { openFolder } from "./delta/folder.ts";
import { DeltaTable } from "./delta/table.ts";
import { Erasure } from "./erase.ts";
import { openArchive } from "./read.ts";
import { vacuum } from "./vacuum.ts";

const PROGRAM = join(import.meta.dirname, "fixtures/delta_rs.py");
const APP = "wadi-the-log-0";

interface Told {
  readonly version: number;
  readonly [name: string]: unknown;
}

const { python, missing } = await pythonWith(TEST_PEERS, "deltalake");

async function ask(folder: string, ...work: readonly string[]): Promise<Told> {
  const { stdout } = await promisify(execFile)(python, [PROGRAM, folder, APP, ...work]);
  return JSON.parse(stdout) as Told;
}

describe.skipIf(missing !== undefined)(
  `delta-rs${missing === undefined ? "" : ` (${missing})`}`,
  { tags: ["python"] },
  () => {
    async function archive(place: Place, events: readonly Event[], rows: number): Promise<void> {
      const broker = await openJournal(place.dataFolder);
      await broker.publishAll(events);
      await openArchiver(place, broker, { limits: { rows, ageMs: 1e6 } }).stop();
      await broker.stop();
    }

    test("reads rows, types, versions and txn; compacts and makes a checkpoint, and the archive goes on; reads a checkpoint of the archive, also after a vacuum", async () => {
      const place = newPlace();
      const odd = [
        eventOf(0, { time: "2026-01-31T08:30:00.123456+02:00", pipeline: "line" }),
        eventOf(1, { pipeline: "nobody", datacontenttype: "text/plain", data: "ü" }),
        eventOf(2, { datacontenttype: "application/octet-stream", data: Buffer.from([0, 255]) }),
        { specversion: "1.0", id: "e-3", source: "/test", type: "other" },
      ] as const;
      const events = [...odd, ...Array.from({ length: 86 }, (_, n) => eventOf(n + 4))];

      await archive(place, events.slice(0, 30), 10);
      const read = await ask(place.folder, "compact");
      // From here on only the checkpoint of delta-rs has what was before.
      for (const version of [0, 1, 2, 3, 4]) rmSync(entryOf(place.folder, version));
      await archive(place, events.slice(30), 1);
      const checkpoints = readdirSync(join(place.folder, "_delta_log")).filter((name) => name.endsWith(".parquet"));
      // And from here on only ours.
      for (let version = 5; version <= 54; version++) rmSync(entryOf(place.folder, version));
      const table = (await DeltaTable.open(openFolder(place.folder), ARCHIVE, "test")) as DeltaTable;
      const compacted = await compact(table, Date.now);
      const removed = await vacuum(table, Date.now() + 8 * 86_400_000, { isTrial: false });
      const again = await ask(place.folder);

      expect(read).toMatchObject({ version: 3, protocol: [1, 2], partitions: ["day", "pipeline"], txn: 30 });
      expect(read["ids"]).toEqual(idsOf(events.slice(0, 30)));
      expect(read["first"]).toEqual(idsOf(events.slice(0, 10)));
      expect(read["data"]).toMatchObject({ 0: hex('{"x":0}'), 1: hex("ü"), 2: "00ff", 3: null });
      expect(read["pipelines"]).toEqual(["None", "line"]);
      expect(read["times"]).toEqual(["2026-01-31 06:30:00.123456+00:00"]);
      expect(read["types"]).toMatchObject({ time: "timestamp", offset: "long", partition: "integer", data: "binary" });
      expect(read["compacted"]).toBeGreaterThan(1);
      expect(checkpoints).toEqual([4, 54].map((version) => `${padded(version)}.checkpoint.parquet`));
      expect(compacted).toMatchObject({ rows: 88, left: 0 });
      expect(removed.files).toBeGreaterThanOrEqual(compacted.replaced);
      expect(again).toMatchObject({ version: 64 + compacted.made, txn: 90 });
      expect(again["data"]).toEqual([
        ...(read["data"] as string[]),
        ...events.slice(30).map((_, i) => hex(JSON.stringify({ x: i + 30 }))),
      ]);
      expect(again["ids"]).toEqual(idsOf(events));
      expect(await rowsIn(place.folder)).toHaveLength(events.length);
    });

    test("reads a table from which a subject was erased, and the version before; it compacts it, and another is erased from its files", async () => {
      const place = newPlace();
      const subjects = ["anna", "bert", "carl"];
      const events = Array.from({ length: 30 }, (_, n) => eventOf(n, { subject: subjects[n % 3] as string }));
      const without = (...names: string[]) => idsOf(events.filter(({ subject }) => !names.includes(subject as string)));
      const erase = async (subject: string) =>
        new Erasure((await openArchive(openFolder(place.folder), "test")) as DeltaTable, { subject }, Date.now).erase();

      await archive(place, events, 10);
      await erase("anna");
      const read = await ask(place.folder, "compact");
      const log = readFileSync(entryOf(place.folder, 7), "utf8");
      await erase("bert");
      const again = await ask(place.folder);

      expect(read).toMatchObject({ version: 6, ids: without("anna"), first: idsOf(events.slice(0, 10)), txn: 30 });
      expect(read["compacted"]).toBe(3);
      // What stands in the log cannot be erased.
      expect(log).toContain("numRecords");
      expect(log).not.toContain("bert");
      expect(again).toMatchObject({ ids: without("anna", "bert"), txn: 30 });
    });
  },
);

const entryOf = (folder: string, version: number) => join(folder, `_delta_log/${padded(version)}.json`);
const hex = (text: string) => Buffer.from(text, "utf8").toString("hex");
