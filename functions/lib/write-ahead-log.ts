// The write-ahead log of a SQLite file, synced beside the event loop.
//
//   L1  A transaction that is to be synced later is written with synchronous=NORMAL: SQLite then writes it to the log and does not
//       wait. The log cannot be deleted and made anew meanwhile, since this process has the file open.
//   L2  A sync that failed says nothing of what it was to write, and the next one may succeed without it. Then all of the log is
//       moved into the file, which is synced as well, before anything else is written.

import { close, fdatasync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { SqliteFormat } from "./database.ts";

/** Calls back once all that was written to the file before is on disk. */
export type SyncLog = (fd: number, done: (error: Error | null) => void) => void;

export interface WriteAheadLog {
  /** Before a transaction: whether it is synced later. @throws Error of SQLite. */
  begin(isSyncedLater: boolean): void;
  /** L2: moves what a failed sync may have left out. @throws Error of SQLite. */
  secure(): void;
  /** `done` is called later, never before this returns. */
  sync(done: (error: Error | null) => void): void;
  /** Once a sync that is under way is done. */
  close(): void;
}

/** Undefined where there is nothing to sync: in memory, and for a file that ends with its process. */
export function openLog(
  db: DatabaseSync,
  { isScratch }: Pick<SqliteFormat, "isScratch">,
  syncLog: SyncLog = fdatasync,
): WriteAheadLog | undefined {
  const location = db.location();
  if (location === null || isScratch === true) return undefined;
  let fd: number | undefined;
  let isSyncedLater = false;
  let isUnsure = false;
  let syncs = 0;
  let closed = false;

  function closeUnused(): void {
    if (!closed || syncs > 0 || fd === undefined) return;
    close(fd, () => {}); // nothing was written through it
    fd = undefined;
  }

  function secure(): void {
    if (isUnsure) moveAll(db);
    isUnsure = false;
  }

  return {
    secure,
    begin(later) {
      secure();
      if (later === isSyncedLater) return;
      db.exec(`PRAGMA synchronous = ${later ? "NORMAL" : "FULL"}`);
      isSyncedLater = later;
    },
    sync(done) {
      syncs++;
      const settled = (error: Error | null) => {
        syncs--;
        isUnsure ||= error !== null;
        closeUnused();
        done(error);
      };
      try {
        fd ??= openSync(`${location}-wal`, "r+");
        syncLog(fd, settled);
      } catch (error) {
        queueMicrotask(() => settled(error as Error));
      }
    },
    close() {
      closed = true;
      closeUnused();
    },
  };
}

/** L2. @throws Error where the file fails, or where a reader holds an earlier state for too long. */
function moveAll(db: DatabaseSync): void {
  const moved = db.prepare("PRAGMA wal_checkpoint(FULL)").get();
  if (moved?.["busy"] !== 0) throw new Error("its log could not be synced, nor moved into it while others read it");
}
