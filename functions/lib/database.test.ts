import { hash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError } from "./errors.ts";
import { openSqliteStore } from "./store/sqlite/sqlite.ts";
import { commitOf } from "./store/store-under-test.contract.ts";

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const open = (path: string) => openSqliteStore(path, { now: () => 0, joinWindowMs: () => 0 });

/** A store of some pages; what it held. */
async function fill(path: string) {
  const store = open(path);
  for (let i = 0; i < 50; i++) {
    const ids = Array.from({ length: 50 }, (_, k) => ({ id: String(i * 50 + k), expiresAt: 1e12 }));
    await store.models.commit(`set-${i}`, commitOf({ state: "x".repeat(2000), ids }));
  }
  await store.close();
}

/** The files of the folder, by digest. SQLite rebuilds the index of a log whenever it is opened, and an empty log says nothing. */
const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .map((name) => [name, readFileSync(join(folder, name))] as const)
      .filter(([name, bytes]) => !name.endsWith("-shm") && bytes.length > 0)
      .map(([name, bytes]) => [name, hash("sha256", bytes)]),
  );

function refusalOf(path: string): ConfigurationError {
  try {
    open(path);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toContain(path);
    return error as ConfigurationError;
  }
  throw new Error("it was opened");
}

function asDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function damage(path: string, from: number, to: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0x55, from, to);
  writeFileSync(path, bytes);
}

const spoil: readonly [what: string, spoil: (path: string) => void | Promise<void>, message: RegExp][] = [
  [
    "of a newer Wadi",
    (path) => fill(path).then(() => asDatabase(path, "PRAGMA user_version = 99")),
    /written by a newer Wadi \(format 99, this one knows 7\).*left as it is.*Start that Wadi/,
  ],
  [
    "of another program",
    (path) => asDatabase(path, "CREATE TABLE mine (x)"),
    /is no store of Wadi; it is left as it is/,
  ],
  [
    "of another program with a version of its own",
    (path) => asDatabase(path, "PRAGMA user_version = 1; CREATE TABLE mine (x)"),
    /is no store of Wadi/,
  ],
  [
    "that is no database",
    (path) => writeFileSync(path, "x".repeat(5000)),
    /damaged or no SQLite file, and left as it is/,
  ],
  ["that is too short to be a database", (path) => writeFileSync(path, "hello"), /no SQLite file/],
  [
    "with a damaged page in the middle",
    (path) => fill(path).then(() => damage(path, 20 * 4096, 21 * 4096)),
    /is damaged and left as it is: restore a copy/,
  ],
  [
    "with a damaged list of tables",
    (path) => fill(path).then(() => damage(path, 100, 4096)),
    /damaged and left as it is: restore a copy/,
  ],
  [
    "that lost its end",
    (path) => fill(path).then(() => writeFileSync(path, readFileSync(path).subarray(0, 20 * 4096))),
    /damaged and left as it is: restore a copy/,
  ],
];

test.each(spoil)(
  "a file %s is refused at the start, with the cure, and not a byte is changed",
  async (_what, make, message) => {
    const folder = folderOf();
    const path = join(folder, "store.db");
    await make(path);
    const before = contents(folder);

    const { message: said } = refusalOf(path);

    expect(said).toMatch(message);
    expect(contents(folder)).toEqual(before);
  },
);

test("a refused file keeps its write-ahead log, too, where its process was killed", async () => {
  const folder = folderOf();
  const live = new DatabaseSync(join(folder, "live.db"));
  live.exec("PRAGMA journal_mode = WAL; CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
  for (const end of ["", "-wal"]) {
    writeFileSync(join(folder, `store.db${end}`), readFileSync(join(folder, `live.db${end}`)));
  }
  live.close();
  const before = contents(folder);
  expect(Object.keys(before)).toContain("store.db-wal");

  const { message } = refusalOf(join(folder, "store.db"));

  expect(message).toMatch(/is no store of Wadi/);
  expect(contents(folder)).toEqual(before);
});

test("an empty file becomes a store", async () => {
  const path = join(folderOf(), "store.db");
  writeFileSync(path, "");

  const store = open(path);
  await store.models.commit("a", commitOf());
  await store.close();

  const again = open(path);
  expect(await again.models.sets()).toEqual(["a"]);
  await again.close();
});

test("a file whose process was killed before the tables were made becomes a store", async () => {
  const path = join(folderOf(), "store.db");
  asDatabase(path, "PRAGMA journal_mode = WAL");
  expect(readFileSync(path).length).toBeGreaterThan(0);

  const store = open(path);

  expect(await store.models.sets()).toEqual([]);
  await store.close();
});

test("a folder that is not there, or a folder in the file's place, is said with the cure", () => {
  const folder = folderOf();
  mkdirSync(join(folder, "store.db"));
  writeFileSync(join(folder, "file"), "");

  for (const path of ["store.db", "missing/store.db", "file/store.db"]) {
    expect(refusalOf(join(folder, path)).message).toMatch(
      /cannot be opened: .*give this user the right to write there/,
    );
  }
  expect(existsSync(join(folder, "missing"))).toBe(false);
});

test("a store that may only be read is refused at the start, not at the first write", async () => {
  // A read-only connection stands for a file mode, which a superuser would not be held by.
  const path = join(folderOf(), "store.db");
  await fill(path);

  const { message } = refusalOf(`file:${path}?mode=ro`);

  expect(message).toMatch(/may only be read: give this user the right to write/);
});
