// The journal's file: what is ours, what is not, and what a later Wadi wrote. A file that is refused is left as it was.

import { DatabaseSync } from "node:sqlite";
import { asError, ConfigurationError } from "../../lib/errors.ts";

/** "WADJ" in SQLite's application id. */
const OURS = 0x5741444a;
const VERSION = 1;

const SCHEMA = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,       -- taken in, epoch milliseconds
    hops INTEGER NOT NULL,
    type TEXT NOT NULL,          -- of the event: a trigger that cannot match it need not read on
    attributes TEXT NOT NULL,
    data ANY                     -- see row.ts
  ) STRICT;
  CREATE TABLE positions (
    trigger TEXT PRIMARY KEY,
    up_to INTEGER NOT NULL,
    open TEXT NOT NULL           -- JSON list of sequence numbers
  ) STRICT;
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    attributes TEXT NOT NULL,
    data ANY
  ) STRICT;
  CREATE INDEX dead_letters_by_time ON dead_letters (time);
`;

/** Makes the file where there is none. @throws ConfigurationError naming the file and the cure. */
export function openDatabase(path: string): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path);
    // Another process must not even read: two brokers on one journal would both deliver.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0");
    if (isEmpty(db)) create(db);
    else check(db, path);
    // Larger steps than the default of 1000 pages: a page that changes often is copied into the file less often.
    db.exec("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864");
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof ConfigurationError ? error : refusal(path, asError(error));
  }
}

function isEmpty(db: DatabaseSync): boolean {
  const { n } = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { n: number };
  return n === 0 && pragma(db, "application_id") === 0 && pragma(db, "user_version") === 0;
}

function create(db: DatabaseSync): void {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec(`BEGIN; ${SCHEMA} PRAGMA application_id = ${OURS}; PRAGMA user_version = ${VERSION}; COMMIT`);
}

function check(db: DatabaseSync, path: string): void {
  const refuse = (problem: string, cure: string): never => {
    throw new ConfigurationError(`${path} ${problem}: ${cure}`);
  };
  const elsewhere = "name another file or data folder; this one was left as it is";
  if (pragma(db, "application_id") !== OURS) refuse("is a database, but not a journal of Wadi", elsewhere);
  const version = pragma(db, "user_version");
  if (version > VERSION)
    refuse(
      `is a journal of a newer Wadi (version ${version}, this one knows ${VERSION})`,
      `start that Wadi, or ${elsewhere}`,
    );
  if (version !== VERSION) refuse(`is a journal of the unknown version ${version}`, elsewhere);
  const found = db.prepare("PRAGMA quick_check(1)").get() as Record<string, unknown>;
  const [answer] = Object.values(found);
  if (answer !== "ok")
    refuse(`is damaged (${String(answer).split("\n").join(" ")})`, `restore it from a copy, or ${elsewhere}`);
  db.exec("PRAGMA journal_mode = WAL");
}

function pragma(db: DatabaseSync, name: string): number {
  return Number((db.prepare(`PRAGMA ${name}`).get() as Record<string, unknown>)[name]);
}

const BUSY = 5;
const CORRUPT = 11;
const NOT_A_DATABASE = 26;

function refusal(path: string, error: Error & { errcode?: number }): ConfigurationError {
  const code = (error.errcode ?? 0) & 0xff;
  const cure =
    code === BUSY
      ? "another process uses it: stop that one, or name another file"
      : code === CORRUPT || code === NOT_A_DATABASE
        ? "it is damaged, or no journal at all: restore it from a copy, or name another file; it was left as it is"
        : "see that its folder is there and may be written, or name another file";
  return new ConfigurationError(`the journal ${path} cannot be opened (${error.message}): ${cure}`, { cause: error });
}
