// A SQLite file of ours: opened safely, written one transaction a turn of the event loop.
//
//   Q1  node:sqlite is synchronous. What arrives within one turn is written in one transaction, so that one fsync serves all.
//   Q2  A refusal is a value. A SQLite failure undoes the whole turn and rejects all of it: nothing is half done.
//   Q3  A promise resolves after the commit: what was answered is on disk (WAL, synchronous=FULL).

import { existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { asError, ConfigurationError, UnavailableError } from "../errors.ts";

export interface SqliteFile {
  readonly db: DatabaseSync;
  /** Runs `work` in the transaction of this turn. Rejects with UnavailableError where it could not be written. */
  write<T>(work: () => T): Promise<T>;
  /** Runs `work` now, outside any transaction. @throws UnavailableError. */
  read<T>(work: () => T): T;
  /** Writes what is queued, then closes. What comes later is rejected. */
  close(): void;
}

export interface SqliteFormat {
  /** What the file is, in messages: "store", "journal". */
  readonly what: string;
  readonly applicationId: number;
  readonly version: number;
  /** Makes the tables; run on a file that has none. */
  readonly schema: string;
  /** The code of the UnavailableError. */
  readonly code: string;
}

interface Queued {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

const BUSY_TIMEOUT_MS = 5000;

/** @throws ConfigurationError for a file that is not of this format and version; nothing in it is changed. */
export function openSqliteFile(path: string, format: SqliteFormat): SqliteFile {
  const db = openDatabase(path, format);
  let queue: Queued[] = [];
  let closed = false;

  const failure = (thrown: unknown) => {
    const error = asError(thrown);
    return new UnavailableError(
      format.code,
      `the ${format.what} ${path} cannot be used: ${error.message}; ${cureOf(error)}`,
      {
        cause: error,
      },
    );
  };

  function flush(): void {
    const turn = queue;
    queue = [];
    if (turn.length === 0) return;
    const results: unknown[] = [];
    try {
      db.exec("BEGIN IMMEDIATE");
      for (const { run } of turn) results.push(run());
      db.exec("COMMIT");
    } catch (error) {
      undo(db);
      const rejection = failure(error);
      for (const { reject } of turn) reject(rejection);
      return;
    }
    for (const [i, { resolve }] of turn.entries()) resolve(results[i]);
  }

  return {
    db,
    write<T>(run: () => T) {
      return new Promise<T>((resolve, reject) => {
        if (closed) return reject(failure(new Error("it was closed")));
        if (queue.push({ run, resolve: resolve as (value: unknown) => void, reject }) === 1) setImmediate(flush);
      });
    },
    read(work) {
      try {
        return work();
      } catch (error) {
        throw failure(error);
      }
    },
    close() {
      if (closed) return;
      flush();
      closed = true;
      db.close();
    },
  };
}

function undo(db: DatabaseSync): void {
  try {
    if (db.isTransaction) db.exec("ROLLBACK");
  } catch {
    // SQLite had rolled back by itself, as it does when the disk is full.
  }
}

function openDatabase(path: string, format: SqliteFormat): DatabaseSync {
  const isNew = path === ":memory:" || !existsSync(path) || statSync(path).size === 0;
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    if (!isNew) checkFormat(db, path, format);
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000");
    db.exec("BEGIN IMMEDIATE");
    // Another process may have made the tables while this one waited.
    if (pragma(db, "user_version") === 0) {
      db.exec(
        `PRAGMA application_id = ${format.applicationId}; PRAGMA user_version = ${format.version}; ${format.schema}`,
      );
    }
    db.exec("COMMIT");
    return db;
  } catch (error) {
    db?.close();
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(
      `the ${format.what} ${path} cannot be opened: ${asError(error).message}; ${cureOf(asError(error))}`,
      {
        cause: error,
      },
    );
  }
}

function checkFormat(db: DatabaseSync, path: string, { what, applicationId, version }: SqliteFormat): void {
  const [application, found] = [pragma(db, "application_id"), pragma(db, "user_version")];
  if (application === 0 && found === 0 && pragma(db, "schema_version") === 0) return; // killed before its first write
  if (application !== applicationId) {
    throw new ConfigurationError(`${path} is no ${what} of Wadi; it is left as it is. Choose another data folder`);
  }
  if (found > version) {
    throw new ConfigurationError(
      `the ${what} ${path} was written by a newer Wadi (format ${found}, this one knows ${version}); it is left as it is. ` +
        "Start that newer Wadi, or choose another data folder",
    );
  }
}

function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() as object)[0]);
}

const CURES: Readonly<Record<number, string>> = {
  5: "another process holds it: stop that one",
  8: "it may only be read: give this user the right to write",
  10: "the disk fails: look at the system's log",
  11: "it is damaged and left as it is: restore a copy, or choose another data folder",
  13: "the disk is full: make room, and it goes on by itself",
  14: "give this user the right to write there, or choose another data folder",
  26: "it is damaged or no SQLite file, and left as it is: restore a copy, or choose another data folder",
};

function cureOf(error: Error & { errcode?: number }): string {
  return CURES[(error.errcode ?? 0) & 0xff] ?? "what happened is in the message";
}
