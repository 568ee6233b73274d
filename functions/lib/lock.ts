// One process a data folder. The lock is one of SQLite's, so that a kill -9 lets go of it.

import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConfigurationError } from "./errors.ts";

// `isLocked` holds the lock while it asks: wait that out.
const ASKED_MS = 100;

/**
 * Locks the folder, made where it is missing, and removes the `admin.json` of a killed Wadi. Call what it returns to unlock.
 * @throws ConfigurationError where it is held or unusable.
 */
export function lockFolder(folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    // What clients send lies in it: it is this user's alone.
    makeFolder(resolve(folder));
    const held = new DatabaseSync(join(folder, "lock"), { timeout: ASKED_MS });
    lock = held;
    // Without a rollback journal on disk there is nothing to recover after a crash.
    held.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    rmSync(join(folder, "admin.json"), { force: true });
    return () => held.close();
  } catch (error) {
    lock?.close();
    throw lockError(folder, error as Error & { errcode?: number });
  }
}

/** As mkdir -p; Node's own `recursive` never returns where a parent takes no folders, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/** Whether a live process holds the lock, whatever files a dead one left in the folder. Makes nothing. */
export function isLocked(folder: string): boolean {
  const file = join(folder, "lock");
  if (!existsSync(file)) return false;
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(file, { readOnly: true });
    lock.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    return (error as { errcode?: number }).errcode === SQLITE_BUSY;
  } finally {
    lock?.close();
  }
}

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

function lockError(folder: string, error: Error & { errcode?: number }): ConfigurationError {
  const cures: Readonly<Record<number, string>> = {
    [SQLITE_BUSY]: "is used by another Wadi process; stop that one or choose another folder (--data)",
    [SQLITE_NOTADB]: `cannot be used: its file lock is not Wadi's; remove that file, or choose another folder (--data)`,
  };
  const cure =
    cures[error.errcode ?? 0] ?? `cannot be used: ${error.message}; choose one that may be written, with room (--data)`;
  return new ConfigurationError(`the data folder ${folder} ${cure}`, { cause: error });
}
