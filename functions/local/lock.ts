// One process a data folder. The lock is one of SQLite's, so that a kill -9 lets go of it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ConfigurationError } from "../lib/errors.ts";

/** Makes the folder where it is missing. The answer lets go. @throws ConfigurationError where it is held or unusable. */
export function lockFolder(folder: string): () => void {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    const held = new DatabaseSync(join(folder, "lock"));
    lock = held;
    // Without a rollback journal on disk there is nothing to recover after a crash.
    held.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return () => held.close();
  } catch (error) {
    lock?.close();
    throw lockError(folder, error as Error & { errcode?: number });
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
