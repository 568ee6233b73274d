import { copyFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { UnavailableError } from "../../errors.ts";
import { describeAgreement } from "../agreement.contract.ts";
import { counted, countedIn, learnIds } from "../fixtures/counter.ts";
import { NO_DELAYS } from "../join-delays.ts";
import { describeStore } from "../store.contract.ts";
import type { StoreOptions } from "../store.ts";
import { commitOf, HOUR, idsOf, type MakeStore, newRevision } from "../store-under-test.contract.ts";
import { createSqliteStore, openSqliteStore, openStoreFile } from "./sqlite.ts";

function storePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "store.db");
}

const inFile: MakeStore = async (options) => {
  const path = storePath();
  return async (own) => openSqliteStore(path, { ...options, ...own });
};
describeStore("in a file", inFile);
describeAgreement("in a file", inFile);

// Memory cannot be opened twice: its writers share one handle.
describeStore("in memory", async (options) => {
  const store = openSqliteStore(":memory:", options);
  return async () => store;
});

test("slots that are reserved together are written together", async () => {
  const path = storePath();
  const { models } = open(path);
  const sizeOfLog = () => statSync(`${path}-wal`).size;
  await models.reserve("p/first", 1000);
  const one = sizeOfLog();

  const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => models.reserve(`p/${i}`, 1000)));

  expect(kept).toEqual(Array(100).fill(true));
  // A hundred transactions would have brought each changed page a hundred times.
  expect(sizeOfLog() - one).toBeLessThan(20 * 4096);
});

function open(path: string, options: Partial<StoreOptions> = {}) {
  const clock = manualClock();
  const file = openStoreFile(path);
  const store = createSqliteStore(file, { now: () => clock.now(), joinWindowMs: () => HOUR, ...options });
  onTestFinished(() => store.close());
  const observe = (key: string, recordedTime = clock.now()) =>
    store.joins.putObservation({
      pipeline: "p",
      key,
      source: "/s",
      id: key,
      learnedId: "1",
      set: "p",
      time: 0,
      recordedTime,
      x: { text: "x".repeat(1500) },
    });
  return { ...store, file, clock, observe };
}

test("what was written is there after closing and opening", async () => {
  const path = storePath();
  const { models, joins, observe, clock, close } = open(path);
  const commit = commitOf({ state: "kept", ids: idsOf(clock, 1) });
  await models.commit("a", commit);
  await observe("k");
  const [model, record] = [await models.load("a"), await joins.read("p", "k")];
  await close();

  const again = open(path);

  expect(await again.models.load("a")).toEqual(model);
  expect(await again.joins.read("p", "k")).toEqual(record);
  expect(await again.models.commit("a", commit)).toEqual({ outcome: "committed", version: 1 });
});

test("a writer that goes on after a copy of the file was restored is refused, though its version is the stored one", async () => {
  const path = storePath();
  const first = open(path);
  const base = commitOf({ state: "1" });
  await first.models.commit("a", base);
  await first.close();
  copyFileSync(path, `${path}.copy`);
  const second = open(path);
  const lost = commitOf({ expectedRevision: base.revision, state: "lost" });
  await second.models.commit("a", lost);
  await second.close();
  copyFileSync(`${path}.copy`, path);
  const restored = open(path);
  await restored.models.commit("a", commitOf({ expectedRevision: base.revision, state: "2" }));

  const answer = await restored.models.commit("a", commitOf({ expectedRevision: lost.revision, state: "stale" }));

  expect(answer).toMatchObject({ outcome: "conflict", current: { version: 2, base: "2" } });
});

test("the work of one turn is written in one transaction, and read back only after it", async () => {
  const path = storePath();
  const { models, observe, joins } = open(path);
  const other = open(path);

  const writes = [models.commit("a", commitOf()), observe("k"), observe("k"), models.commit("b", commitOf())];
  expect(await other.models.sets()).toEqual([]);
  await writes[0];

  expect(await other.models.sets()).toEqual(["a", "b"]);
  expect(await other.joins.read("p", "k")).toEqual(await joins.read("p", "k"));
  await Promise.all(writes);
});

test("work that fails for a reason of its own fails alone, and the others of its turn are written", async () => {
  const { file, models, observe, joins } = open(":memory:");
  const fault = new TypeError("a fault of the caller");

  const results = await Promise.allSettled([
    models.commit("a", commitOf()),
    file.write(() => {
      file.db.exec("DELETE FROM states");
      throw fault;
    }),
    observe("k"),
  ]);

  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(results[1]).toMatchObject({ reason: fault });
  expect(await models.head("a")).toMatchObject({ version: 1 });
  expect(await joins.read("p", "k")).toBeDefined();
});

test("a full disk refuses the whole turn, keeps what was written before, and the store goes on by itself when there is room", async () => {
  const path = storePath();
  const { file, models, joins, observe, clock } = open(path);
  await learnIds(models, "a", idsOf(clock, 1, 2), newRevision);
  await observe("before");
  const before = await models.load("a");
  const { page_count: pages } = file.db.prepare("PRAGMA page_count").get() as { page_count: number };
  file.db.exec(`PRAGMA max_page_count = ${pages + 4}`);

  const turn = [
    learnIds(models, "a", idsOf(clock, 3), newRevision),
    ...Array.from({ length: 50 }, (_, i) => observe(`full-${i}`)),
  ];
  const results = await Promise.allSettled(turn);

  for (const result of results) {
    expect(result).toMatchObject({ status: "rejected", reason: { code: "store-unavailable" } });
    expect((result as PromiseRejectedResult).reason).toBeInstanceOf(UnavailableError);
  }
  expect((results[0] as PromiseRejectedResult).reason.message).toMatch(/store\.db.*the disk is full: make room/);
  expect(await models.load("a")).toEqual(before);
  expect(await models.learnedCount("a")).toBe(2);
  expect(await joins.read("p", "full-0")).toBeUndefined();
  expect(await joins.read("p", "before")).toBeDefined();

  file.db.exec("PRAGMA max_page_count = 1000000");
  await learnIds(models, "a", idsOf(clock, 3), newRevision);
  await Promise.all(Array.from({ length: 50 }, (_, i) => observe(`full-${i}`)));

  expect(countedIn(await models.load("a"))).toEqual(counted({ count: 0, sum: "0" }, ["1", "2", "3"]));
  expect(await joins.read("p", "full-49")).toBeDefined();
});

test("records and ids that expired make room: a steady stream does not let the file grow for ever", async () => {
  const { file, observe, models, clock } = open(":memory:");
  const rows = () => file.db.prepare("SELECT (SELECT count(*) FROM joins) + (SELECT count(*) FROM learned) AS n").get();
  const hour = async (from: number) => {
    for (let i = from; i < from + 60; i++) {
      clock.advance(60_000);
      await observe(`k${i}`);
      const ids = [{ id: String(i), expiresAt: clock.now() + HOUR }];
      await learnIds(models, "a", ids, newRevision);
    }
  };

  for (let from = 0; from < 1200; from += 60) await hour(from);

  // 60 records and up to 120 ids (kept to the full hour) live at any time; dead ones wait for at most half a round.
  expect(Number(rows()?.["n"])).toBeLessThan(400);
  expect(await models.learnedCount("a")).toBeGreaterThanOrEqual(60);
});

test("the history keeps its last ten thousand points", async () => {
  const { file, models } = open(":memory:");
  const first = commitOf({ history: "first" });
  await models.commit("a", first);
  file.db.exec("UPDATE states SET version = 9999");
  const second = commitOf({ expectedRevision: first.revision, history: "second" });

  await models.commit("a", second);
  expect(await models.history("a", 9)).toHaveLength(2);
  await models.commit("a", commitOf({ expectedRevision: second.revision, history: "third" }));

  expect((await models.history("a", 9)).map(({ point }) => point)).toEqual(["third", "second"]);
});

test("counters of hours long gone are removed", async () => {
  const { file, observe, clock } = open(":memory:");

  for (let i = 0; i < 100; i++) {
    clock.advance(HOUR);
    await observe(`k${i}`);
  }

  expect(file.db.prepare("SELECT count(*) AS n FROM join_counts").get()).toMatchObject({ n: 26 });
});

/** Takes a file back to what it was while what was served was a column. */
const SERVED_IN_JOINS = `
  DROP TRIGGER served_elsewhere;
  UPDATE joins SET served = (SELECT served FROM served WHERE served.number = joins.number);
  DROP TRIGGER served_goes; DROP TABLE served; PRAGMA user_version = 6;
`;

test("a store as it was while what was served was a column goes on: a label is scored on it, and it is told again", async () => {
  const path = storePath();
  const { joins, observe, clock, close } = open(path);
  for (const key of ["served", "unserved"]) await observe(key);
  const served = { generation: "1", version: 3, model: "m", values: { m: 0.5 } };
  await joins.putServed("p", "served", served);
  await close();
  const old = new DatabaseSync(path);
  old.exec(SERVED_IN_JOINS);
  old.close();

  const again = open(path).joins;

  expect(await again.putServed("p", "served", { ...served, version: 4 })).toEqual(served);
  expect(await again.read("p", "served")).toMatchObject({ served });
  const label = { pipeline: "p", key: "served", eventId: "l", recordedTime: clock.now(), y: 1 };
  expect(await again.putLabel(label)).toMatchObject({ outcome: "joined", example: { served } });
  expect(await again.putServed("p", "unserved", { ...served, version: 4 })).toMatchObject({ version: 4 });
  expect(await again.read("p", "unserved")).toMatchObject({ served: { version: 4 } });
});

test("what was served goes with its record", async () => {
  const { file, joins, observe, clock } = open(":memory:");
  await observe("k");
  await joins.putServed("p", "k", { generation: "1", version: 1, model: "m", values: { m: 1 } });

  clock.advance(25 * HOUR);
  await observe("k");

  expect(file.db.prepare("SELECT count(*) AS n FROM served").get()).toEqual({ n: 0 });
  expect(await joins.read("p", "k")).not.toHaveProperty("served");
});

test("an earlier Wadi that has the file open cannot write what was served where nobody looks, and is told why", async () => {
  const path = storePath();
  const { observe, close } = open(path);
  await observe("served");
  await close();
  const old = new DatabaseSync(path);

  const write = () => old.exec("UPDATE joins SET served = '{}' WHERE key = 'served' AND served IS NULL");

  expect(write).toThrow("a newer Wadi has taken this store over: stop this one");
  old.close();
});

/** Takes a file back to what it was before a state had a tail. */
const WHOLE_STATES = `
  ${SERVED_IN_JOINS}
  DROP TABLE tails; ALTER TABLE states DROP COLUMN base_version; ALTER TABLE states DROP COLUMN base_revision;
  ALTER TABLE snapshots DROP COLUMN tail; PRAGMA user_version = 5;
`;

test("a store as it was while states were whole goes on: what it has is the base, its snapshots too", async () => {
  const path = storePath();
  const { models, close } = open(path, { snapshots: { every: 1, keep: 9 } });
  const first = commitOf({ state: "s" });
  const second = commitOf({ expectedRevision: first.revision, state: "t" });
  for (const commit of [first, second]) await models.commit("a", commit);
  await close();
  const old = new DatabaseSync(path);
  old.exec(WHOLE_STATES);
  old.close();

  const again = open(path, { fold: (base, tail) => [base, ...tail].join("+") }).models;

  expect(await again.loadSince("a")).toMatchObject({ version: 2, base: "t", tail: [] });
  const { state: _state, ...frame } = commitOf({ expectedRevision: second.revision });
  expect(await again.commit("a", { ...frame, entry: "e" })).toEqual({ outcome: "committed", version: 3 });
  expect(await again.load("a")).toMatchObject({ version: 3, state: "t+e" });
  expect(await again.loadSnapshot("a", first.revision)).toBe("s");
  await again.rollback("a", { snapshot: first.revision, revision: newRevision() });
  expect(await again.load("a")).toMatchObject({ version: 4, state: "s" });
});

test("a store as it was before there were snapshots goes on with all that it holds", async () => {
  const path = storePath();
  const { models, clock, close } = open(path);
  const commit = commitOf({ state: "kept", ids: idsOf(clock, 1), history: "point" });
  await models.commit("a", commit);
  await close();
  const old = new DatabaseSync(path);
  old.exec(`${WHOLE_STATES}
    DROP TABLE join_delays; DROP TABLE snapshots; DROP TABLE retention; DROP TABLE former_retention; DROP TABLE logs; ALTER TABLE sets DROP COLUMN previous; ALTER TABLE states DROP COLUMN added;
    ALTER TABLE states DROP COLUMN retired; PRAGMA user_version = 1;
  `);
  old.close();

  const again = open(path);

  expect(await again.models.load("a")).toMatchObject({ version: 1, state: "kept" });
  expect(await again.models.learnedOf("a", ["1"])).toEqual(["1"]);
  const next = commitOf({ expectedRevision: commit.revision, state: "next", ids: idsOf(clock, 2) });
  expect(await again.models.commit("a", next)).toEqual({ outcome: "committed", version: 2 });
  expect(await again.models.snapshots("a")).toEqual([]);
  expect(await again.models.addLearned("b", "2", idsOf(clock, 1))).toBe(true);
  await again.close();
  expect(await open(path).models.load("a")).toMatchObject({ version: 2 });
});

test("a store as it was before delays were counted goes on with all that it holds, and counts those of what it kept", async () => {
  const path = storePath();
  const { observe, clock, close } = open(path);
  await observe("k");
  await close();
  const old = new DatabaseSync(path);
  old.exec(`${WHOLE_STATES} DROP TABLE join_delays; PRAGMA user_version = 4`);
  old.close();

  const { joins } = open(path);
  await joins.putLabel({ pipeline: "p", key: "k", eventId: "l", recordedTime: clock.now() + 1500, y: 1 });

  expect(await joins.waits("p")).toMatchObject({ opened: 1, joined: 1, delays: [0, 1, ...NO_DELAYS.slice(2)] });
});

test("a generation whose removal was interrupted is gone when a new one takes its name", async () => {
  const { models, file, clock } = open(":memory:");
  await models.commitGeneration("a", commitOf({ generation: "2", ids: idsOf(clock, 1, 2), history: "point" }));
  file.db.exec("UPDATE states SET retired = 1; DELETE FROM learned WHERE id = 1"); // as promote and its first piece leave it

  expect(await models.loadGeneration("a", "2")).toMatchObject({ version: 0, revision: "", state: "" });

  const anew = commitOf({ generation: "2", ids: idsOf(clock, 1, 2) });
  expect(await models.commitGeneration("a", anew)).toEqual({ outcome: "committed", version: 1 });
  await models.hold("a", "mine", 1000);
  expect(await models.promote("a", { token: "mine", generation: "2", expectedRevision: "" })).toBe(true);
});
