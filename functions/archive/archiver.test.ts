import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../lib/broker/broker-under-test.contract.ts";
import { atEndOfFile } from "../lib/end-of-file.contract.ts";
import { createLog } from "../lib/telemetry/log.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import {
  eventOf,
  idsIn,
  idsOf,
  newFolder,
  newPlace,
  openArchiver,
  openJournal,
  type Place,
  rowsIn,
} from "./archive-under-test.contract.ts";
import { openFolder } from "./delta/folder.ts";
import type { Objects } from "./delta/objects.ts";
import { openArchiveTable, type TableChoice } from "./known-table.ts";

const many = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => eventOf(from + i));

async function start(place: Place = newPlace()) {
  const broker = await openJournal(place.dataFolder);
  onTestFinished(() => broker.stop());
  return { place, broker };
}

test("each event that came from outside is one row, of any type and pipeline; what steps derived is none", async () => {
  const { place, broker } = await start();
  const others = [
    eventOf(1, { type: "some.other" }),
    eventOf(2, { pipeline: "../x" }),
    eventOf(3, { type: "dev.wadi.record" }),
  ];
  const derived = eventOf(4, { type: "dev.wadi.features.extracted" });
  await broker.publishAll([eventOf(0), ...others, derived, eventOf(0)]);

  await openArchiver(place, broker).stop();

  const rows = await rowsIn(place.folder);
  // An event that was sent twice lies in the log twice.
  expect(rows.map(({ id, offset }) => [id, Number(offset)])).toEqual([
    ["e-0", 1],
    ["e-1", 2],
    ["e-2", 3],
    ["e-3", 4],
    ["e-0", 6],
  ]);
  expect(
    readdirSync(join(place.folder, readdirSync(place.folder).find((name) => name.startsWith("day=")) ?? "")),
  ).toEqual(["pipeline=__HIVE_DEFAULT_PARTITION__", "pipeline=line"]);
});

test("a table that another archiver makes while this one looks whether the folder is empty is its table, too", async () => {
  const [place, other] = [newPlace(), newPlace()];
  const folder = openFolder(place.folder);
  const made: string[] = [];
  const make = async (choice: TableChoice) => {
    const { snapshot } = await openArchiveTable(choice, 0);
    made.push(snapshot.metadata?.id ?? "");
  };
  const list: Objects["list"] = async (prefix, after) => {
    if (prefix === "") await make({ ...other, objects: folder, engine: "other" });
    return folder.list(prefix, after);
  };

  await make({ ...place, objects: { ...folder, list }, engine: "test" });

  expect(made).toHaveLength(2);
  expect(new Set(made).size).toBe(1);
});

test("three archivers on one log and one on another share a table: every event is in it once", async () => {
  const { place, broker } = await start();
  const other = await start({ ...newPlace(), folder: place.folder });
  const [events, others] = [many(0, 300), many(300, 400)];
  await broker.publishAll(events.slice(0, 150));
  const archivers = [1, 2, 3].map(() => openArchiver(place, broker));
  const alone = openArchiver(other.place, other.broker, { logName: async () => "other" });
  for (const event of events.slice(150)) await broker.publish(event);
  await other.broker.publishAll(others);
  await until(() => archivers.reduce((sum, one) => sum + one.figures().rows, 0) === events.length);

  for (const one of [...archivers, alone]) await one.stop();

  const rows = await rowsIn(place.folder);
  const idsFrom = (log: string) => rows.filter((row) => row.log === log).map(({ id }) => id);
  expect(idsFrom("the-log")).toEqual(idsOf(events));
  expect(idsFrom("other")).toEqual(idsOf(others));
  expect(archivers.some((one) => one.figures().failing !== undefined)).toBe(false);
});

const children = new Set<ReturnType<typeof spawn>>();
atEndOfFile(() => children.forEach((child) => void child.kill("SIGKILL")));

/** What it said, or the signal that ended it. */
async function archiveIn(place: Place, die: string): Promise<string> {
  const program = join(import.meta.dirname, "fixtures/archive-killed.ts");
  const { dataFolder, folder } = place;
  const child = spawn(process.execPath, [program, JSON.stringify({ dataFolder, folder, die })]);
  children.add(child);
  let said = "";
  child.stdout.on("data", (part) => {
    said += part;
  });
  const [, signal] = await once(child, "close");
  children.delete(child);
  return signal ?? said;
}

test("killed before or after any step that reaches the disk, it has every event once", async () => {
  const place = newPlace();
  const points = ["table", "file", "entry"].flatMap((step) => [`before ${step}`, `after ${step}`]);
  for (const [life, point] of points.entries()) {
    const broker = await openJournal(place.dataFolder);
    await broker.publishAll(many(life * 15, life * 15 + 15));
    await broker.stop();

    expect(await archiveIn(place, point), point).toBe("SIGKILL");
  }

  expect(await archiveIn(place, "never")).toBe("archived");

  expect(await idsIn(place.folder)).toEqual(idsOf(many(0, points.length * 15)));
}, 60_000);

function recordedLog() {
  const lines: string[] = [];
  const log = createLog("silent", "test");
  return {
    lines,
    log: {
      ...log,
      error: (_: object, text: string) => void lines.push(text),
      info: (_: object, text: string) => void lines.push(text),
      warn: () => {},
    } as typeof log,
  };
}

test("while the archive is away events are taken and kept, one line says so with the cure, and then all of them are archived", async () => {
  const { place, broker } = await start();
  const { lines, log } = recordedLog();
  const kept: number[] = [];
  const followed = broker.follow();
  const archiver = openArchiver(place, broker, {
    programLog: log,
    log: {
      ...followed,
      keepFrom: (from) => {
        kept.push(from[0] ?? 0);
        followed.keepFrom(from);
      },
    },
  });
  await broker.publishAll(many(0, 10));
  await until(() => archiver.figures().rows === 10);
  renameSync(place.folder, `${place.folder}-away`);
  // Where a disk was mounted an empty folder is left.
  mkdirSync(place.folder);

  await broker.publishAll(many(10, 30));
  await until(() => archiver.figures().failing !== undefined && archiver.figures().lag === 20);
  const away = archiver.figures();
  const missing = await archiver.check().catch(String);
  rmSync(place.folder, { recursive: true });
  renameSync(`${place.folder}-away`, place.folder);
  await until(() => archiver.figures().rows === 30);
  await archiver.stop();

  expect(away.failing).toMatch(/is not there/);
  expect(missing).toContain(away.failing);
  expect(Math.max(...kept.slice(0, kept.indexOf(11) + 1))).toBe(11);
  expect(lines).toEqual([
    expect.stringMatching(/nothing is archived: .*mount its disk.*Events are taken all the same/),
    "the archive is written again",
  ]);
  expect(archiver.figures()).toMatchObject({ lag: 0, lagSeconds: 0 });
  expect(await idsIn(place.folder)).toEqual(idsOf(many(0, 30)));
}, 30_000);

test.each([
  ["is full", "ENOSPC"],
  ["may not be written", "EACCES"],
])(
  "a disk that %s loses nothing either",
  async (_how, code) => {
    const { place, broker } = await start();
    let isFull = false;
    const objects = openFolder(place.folder);
    const full: Objects = {
      ...objects,
      async put(...args) {
        if (isFull) throw Object.assign(new Error(code), { code });
        return objects.put(...args);
      },
    };
    const archiver = openArchiver(place, broker, { objects: full });
    await broker.publishAll(many(0, 10));
    await until(() => archiver.figures().rows === 10);
    isFull = true;
    await broker.publishAll(many(10, 20));
    await until(() => archiver.figures().failing !== undefined);
    isFull = false;

    await until(() => archiver.figures().rows === 20);

    await archiver.stop();
    expect(await idsIn(place.folder)).toEqual(idsOf(many(0, 20)));
  },
  30_000,
);

/** A file system of 2 MiB of its own. False where this process may not mount one. */
function mount(folder: string): boolean {
  mkdirSync(folder);
  return spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]).status === 0;
}

function unmount(folder: string): void {
  spawnSync("umount", ["-l", folder]);
}

function isMountable(): boolean {
  const root = mkdtempSync(join(TEMPORARY, "wadi-mount-"));
  const isMounted = mount(join(root, "disk"));
  if (isMounted) unmount(join(root, "disk"));
  rmSync(root, { recursive: true });
  return isMounted;
}

const mountable = isMountable();
const why = mountable ? "" : " (no file system may be mounted here)";

test.skipIf(!mountable)(
  `a file system that really is full: lag grows, one line has the cure, no half of a file is left, and with room again all rows are there${why}`,
  async () => {
    const { place, broker } = await start();
    const disk = join(newFolder(), "disk");
    mount(disk);
    onTestFinished(() => unmount(disk));
    const { lines, log } = recordedLog();
    const folder = join(disk, "archive");
    const archiver = openArchiver({ ...place, folder }, broker, { programLog: log });
    await broker.publishAll(many(0, 10));
    await until(() => archiver.figures().rows === 10);
    const filler = join(disk, "filler");
    const fill = () => writeFileSync(filler, Buffer.alloc(4 * 2 ** 20));

    expect(fill).toThrow(/ENOSPC/);
    await broker.publishAll(many(10, 40));
    await until(() => archiver.figures().failing !== undefined && archiver.figures().lag === 30);
    const full = archiver.figures();
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.new$/.test(name));
    rmSync(filler);
    await until(() => archiver.figures().rows === 40);
    await archiver.stop();

    expect(full.failing).toMatch(/the disk is full: make room on it/);
    expect(left).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/nothing is archived: .*the disk is full: make room/),
      "the archive is written again",
    ]);
    expect(await idsIn(folder)).toEqual(idsOf(many(0, 40)));
  },
  30_000,
);

test("an archive that is gone at the start is not begun anew; nor is one made among other files", async () => {
  const { place, broker } = await start();
  await broker.publish(eventOf(0));
  await openArchiver(place, broker).stop();
  rmSync(place.folder, { recursive: true });

  const again = openArchiver(place, broker);
  await again.stop();
  const foreign = openArchiver({ ...place, folder: place.dataFolder }, broker);
  await foreign.stop();

  expect(again.figures().failing).toMatch(/the archive that was in .* is not there: .* remove .*archive\.json/);
  expect(existsSync(place.folder)).toBe(false);
  expect(foreign.figures().failing).toMatch(/is no archive, and it is not empty/);
});

test("a log that counts again from numbers that are taken is refused: its events would be left out", async () => {
  const { place, broker } = await start();
  await broker.publishAll(many(0, 5));
  await openArchiver(place, broker).stop();
  const restored = await start({ ...newPlace(), folder: place.folder });
  const told: string[] = [];

  for (const count of [3, 7]) {
    await restored.broker.publishAll(many(0, count));
    const archiver = openArchiver(restored.place, restored.broker);
    await archiver.stop();
    told.push(archiver.figures().failing ?? "");
  }

  expect(told).toEqual(Array(2).fill(expect.stringMatching(/has another event as number 5 of partition 0/)));
  expect(await rowsIn(place.folder)).toHaveLength(5);
});
