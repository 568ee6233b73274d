// An archive in a store of objects, as moto plays one: what the port promises, delta-rs on the same table, and a store that is away,
// refuses the credentials, or does not apply the condition of a write.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder, startRunning } from "../../admin/fixtures/running.ts";
import { eventOf, idsOf, newPlace, openArchiver, openJournal } from "../../archive/archive-under-test.contract.ts";
import { Batch } from "../../archive/batch.ts";
import { ARCHIVE } from "../../archive/columns.ts";
import { openS3 } from "../../archive/delta/s3/objects.ts";
import { readS3Place } from "../../archive/delta/s3/place.ts";
import { DeltaTable } from "../../archive/delta/table.ts";
import { rowOf } from "../../archive/rows.ts";
import { SECRET, startStore, type TestStore } from "../../archive/s3-under-test.contract.ts";
import { vacuum } from "../../archive/vacuum.ts";
import { systemClock } from "../../lib/clock.ts";
import { asError } from "../../lib/errors.ts";
import { pythonWith, TEST_PEERS } from "../../lib/python.contract.ts";
import { createLog } from "../../lib/telemetry/log.ts";
import { pause } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

const LIMITS = { answerMs: 5000, contentMs: 5000, pausesMs: [1, 1] };
const PROGRAM = join(import.meta.dirname, "../../archive/fixtures/delta_rs.py");
const moto = await pythonWith(TEST_PEERS, "moto, flask, flask_cors");
const deltaRs = await pythonWith(TEST_PEERS, "deltalake");
const missing = moto.missing ?? deltaRs.missing;

describe.skipIf(missing !== undefined)(
  `a store of objects${missing === undefined ? "" : ` (${missing})`}`,
  { tags: ["python"] },
  () => {
    let store: TestStore;
    let buckets = 0;
    let address = "";

    beforeAll(async () => {
      store = await startStore(moto.python);
    });
    afterAll(() => store?.stop());
    beforeEach(async () => {
      store.mood = "through";
      address = `s3://bucket-${++buckets}/an/archive`;
      await store.makeBucket(`bucket-${buckets}`);
    });

    const open = (at = address) => openS3(readS3Place(at, store.env()), systemClock, LIMITS);
    const wadi = (...args: readonly string[]) => run(args, { env: store.env() });
    const tableThere = async () => (await DeltaTable.open(open(), ARCHIVE, "test")) as DeltaTable;

    test("of writers of one name one gets true, also where the answer to it was lost; names are listed over pages, looked at and removed", async () => {
      const objects = open();
      const names = ["log/1", "log/2", "log/3", "log/4", "x=1/a%20b/c+d.parquet", "x=1/ü"];

      const won = await Promise.all(
        Array.from({ length: 8 }, (_, i) => open().putIfAbsent("one", Buffer.from(`${i}`))),
      );
      await objects.prove();
      store.lose = 1;
      const lost = await objects.putIfAbsent("lost", Buffer.from("mine"));
      store.lose = 1;
      const taken = await objects.putIfAbsent("one", Buffer.from("mine"));
      for (const name of names) await objects.put(name, Buffer.from(name));
      await objects.remove("log/4");
      await objects.remove("log/none");

      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await objects.get("one"))?.toString()).toBe(`${won.indexOf(true)}`);
      expect([lost, taken]).toEqual([true, false]);
      expect(await objects.list("")).toEqual(["log/1", "log/2", "log/3", "lost", "one", ...names.slice(4)]);
      expect(await objects.list("log/", "log/1")).toEqual(["log/2", "log/3"]);
      expect((await objects.get("x=1/a%20b/c+d.parquet"))?.toString()).toBe("x=1/a%20b/c+d.parquet");
      expect(await objects.look("lost")).toEqual({ bytes: 4, modified: expect.closeTo(Date.now(), -6) });
      expect([await objects.look("none"), await objects.get("none")]).toEqual([undefined, undefined]);
      await expect(objects.get("a/../../other")).rejects.toThrow(/names an object outside of it/);
    });

    test("requests bear the signature that the store computes, whatever is in a name; one of a wrong secret is refused", async () => {
      const { credentials, undo } = await store.lock();
      onTestFinished(undo);
      const env = { ...store.env(store.direct), ...credentials };
      const at = `s3://bucket-${buckets}/a=b/c~d`;
      const objects = openS3(readS3Place(at, env), systemClock, LIMITS);
      const name = "x=1/a%20b (c)!'*/d+e ü.parquet";

      await objects.prove();
      await objects.put(name, Buffer.from("content"));
      const [content, names] = [await objects.get(name), await objects.list("x=1/", "x=1/a")];
      const part = await objects.get(name, { from: 1, to: 4 });
      await objects.remove(name);
      const other = openS3(readS3Place(at, { ...env, AWS_SECRET_ACCESS_KEY: SECRET }), systemClock, LIMITS);
      const refused = await other.prove().catch(asError);

      expect([content?.toString(), names, await objects.list("")]).toEqual(["content", [name], []]);
      expect(part?.toString()).toBe("ont");
      expect(refused).toMatchObject({
        message: expect.stringMatching(/refuses the credentials \(403 SignatureDoesNotMatch\): have them allowed/),
      });
      expect((refused as Error).message).not.toContain(SECRET);
    });

    test("a Wadi archives there; delta-rs reads, compacts and makes a checkpoint; Wadi goes on; status, compact, vacuum and export work", async () => {
      const place = newPlace();
      const broker = await openJournal(place.dataFolder);
      await broker.publishAll([eventOf(0), eventOf(1)]);
      await openArchiver(place, broker, { objects: open(), limits: { rows: 1 } }).stop();
      await broker.stop();
      const env = { ...process.env, ...store.env(store.direct), AWS_ALLOW_HTTP: "true" };
      const asked = [PROGRAM, address, "wadi-the-log-0", "compact"];
      const { stdout } = await promisify(execFile)(deltaRs.python, asked, { env });
      const archive = { place: { kind: "s3", s3: readS3Place(address, store.env()) } } as const;
      const { send, stop } = await startRunning({ dataFolder: newFolder(), archive });
      await send("observation", "e-2", { x: 3, y: 4 });
      await stop();
      const compacted = await wadi("archive", "compact", "--archive", address, "--json");
      const status = await wadi("archive", "status", "--archive", address);
      const exported = await wadi("archive", "export", "--archive", address);
      const week = Date.now() + 8 * 86_400_000;
      const dry = await wadi("archive", "vacuum", "--dry-run", "--archive", address);
      const vacuumed = await vacuum(await tableThere(), week, { isTrial: false });

      expect(JSON.parse(stdout)).toMatchObject({ version: 2, ids: ["e-0", "e-1"], txn: 2, compacted: 2 });
      expect(JSON.parse(compacted.out)).toMatchObject({ where: address, replaced: 2, made: 1, rows: 3 });
      expect(status.out).toMatch(/^archive +s3:\/\/bucket-\d+\/an\/archive\nevents +3\n/);
      expect(exported.out.match(/"id":"[^"]+"/g)?.sort()).toEqual(['"id":"e-0"', '"id":"e-1"', '"id":"e-2"']);
      expect(dry.out).toBe("0 files (0 bytes) would be removed.\n");
      expect(vacuumed.files).toBe(4);
      expect((await wadi("archive", "export", "--archive", address)).out).toBe(exported.out);
    });

    test("a replay learns from it, also what the log has let go, and goes on from the log; learn and erase work there, and read parts of large files", async () => {
      const archive = { place: { kind: "s3", s3: readS3Place(address, store.env()) }, everyMs: 1 } as const;
      const dataFolder = newFolder();
      const before = await startRunning({ dataFolder, archive });
      for (let n = 0; n < 20; n++) await before.send("observation", `o-${n}`, { x: n / 10, y: n / 5 });
      await before.send("observation", "anna", { x: 1, y: -3 });
      await before.settled();
      await before.stop();
      const journal = new DatabaseSync(join(dataFolder, "journal.db"));
      journal.exec("DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - 20");
      journal.close();
      const large = new Batch();
      for (let n = 0; n < 8000; n++) {
        const note = createHash("sha512").update(`${n}`).digest("hex");
        large.add(
          rowOf({ ...eventOf(n), data: { note } }, { partition: 0, offset: n, time: 0 }, "another log"),
          "other",
        );
      }
      const table = await tableThere();
      await table.commit({ operation: "WRITE", adds: await large.write(table.objects, Date.now) }, Date.now);
      const again = await startRunning({ dataFolder, archive: { ...archive, everyMs: 3_600_000 } });
      await again.send("observation", "in the log alone", { x: 1, y: 2 });
      await again.settled();
      const data = ["--data", dataFolder, "--json"];

      const replay = ["replay", "--pipeline", "line", "--from-archive"];
      const whole = await wadi(...replay, "--into", "whole", ...data);
      const erased = await wadi("archive", "erase", "--subject", "anna", "--yes", "--vacuum", ...data);
      const without = await wadi(...replay, "--into", "without", ...data);
      const learned = await wadi("learn", address, "--pipeline", "line", "--json");

      expect(JSON.parse(whole.out)).toMatchObject({ state: "done", read: 22, examples: 22 });
      expect(JSON.parse(erased.out)).toMatchObject({ erased: { rows: 1 }, vacuumed: { files: 1 } });
      expect(JSON.parse(without.out)).toMatchObject({ state: "done", read: 21, examples: 21 });
      expect(JSON.parse(learned.out)).toMatchObject({ outcome: "done", learned: 20 });
    });

    test("a store that takes a conditional write twice is refused at the start and by the doctor, and nothing is left there", async () => {
      store.mood = "careless";
      const folder = newFolder();
      const flags = ["--data", join(folder, "data"), "--port", "0", "--admin-port", "0", "--archive", address];

      const started = await wadi("start", ...flags);
      const doctor = await wadi("doctor", ...flags, "--json");
      store.mood = "through";
      const other = await wadi("doctor", ...flags, "--json");

      const why = /does not apply conditional writes .*two writes of one key were both taken/;
      expect(started).toMatchObject({ code: 1, err: expect.stringMatching(why) });
      const finding = (out: string) => JSON.parse(out).checks.find(({ name }: { name: string }) => name === "archive");
      expect(finding(doctor.out)).toMatchObject({ level: "fail", message: expect.stringMatching(why) });
      expect(finding(other.out)).toMatchObject({ level: "ok" });
      expect(await store.keys(`bucket-${buckets}`)).toEqual([]);
    });

    test("while the store is away, refuses the credentials, or has no bucket, what is accepted waits; people are told the cure once, and it goes on by itself", async () => {
      const place = newPlace();
      const broker = await openJournal(place.dataFolder);
      onTestFinished(() => broker.stop());
      const lines: string[] = [];
      const programLog = createLog("info", "test", { write: (line: string) => void lines.push(line) });
      store.mood = "away";
      const archiver = openArchiver(place, broker, { objects: open(), programLog });
      const events = Array.from({ length: 30 }, (_, n) => eventOf(n));
      const failing = async (cure: RegExp) => {
        while (!cure.test(archiver.figures().failing ?? "")) await pause(5);
        return archiver.figures();
      };
      const settled = async () => {
        while (archiver.figures().lag > 0 || archiver.figures().failing !== undefined) await pause(5);
      };

      await broker.publishAll(events.slice(0, 10));
      const away = await failing(/its store cannot be reached .*: look at the network/);
      store.mood = "through";
      await settled();
      store.mood = "revoked";
      await broker.publishAll(events.slice(10));
      const revoked = await failing(/refuses the credentials \(403.*\): have them allowed again/);
      while (archiver.figures().lag < 20) await pause(5);
      store.mood = "through";
      await settled();
      await archiver.stop();

      expect([away.rows, revoked.rows]).toEqual([0, 10]);
      expect((await wadi("archive", "export", "--archive", address)).out.match(/"id":"e-\d+"/g)?.sort()).toEqual(
        idsOf(events)
          .map((id) => `"id":"${id}"`)
          .sort(),
      );
      expect(lines.filter((line) => /nothing is archived/.test(line))).toHaveLength(2);
      expect(lines.filter((line) => /is written again/.test(line))).toHaveLength(2);
      expect(lines.join()).not.toContain(SECRET);
      await expect(open("s3://no-such-bucket/a").look("x")).rejects.toThrow(/its bucket is not there \(404\): make it/);
      await expect(open("s3://no-such-bucket/a").get("x")).rejects.toThrow(/its bucket is not there \(404\): make it/);
    });
  },
);
