// A SQLite file that is written in one transaction a turn of the event loop.
//
//   Q1  node:sqlite is synchronous. All work of one turn is written in one transaction, so that one fsync serves all.
//   Q2  A refusal is a value. A SQLite failure undoes the whole turn and rejects all of its work: nothing is half done. Work
//       that fails for a reason of its own is taken out of the turn and fails alone.
//   Q3  A promise resolves after the commit, when the data is on disk (WAL, synchronous=FULL).
//   Q4  A turn with nothing but work in the background does not hold the event loop up: its transaction only goes to the log,
//       and the log to the disk beside the loop. What comes meanwhile waits for the next such transaction, or is taken along
//       by a turn that cannot wait. Others may read it before it is on disk. Who is told by a write is told after that
//       write's own fsync of the same log, which has all that it read; a prediction that nobody records promises nothing.

import type { DatabaseSync } from "node:sqlite";
import { codeOf, cureOf, openDatabase, type SqliteFormat } from "../../database.ts";
import { asError, UnavailableError } from "../../errors.ts";
import { openLog, type SyncLog } from "../../write-ahead-log.ts";

export interface SqliteFile {
  readonly db: DatabaseSync;
  /**
   * Runs `work` in the transaction of this turn, perhaps more than once; only its last result counts.
   * Rejects with UnavailableError where it could not be written.
   */
  write<T>(work: () => T): Promise<T>;
  /** As `write`, in the background (Q4): for what each event writes, and what can be asked for again where the disk failed. */
  writeInBackground<T>(work: () => T): Promise<T>;
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

/**
 * @param sync default: fdatasync.
 * @throws ConfigurationError for a file that is not of this format and version; nothing in it is changed.
 */
export function openSqliteFile(path: string, format: SqliteFormat, sync?: SyncLog): SqliteFile {
  const db = openDatabase(path, format);
  const log = openLog(db, format, sync);
  let queue: Queued[] = [];
  let waiting: Queued[] = [];
  let isDue = false;
  let isSyncing = false;
  let closed = false;

  function unavailable(cause: Error): UnavailableError {
    const problem = closed ? "it was closed; open it again" : `${cause.message}; ${cureOf(cause)}`;
    return new UnavailableError(format.code, `the ${format.what} ${path} cannot be used: ${problem}`, { cause });
  }

  function refuse(turn: readonly Queued[], cause: unknown): void {
    const rejection = unavailable(asError(cause));
    for (const { reject } of turn) reject(rejection);
  }

  function flush(isLast = false): void {
    isDue = false;
    const inBackground = queue.length === 0 && log !== undefined && !isLast;
    if (inBackground && isSyncing) return;
    const turn = waiting.length === 0 ? queue : [...queue, ...waiting];
    queue = [];
    waiting = [];
    commit(turn, inBackground);
  }

  function commit(turn: readonly Queued[], inBackground: boolean): void {
    if (turn.length === 0) return;
    const results: unknown[] = [];
    try {
      log?.begin(inBackground);
    } catch (error) {
      return void refuse(turn, error);
    }
    try {
      db.exec("BEGIN IMMEDIATE");
      for (const { run } of turn) results.push(run());
      db.exec("COMMIT");
    } catch (error) {
      undo(db);
      const culprit = codeOf(error) === undefined ? turn[results.length] : undefined;
      if (culprit === undefined) return void refuse(turn, error);
      culprit.reject(error);
      const others = turn.filter((one) => one !== culprit);
      return void commit(others, inBackground);
    }
    const resolve = () => turn.forEach((one, i) => void one.resolve(results[i]));
    if (!inBackground) return void resolve();
    isSyncing = true;
    log?.sync((error) => {
      isSyncing = false;
      // First what waits, so that the disk is at work while this turn is answered.
      if (waiting.length > 0) flush();
      if (error === null) resolve();
      else refuse(turn, error);
    });
  }

  function soon(): void {
    if (isDue) return;
    isDue = true;
    setImmediate(() => flush());
  }

  function queued<T>(run: () => T, isPatient: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (closed) return reject(unavailable(new Error("closed")));
      const one = { run, resolve: resolve as (value: unknown) => void, reject };
      if (isPatient) waiting.push(one);
      else queue.push(one);
      soon();
    });
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
    write: (run) => queued(run, false),
    writeInBackground: (run) => queued(run, true),
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
      flush(true);
      closed = true;
      log?.close();
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
