// The embedded store: one SQLite file, complete and real. `:memory:` has it without a file.

import { damagedError } from "../../database.ts";
import type { Store, StoreOptions } from "../store.ts";
import { ACTIVITY_SCHEMA, createSqliteActivity } from "./activity.ts";
import { openSqliteFile, type SqliteFile } from "./file.ts";
import { createSqliteJoins, JOIN_SCHEMA } from "./joins.ts";
import { createSqliteModels } from "./models.ts";
import { MODEL_SCHEMA, MODEL_UPGRADE } from "./sets.ts";

const FORMAT = {
  what: "store",
  applicationId: 0x77616469,
  version: 2,
  schema: MODEL_SCHEMA + JOIN_SCHEMA + ACTIVITY_SCHEMA,
  upgrades: { 1: MODEL_UPGRADE },
  code: "store-unavailable",
};

/** @throws ConfigurationError for a file that is no store of this version, naming the cure; it is left as it is. */
export function openSqliteStore(path: string, options: StoreOptions): Store {
  const file = openStoreFile(path);
  try {
    return createSqliteStore(file, options);
  } catch (error) {
    file.close();
    throw damagedError(FORMAT.what, path, error);
  }
}

/** @throws ConfigurationError, as `openSqliteStore` does. */
export function openStoreFile(path: string): SqliteFile {
  return openSqliteFile(path, FORMAT);
}

export function createSqliteStore(file: SqliteFile, { now, joinWindowMs, snapshots }: StoreOptions): Store {
  // Reads the file, which SELECT 1 would not.
  const probe = file.db.prepare("SELECT count(*) FROM sqlite_schema");
  return {
    models: createSqliteModels(file, now, snapshots),
    joins: createSqliteJoins(file, now, joinWindowMs),
    activity: createSqliteActivity(file),
    check: async () => void file.read(() => probe.get()),
    close: async () => file.close(),
  };
}
