// Erasing the events of one subject, while others write the table, and killed at each step.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { until } from "../lib/broker/broker-under-test.contract.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { eventOf, idsIn, idsOf, newPlace, openArchiver, openJournal, rowsIn } from "./archive-under-test.contract.ts";
import { ARCHIVE } from "./columns.ts";
import { compact } from "./compact.ts";
import { type Action, entryName } from "./delta/actions.ts";
import { openFolder } from "./delta/folder.ts";
import type { Objects } from "./delta/objects.ts";
import { DeltaTable } from "./delta/table.ts";
import { Erasure, type Person } from "./erase.ts";
import { vacuum } from "./vacuum.ts";

const now = () => Date.now();
const open = async (folder: string, objects: Objects = openFolder(folder)) =>
  (await DeltaTable.open(objects, ARCHIVE, "test")) as DeltaTable;

async function archived(events: readonly Event[], rows = 10) {
  const place = newPlace();
  const broker = await openJournal(place.dataFolder);
  onTestFinished(() => broker.stop());
  await broker.publishAll(events);
  await openArchiver(place, broker, { limits: { rows, ageMs: 1e6 } }).stop();
  return { place, broker };
}

async function erase(table: DeltaTable, person: Person) {
  const erasure = new Erasure(table, person, now);
  await erasure.look();
  const found = erasure.found();
  return { found, done: await erasure.erase() };
}

/** By subject, by id where there is none, of another pipeline, a label, and none of hers whose id is like her name. */
const ofAnna = (n: number): Partial<Event> =>
  [
    { subject: "anna" },
    { id: "anna", source: `/${n}` },
    { subject: "anna", pipeline: "nobody" },
    { subject: "anna", type: "dev.wadi.label", data: { y: n } },
  ][n % 4] as Partial<Event>;
const isHers = ({ id, subject }: { id: string; subject?: string | null | undefined }) => (subject ?? id) === "anna";

const actionsOf = (folder: string, version: number) =>
  readFileSync(join(folder, entryName(version)), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Action);

test("while it is archived and compacted, an erasure takes a subject's rows and no others, in a commit that finds the table not append-only", async () => {
  const events = Array.from({ length: 120 }, (_, n) =>
    n % 10 === 0
      ? eventOf(n, ofAnna(n / 10))
      : eventOf(n, n % 10 === 1 ? { id: "anna", source: `/o/${n}`, subject: "o" } : {}),
  );
  const { place, broker } = await archived(events);
  const before = await rowsIn(place.folder);
  const { id } = (await open(place.folder)).snapshot.metadata ?? {};
  const archiver = openArchiver(place, broker);
  const [table, other] = [await open(place.folder), await open(place.folder)];
  await broker.publishAll([eventOf(500), eventOf(501, { subject: "anna" })]);

  const [{ found, done }, again] = await Promise.all([
    erase(table, { subject: "anna" }),
    erase(other, { subject: "anna" }),
    compact(await open(place.folder), now),
    until(() => archiver.figures().rows === 2),
  ]);
  await archiver.stop();
  const rest = await erase(await open(place.folder), { subject: "anna" });

  const rows = await rowsIn(place.folder);
  expect(rows.slice(0, 108)).toEqual(before.filter((row) => !isHers(row)));
  expect(rows.slice(108).map((row) => row.id)).toEqual(["e-500"]);
  expect(found.reduce((sum, one) => sum + one.rows, 0)).toBeGreaterThanOrEqual(12);
  expect(new Set(found.map(({ pipeline }) => pipeline))).toEqual(new Set(["line", null]));
  expect(done.rows + again.done.rows + rest.done.rows).toBe(13);
  const { snapshot, version } = await open(place.folder);
  expect(snapshot.metadata).toMatchObject({ id, configuration: { "delta.appendOnly": "true" } });
  expect(Object.keys(snapshot.metadata?.configuration ?? {}).filter((name) => name.startsWith("wadi"))).toEqual([]);
  expect(snapshot.txns.get("wadi-the-log-0")?.version).toBe(122);
  let isAppendOnly = true;
  for (let at = 1; at <= version; at++) {
    const actions = actionsOf(place.folder, at);
    if (actions.some(({ remove }) => remove?.dataChange)) expect(isAppendOnly).toBe(false);
    const configuration = actions.find(({ metaData }) => metaData)?.metaData?.configuration;
    isAppendOnly = configuration === undefined ? isAppendOnly : configuration["delta.appendOnly"] === "true";
  }
});

/** A process that dies in the middle of its nth write, which is not made. */
function dying(objects: Objects, writes: number): Objects {
  let left = writes;
  const die = (): undefined => {
    if (left-- <= 0) throw new Error("killed");
  };
  return {
    ...objects,
    put: async (...args) => die() ?? objects.put(...args),
    putIfAbsent: async (...args) => die() ?? objects.putIfAbsent(...args),
    remove: async (...args) => die() ?? objects.remove(...args),
  };
}

test("killed before any of its writes it leaves the table whole, and the same again finishes", async () => {
  let killed = 0;
  for (let isDone = false; !isDone; killed++) {
    const events = Array.from({ length: 6 }, (_, n) => eventOf(n, n % 2 ? {} : { subject: "anna" }));
    const { place } = await archived(events, 3);
    const before = (await open(place.folder)).snapshot.metadata?.configuration;
    const dead = await open(place.folder, dying(openFolder(place.folder), killed));

    isDone = await erase(dead, { subject: "anna" }).then(
      () => true,
      () => false,
    );
    const left = await idsIn(place.folder);
    await erase(await open(place.folder), { subject: "anna" });

    expect([6, 3]).toContain(left.length);
    expect(await idsIn(place.folder)).toEqual(["e-1", "e-3", "e-5"]);
    const { configuration } = (await open(place.folder)).snapshot.metadata ?? {};
    expect(configuration).toEqual(before);
  }
  // Two files, the property, the commit, the property again.
  expect(killed).toBe(6);
});

test("older versions have the rows until a vacuum; one at once leaves no byte of the subject on the disk", async () => {
  const subject = "anna-3f0c7d";
  const events = Array.from({ length: 30 }, (_, n) => eventOf(n, n % 10 === 3 ? { subject } : {}));
  const { place } = await archived(events, 5);
  await compact(await open(place.folder), now);
  const table = await open(place.folder);
  const holding = () =>
    readdirSync(place.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(subject)).length;

  const { done } = await erase(table, { subject });
  const erased = holding();
  const young = await vacuum(table, now(), { isTrial: false });
  const atOnce = await vacuum(table, now(), { isTrial: false, isAtOnce: true });

  expect(done).toEqual({ rows: 3, files: 1 });
  expect(erased).toBeGreaterThan(0);
  expect(young.files).toBe(0);
  expect(atOnce.files).toBe(7);
  expect(holding()).toBe(0);
  expect(await idsIn(place.folder)).toEqual(idsOf(events.filter((event) => event.subject !== subject)));
});

test("of a pipeline only its files are opened, and those of none; what it does not find is not written anew", async () => {
  const events = [
    eventOf(0, { subject: "anna" }),
    eventOf(1, { subject: "anna", pipeline: "new" }),
    eventOf(2, { subject: "anna", pipeline: "" }),
    eventOf(3, { subject: "bert" }),
  ];
  const { place } = await archived(events, 4);
  const opened: string[] = [];
  const objects = openFolder(place.folder);
  const get: Objects["get"] = (name, part) => {
    if (name.startsWith("day=")) opened.push(name.split("/")[1] ?? "");
    return objects.get(name, part);
  };
  const table = await open(place.folder, { ...objects, get });

  const other = await erase(table, { subject: "anna", pipeline: "other" });
  const mine = await erase(table, { subject: "anna", pipeline: "line" });
  const none = await erase(table, { subject: "nobody" });

  // What names no pipeline a replay of the only one would learn.
  expect(other.found).toMatchObject([{ pipeline: null, rows: 1 }]);
  expect(mine.found).toMatchObject([{ pipeline: "line", rows: 1 }]);
  expect(none).toEqual({ found: [], done: { rows: 0, files: 0 } });
  expect(opened.slice(0, 2)).toEqual(Array(2).fill("pipeline=__HIVE_DEFAULT_PARTITION__"));
  expect(await idsIn(place.folder)).toEqual(["e-1", "e-3"]);
});

test("where the data names the subject, its field does; data that is no JSON object is counted", async () => {
  const avro = { datacontenttype: "application/avro", data: Buffer.from([2, 4]) };
  const events = [eventOf(0, { data: { user: "anna" } }), eventOf(1, { data: { user: 7 } }), eventOf(2, avro)];
  const { place } = await archived(events);
  const erasure = new Erasure(await open(place.folder), { subject: "7", field: "user" }, now);

  await erasure.look();
  const { unread } = erasure;
  await erasure.erase();

  expect(unread).toBe(1);
  expect(await idsIn(place.folder)).toEqual(["e-0", "e-2"]);
});

test("ended early it has erased nothing, and leaves no file behind", async () => {
  const { place } = await archived([eventOf(0, { subject: "anna" }), eventOf(1), eventOf(2, ofAnna(2))], 3);
  const files = () => readdirSync(place.folder, { recursive: true }).length;
  const before = files();
  const ending = new AbortController();
  const erasure = new Erasure(await open(place.folder), { subject: "anna" }, now);
  const watch = { step: (done: number) => done === 1 && ending.abort(), signal: ending.signal };

  await erasure.look();
  await expect(erasure.erase(watch)).rejects.toThrow(/aborted/);

  expect(await idsIn(place.folder)).toHaveLength(3);
  expect(files()).toBe(before);
});
