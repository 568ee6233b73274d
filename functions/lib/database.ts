// Opens a SQLite file that Wadi made, and refuses any other.
//
//   O1  A refused file is left byte for byte as it was (an empty log may appear beside it): it is checked through a read-only
//       connection, since a writing one moves the log of a killed process into the file when it closes.
//   O2  The application id says that a file is Wadi's, its version whether it can be read. Damage is found before use.

import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { asError, ConfigurationError, WadiError } from "./errors.ts";

export interface SqliteFormat {
  /** What the file is, in messages: "store", "journal". */
  readonly what: string;
  readonly applicationId: number;
  readonly version: number;
  /** Makes the tables; run on a file that has none. */
  readonly schema: string;
  /** Migrations to the next version, by the version they start from. */
  readonly upgrades?: Readonly<Record<number, string>>;
  /** The code of the UnavailableError. */
  readonly code: string;
  /** True: no other process may read or write it while it is open. Else processes take turns. */
  readonly exclusive?: boolean;
  /** It ends with the process that made it: nothing in it is waited for to be on disk. */
  readonly isScratch?: boolean;
}

const BUSY_TIMEOUT_MS = 5000;
const BUSY_PAUSE_MS = 10;
// A quick check reads the whole file, at some 600 MB/s. In a larger file damage is found only where it is read.
const CHECKED_BYTES = 128 * 2 ** 20;

const BUSY = 5;
const READONLY = 8;

/** @throws ConfigurationError for a file that is not of this format and version, naming the cure. */
export function openDatabase(path: string, format: SqliteFormat): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    if (existsSync(path)) lookAt(path, format);
    db = new DatabaseSync(path, { timeout: timeoutOf(format) });
    if (format.exclusive) db.exec("PRAGMA locking_mode = EXCLUSIVE");
    prepare(db, path, format);
    return db;
  } catch (thrown) {
    db?.close();
    if (thrown instanceof ConfigurationError) throw thrown;
    const error = asError(thrown);
    throw new ConfigurationError(`the ${format.what} ${path} cannot be opened: ${error.message}; ${cureOf(error)}`, {
      cause: error,
    });
  }
}

/** An exclusive holder keeps the file for long: do not wait. */
function timeoutOf({ exclusive }: SqliteFormat): number {
  return exclusive ? 0 : BUSY_TIMEOUT_MS;
}

/** O1. Except for an empty file, which has nothing to lose, and one whose making was killed, which only a write can recover. */
function lookAt(path: string, format: SqliteFormat): void {
  const stat = statSync(path);
  if (!stat.isFile() || stat.size === 0) return;
  const db = new DatabaseSync(path, { readOnly: true, timeout: timeoutOf(format) });
  try {
    checkFormat(db, path, format);
    if (stat.size <= CHECKED_BYTES) checkPages(db, path, format);
  } catch (error) {
    if (codeOf(error) !== READONLY) throw error;
  } finally {
    db.close();
  }
}

function prepare(db: DatabaseSync, path: string, format: SqliteFormat): void {
  checkFormat(db, path, format);
  waitingOutOthers(timeoutOf(format), () => db.exec("PRAGMA journal_mode = WAL"));
  // Larger steps than the default of 1000 pages: a page that changes often is copied into the file less often.
  const synchronous = format.isScratch ? "OFF" : "FULL";
  db.exec(
    `PRAGMA synchronous = ${synchronous}; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864`,
  );
  db.exec("BEGIN IMMEDIATE");
  // Another process may have made the tables while this one waited.
  const found = pragma(db, "user_version");
  const upgrades = Object.entries(format.upgrades ?? {}).filter(([from]) => found > 0 && Number(from) >= found);
  const wanting = found === 0 ? [format.schema] : upgrades.map(([, upgrade]) => upgrade);
  for (const change of wanting) db.exec(change);
  if (wanting.length > 0) {
    db.exec(`PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${format.version}`);
  }
  // SQLite also opens a read-only file, and fails at the first write. This finds out without writing.
  const table = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").get()?.["name"];
  db.exec(`DELETE FROM ${table} WHERE 0`);
  db.exec("COMMIT");
}

function checkFormat(db: DatabaseSync, path: string, { what, applicationId, version, upgrades }: SqliteFormat): void {
  const [application, found] = [pragma(db, "application_id"), pragma(db, "user_version")];
  if (application === 0 && found === 0 && pragma(db, "schema_version") === 0) return; // new, or killed before its first write
  const left = "it is left as it is";
  if (application !== applicationId) {
    throw new ConfigurationError(`${path} is no ${what} of Wadi; ${left}. Choose another data folder`);
  }
  if (found === version || upgrades?.[found] !== undefined) return;
  const whose = found > version ? "a newer Wadi" : "another Wadi";
  throw new ConfigurationError(
    `the ${what} ${path} was written by ${whose} (format ${found}, this one knows ${version}); ${left}. ` +
      `Start that Wadi, or choose another data folder`,
  );
}

function checkPages(db: DatabaseSync, path: string, { what }: SqliteFormat): void {
  const answer = db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (answer === "ok") return;
  const where = String(answer).split("\n").join(" ");
  throw new ConfigurationError(`the ${what} ${path} cannot be opened: ${where}; ${DAMAGED}`);
}

/** When two processes make one file together, SQLite answers BUSY without waiting for the timeout. */
function waitingOutOthers(timeoutMs: number, work: () => void): void {
  for (let waited = 0; ; waited += BUSY_PAUSE_MS) {
    try {
      work();
      return;
    } catch (error) {
      if (codeOf(error) !== BUSY || waited >= timeoutMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
    }
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** SQLite's primary result code; undefined for an error that is not SQLite's. */
export function codeOf(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: number };
  return code === "ERR_SQLITE_ERROR" ? (errcode ?? 0) & 0xff : undefined;
}

const DAMAGED = "it is damaged and left as it is: restore a copy, or choose another data folder";

/** The error for a file with sound pages and wrong content. An error that is Wadi's already stays as it is. */
export function damagedError(what: string, path: string, thrown: unknown): Error {
  const error = asError(thrown);
  if (error instanceof WadiError) return error;
  return new ConfigurationError(`the ${what} ${path} cannot be opened: ${error.message}; ${DAMAGED}`, { cause: error });
}

const CURES: Readonly<Record<number, string>> = {
  [BUSY]: "another process holds it: stop that one",
  [READONLY]: "it may only be read: give this user the right to write",
  10: "the disk is full or fails: make room, or look at the system's log", // full where its shared memory has no room
  11: DAMAGED,
  13: "the disk is full: make room, and it goes on by itself",
  14: "give this user the right to write there, or choose another data folder",
  26: "it is damaged or no SQLite file, and left as it is: restore a copy, or choose another data folder",
};

export function cureOf(error: unknown): string {
  return CURES[codeOf(error) ?? 0] ?? "what happened is in the message";
}
