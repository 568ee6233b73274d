import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { journalFile } from "../broker-under-test.contract.ts";
import { openJournalFile } from "./journal-file.ts";

/** A journal with so many events, closed. */
function journal(events = 1): string {
  const path = journalFile();
  const db = openJournalFile(path);
  const append = db.prepare("INSERT INTO events (time, hops, type, attributes, data) VALUES (1, 0, 'a', '{}', ?)");
  for (let i = 0; i < events; i++) append.run("x".repeat(3000));
  db.close();
  return path;
}

/** What lies in the folder, byte for byte, but for SQLite's shared memory and an empty log: they hold nothing. */
function filesBeside(path: string): Record<string, Buffer> {
  const files = readdirSync(dirname(path)).map((name) => [name, readFileSync(join(dirname(path), name))] as const);
  return Object.fromEntries(files.filter(([name, bytes]) => !name.endsWith("-shm") && bytes.length > 0));
}

function refusalOf(path: string): string {
  try {
    openJournalFile(path).close();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error("it was opened");
}

function run(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

test("where there is no file one is made, and it is opened again with what it holds", () => {
  const path = journal(3);

  const db = openJournalFile(path);
  onTestFinished(() => db.close());

  expect(db.prepare("SELECT count(*) AS n FROM events").get()).toEqual({ n: 3 });
});

test("what is committed is on disk, also when the machine dies", () => {
  const db = openJournalFile(journalFile());
  onTestFinished(() => db.close());

  expect(db.prepare("PRAGMA synchronous").get()).toEqual({ synchronous: 2 });
  expect(db.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
});

test.each([
  ["of no bytes", (path: string) => writeFileSync(path, "")],
  ["that is a database without tables", (path: string) => run(path, "PRAGMA journal_mode = WAL")],
])("a file %s, as a crash at birth leaves it, becomes a journal", (_what, leave) => {
  const path = journalFile();
  leave(path);

  const db = openJournalFile(path);
  onTestFinished(() => db.close());

  expect(db.prepare("SELECT count(*) AS n FROM events").get()).toEqual({ n: 0 });
});

test.each<[what: string, make: () => string, says: RegExp]>([
  [
    "a journal of a newer Wadi",
    () => {
      const path = journal();
      run(path, "PRAGMA user_version = 7");
      return path;
    },
    /newer Wadi \(\w+ 7, this one knows 1\).*[Ss]tart that Wadi, or/,
  ],
  [
    "a journal of a version that never was",
    () => {
      const path = journal();
      run(path, "PRAGMA user_version = -1");
      return path;
    },
    /-1.*another (file or )?data folder/,
  ],
  [
    "a database of something else",
    () => {
      const path = journalFile();
      run(path, "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')");
      return path;
    },
    /(no|not a) journal of Wadi.*another (file or )?data folder/,
  ],
  [
    "a file that is no database",
    () => {
      const path = journalFile();
      writeFileSync(path, "these are my notes\n".repeat(100));
      return path;
    },
    /cannot be opened.*it is damaged,? or no (journal|SQLite file).*restore/,
  ],
  [
    "a journal with a damaged page",
    () => {
      const path = journal(50);
      const bytes = readFileSync(path);
      bytes.fill(0xa5, bytes.length - 8192);
      writeFileSync(path, bytes);
      return path;
    },
    /is damaged.*restore/,
  ],
  [
    "a journal that was cut short",
    () => {
      const path = journal(50);
      writeFileSync(path, readFileSync(path).subarray(0, 5 * 4096));
      return path;
    },
    /damaged.*restore/,
  ],
])("%s is refused with its path and the cure, and not a byte of it is changed", (_what, make, says) => {
  const path = make();
  const before = filesBeside(path);

  const message = refusalOf(path);

  expect(message).toContain(path);
  expect(message).toMatch(says);
  expect(filesBeside(path)).toEqual(before);
});

test("a journal in use by another process is refused, and left to it", async () => {
  const path = journal();
  const program = `
    const { openJournalFile } = await import(${JSON.stringify(join(import.meta.dirname, "journal-file.ts"))});
    const db = openJournalFile(${JSON.stringify(path)});
    process.stdin.on("end", () => process.exit(db.prepare("SELECT count(*) AS n FROM events").get().n)).resume();
    process.stdout.write("open");
  `;
  const other = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void other.kill("SIGKILL"));
  await once(other.stdout, "data");

  const message = refusalOf(path);
  other.stdin.end();
  const [code] = await once(other, "exit");

  expect(message).toContain(path);
  expect(message).toMatch(/another process (uses|holds) it: stop that one/);
  expect(code).toBe(1);
});

test("one process cannot open it twice either", () => {
  const path = journal();
  const db = openJournalFile(path);
  onTestFinished(() => db.close());

  expect(refusalOf(path)).toMatch(/another process (uses|holds) it/);
});

test("a path that cannot be is refused with the cure", () => {
  const path = journalFile();
  mkdirSync(path);

  for (const wrong of [path, join(path, "missing", "journal.db")]) {
    expect(refusalOf(wrong)).toContain(`the journal ${wrong} cannot be opened`);
    expect(refusalOf(wrong)).toMatch(/: .*(may be written|right to write there), or/);
  }
});
