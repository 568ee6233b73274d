// Work in the background: told only once it is on disk, whatever happens in between.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { UnavailableError } from "../../errors.ts";
import type { Served } from "../../events/vocabulary.ts";
import { openSqliteFile } from "./file.ts";
import { openSqliteStore } from "./sqlite.ts";

const FORMAT = {
  what: "store",
  applicationId: 1,
  version: 1,
  schema: "CREATE TABLE words (word TEXT NOT NULL)",
  code: "store-unavailable",
};
const turn = () => new Promise<void>((resolve) => void setTimeout(resolve, 20));

function storePath(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "store.db");
}

/** A file whose disk answers when it is told to. */
function open(path = storePath(), isScratch = false) {
  const disk: ((error: Error | null) => void)[] = [];
  const file = openSqliteFile(path, { ...FORMAT, isScratch }, (_fd, done) => void disk.push(done));
  const insert = file.db.prepare("INSERT INTO words (word) VALUES (?)");
  const settled: string[] = [];
  const put = (word: string, write = file.writeInBackground) => {
    const promise = write(() => void insert.run(word));
    promise.then(
      () => settled.push(word),
      () => settled.push(`no ${word}`),
    );
    return promise;
  };
  return { path, file, disk, put, settled, wordsIn };
}

function wordsIn(path: string): readonly unknown[] {
  const db = new DatabaseSync(path);
  const rows = db.prepare("SELECT word FROM words ORDER BY rowid").all();
  db.close();
  return rows.map(({ word }) => word);
}

test("it is told only when the disk has answered, and until then the event loop goes on", async () => {
  const { file, disk, put, settled } = open();
  void put("a");

  await turn();
  expect([disk.length, settled]).toEqual([1, []]);
  disk[0]?.(null);
  await turn();

  expect(settled).toEqual(["a"]);
  file.close();
});

test("what comes while the disk is at work is one transaction, which the disk is asked for once", async () => {
  const { file, disk, put, settled } = open();
  void put("a");
  await turn();
  for (const word of ["b", "c", "d"]) {
    void put(word);
    await turn();
  }
  expect(disk).toHaveLength(1);

  disk[0]?.(null);
  await turn();
  expect([disk.length, settled]).toEqual([2, ["a"]]);
  disk[1]?.(null);
  await turn();

  expect([disk.length, settled]).toEqual([2, ["a", "b", "c", "d"]]);
  file.close();
});

test("a write that cannot wait takes along what waits, and neither waits for the disk's answer to those before", async () => {
  const { file, disk, put, settled, path, wordsIn } = open();
  void put("a");
  await turn();
  void put("b");

  await put("c", file.write);
  await turn();

  expect(settled.toSorted()).toEqual(["b", "c"]);
  expect(wordsIn(path)).toEqual(["a", "c", "b"]);
  disk[0]?.(null);
  await turn();
  expect([disk.length, settled.length]).toEqual([1, 3]);
  file.close();
});

test("where the disk fails it is refused; before the next write all of the log is moved into the file", async () => {
  const { file, disk, put, path, wordsIn } = open();
  const first = put("a");
  await turn();
  disk[0]?.(new Error("EIO: i/o error, fdatasync"));

  await expect(first).rejects.toThrow(UnavailableError);
  await expect(first).rejects.toThrow(/store\.db cannot be used: EIO/);
  const again = put("b");
  await turn();
  disk[1]?.(null);
  await again;

  // Without its log, the file has what was in the log when the disk failed.
  copyFileSync(path, `${path}-copy`);
  expect(wordsIn(`${path}-copy`)).toEqual(["a"]);
  expect(wordsIn(path)).toEqual(["a", "b"]);
  file.close();
});

test("while a reader keeps the log from being moved after such a failure, nothing is written", async () => {
  const { file, disk, put, path, wordsIn } = open();
  file.db.exec("PRAGMA busy_timeout = 50");
  await put("before", file.write);
  const reader = new DatabaseSync(path);
  reader.exec("BEGIN");
  reader.prepare("SELECT * FROM words").all();
  const first = put("a");
  await turn();
  disk[0]?.(new Error("EIO"));
  await expect(first).rejects.toThrow(UnavailableError);

  await expect(put("b", file.write)).rejects.toThrow(/could not be synced, nor moved/);
  expect(wordsIn(path)).toEqual(["before", "a"]);

  reader.close();
  await put("c", file.write);
  expect(wordsIn(path)).toEqual(["before", "a", "c"]);
  file.close();
});

test("closing writes what waits; what the disk has yet to answer is told when it does", async () => {
  const { file, disk, put, settled, path, wordsIn } = open();
  void put("a");
  await turn();
  void put("b");

  file.close();
  await turn();
  expect(settled).toEqual(["b"]);
  disk[0]?.(null);
  await turn();

  expect(settled).toEqual(["b", "a"]);
  expect(wordsIn(path)).toEqual(["a", "b"]);
  await expect(put("c")).rejects.toThrow(/it was closed/);
});

test("work that fails for a reason of its own fails alone", async () => {
  const { file, disk, put, settled } = open();
  const fault = new TypeError("a fault of the caller");
  void put("a");
  const failed = file.writeInBackground(() => {
    throw fault;
  });

  await expect(failed).rejects.toBe(fault);
  disk[0]?.(null);
  await turn();

  expect(settled).toEqual(["a"]);
  file.close();
});

test.each([
  ["in memory", () => open(":memory:")],
  ["of a file that ends with its process", () => open(storePath(), true)],
])("%s there is no disk to wait for", async (_what, make) => {
  const { file, disk, put } = make();

  await put("a");

  expect(disk).toEqual([]);
  file.close();
});

const SERVER = join(import.meta.dirname, "../fixtures/served-writer.ts");
const served = (value: number): Served => ({ generation: "1", version: value, model: "m", values: { m: value } });

function start(...args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", SERVER, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return once(child, "close").then(([code, signal]) => ({ end: code ?? signal, said }));
}

test.each([
  ["in the transaction", false],
  ["before the disk is asked", true],
  ["before it is told", true],
])("killed %s, what was served is told alike ever after, and a label is scored on it", async (point, isWritten) => {
  const path = storePath();

  expect(await start(path, point)).toEqual({ end: "SIGKILL", said: "observed\n" });

  const options = { now: Date.now, joinWindowMs: () => 3_600_000 };
  const [store, other] = [openSqliteStore(path, options), openSqliteStore(path, options)];
  const told = await store.joins.putServed("p", "k", served(2));
  expect(told).toEqual(served(isWritten ? 1 : 2));
  expect(await other.joins.putServed("p", "k", served(3))).toEqual(told);
  const label = { pipeline: "p", key: "k", eventId: "l", recordedTime: Date.now(), y: 1 };
  expect(await other.joins.putLabel(label)).toMatchObject({ outcome: "joined", example: { served: told } });
  await Promise.all([store.close(), other.close()]);
});
