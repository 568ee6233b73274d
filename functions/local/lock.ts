// One process a data folder. The lock is one of SQLite's, so that a kill -9 lets go of it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConfigurationError } from "../lib/errors.ts";

/** Makes the folder where it is missing. The answer lets go. @throws ConfigurationError where it is held or unusable. */
export function lockFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    const lock = new DatabaseSync(join(folder, "lock"));
    // Without a rollback journal on disk there is nothing to recover after a crash.
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return () => lock.close();
  } catch (error) {
    throw lockError(folder, error as Error & { errcode?: number });
  }
}

const SQLITE_BUSY = 5;

function lockError(folder: string, error: Error & { errcode?: number }): ConfigurationError {
  const cure =
    error.errcode === SQLITE_BUSY
      ? `the data folder ${folder} is used by another Wadi process; stop that one or choose another folder (--data)`
      : `the data folder ${folder} cannot be used: ${error.message}; choose one that may be written (--data)`;
  return new ConfigurationError(cure, { cause: error });
}
