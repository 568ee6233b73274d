// A SQLite file that is written in one transaction a turn of the event loop.
//
//   Q1  node:sqlite is synchronous. All work of one turn is written in one transaction, so that one fsync serves all.
//   Q2  A refusal is a value. A SQLite failure undoes the whole turn and rejects all of its work: nothing is half done. Work
//       that fails for a reason of its own is taken out of the turn and fails alone.
//   Q3  A promise resolves after the commit, when the data is on disk (WAL, synchronous=FULL).

import type { DatabaseSync } from "node:sqlite";
import { codeOf, cureOf, openDatabase, type SqliteFormat } from "../../database.ts";
import { asError, UnavailableError } from "../../errors.ts";

export interface SqliteFile {
  readonly db: DatabaseSync;
  /**
   * Runs `work` in the transaction of this turn, perhaps more than once; only its last result counts.
   * Rejects with UnavailableError where it could not be written.
   */
  write<T>(work: () => T): Promise<T>;
  /** Runs `work` now, outside any transaction. @throws UnavailableError. */
  read<T>(work: () => T): T;
  /** As `read`, of one state of the file, whatever other processes write meanwhile. */
  readTogether<T>(work: () => T): T;
  /** Writes what is queued, then closes. Later calls are rejected. */
  close(): void;
}

interface Queued {
  run(): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** @throws ConfigurationError for a file that is not of this format and version; nothing in it is changed. */
export function openSqliteFile(path: string, format: SqliteFormat): SqliteFile {
  const db = openDatabase(path, format);
  let queue: Queued[] = [];
  let closed = false;

  function unavailable(cause: Error): UnavailableError {
    const problem = closed ? "it was closed; open it again" : `${cause.message}; ${cureOf(cause)}`;
    return new UnavailableError(format.code, `the ${format.what} ${path} cannot be used: ${problem}`, { cause });
  }

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
      const culprit = codeOf(error) === undefined ? turn[results.length] : undefined;
      if (culprit === undefined) {
        const rejection = unavailable(asError(error));
        for (const { reject } of turn) reject(rejection);
      } else {
        culprit.reject(error);
        queue = turn.filter((one) => one !== culprit);
        flush();
      }
      return;
    }
    for (const [i, { resolve }] of turn.entries()) resolve(results[i]);
  }

  function read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!closed && codeOf(error) === undefined) throw error;
      throw unavailable(asError(error));
    }
  }

  return {
    db,
    write<T>(run: () => T) {
      return new Promise<T>((resolve, reject) => {
        if (closed) return reject(unavailable(new Error("closed")));
        if (queue.push({ run, resolve: resolve as (value: unknown) => void, reject }) === 1) setImmediate(flush);
      });
    },
    read,
    readTogether(work) {
      return read(() => {
        db.exec("BEGIN");
        try {
          return work();
        } finally {
          db.exec("COMMIT");
        }
      });
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
