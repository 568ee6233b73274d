// The embedded store: one SQLite file, complete and real. `:memory:` has it without a file.

import { damagedError } from "../../database.ts";
import type { SyncLog } from "../../write-ahead-log.ts";
import { joinsOnceAgreed } from "../agreed-joins.ts";
import { createStoreRetention } from "../agreement.ts";
import { foldState } from "../fold.ts";
import type { Store, StoreOptions } from "../store.ts";
import { ACTIVITY_SCHEMA, createSqliteActivity } from "./activity.ts";
import { AGREEMENT_SCHEMA, createSqliteAgreement, FORMER_SCHEMA } from "./agreement.ts";
import { openSqliteFile, type SqliteFile } from "./file.ts";
import { JOIN_DELAYS_SCHEMA } from "./join-counts.ts";
import { createSqliteJoins, JOIN_SCHEMA, SERVED_SCHEMA } from "./joins.ts";
import { createSqliteModels } from "./models.ts";
import { MODEL_SCHEMA, MODEL_UPGRADE, TAIL_UPGRADE } from "./sets.ts";

const FORMAT = {
  what: "store",
  applicationId: 0x77616469,
  version: 7,
  schema: MODEL_SCHEMA + JOIN_SCHEMA + ACTIVITY_SCHEMA + AGREEMENT_SCHEMA + FORMER_SCHEMA,
  upgrades: {
    1: MODEL_UPGRADE,
    2: AGREEMENT_SCHEMA,
    3: FORMER_SCHEMA,
    4: JOIN_DELAYS_SCHEMA,
    5: TAIL_UPGRADE,
    6: SERVED_SCHEMA,
  },
  code: "store-unavailable",
};

/** @throws ConfigurationError for a file that is no store of this version, naming the cure; it is left as it is. */
export function openSqliteStore(path: string, options: StoreOptions): Store {
  return storeIn(openStoreFile(path), path, options);
}

/** One that ends with the process: what is in it does not survive the machine. @throws ConfigurationError. */
export function openScratchStore(path: string, options: StoreOptions): Store {
  return storeIn(openSqliteFile(path, { ...FORMAT, isScratch: true }), path, options);
}

function storeIn(file: SqliteFile, path: string, options: StoreOptions): Store {
  try {
    return createSqliteStore(file, options, path);
  } catch (error) {
    file.close();
    throw damagedError(FORMAT.what, path, error);
  }
}

/** @throws ConfigurationError, as `openSqliteStore` does. */
export function openStoreFile(path: string, sync?: SyncLog): SqliteFile {
  return openSqliteFile(path, FORMAT, sync);
}

export function createSqliteStore(file: SqliteFile, options: StoreOptions, path = "<file>"): Store {
  const { now, joinWindowMs, snapshots, fold = foldState } = options;
  const agreement = createSqliteAgreement(file, path, now);
  const retention = createStoreRetention(agreement, options.retention, now);
  const windowMs = (pipeline: string) => joinWindowMs(pipeline, retention.current());
  // Reads the file, which SELECT 1 would not.
  const probe = file.db.prepare("SELECT count(*) FROM sqlite_schema");
  return {
    models: createSqliteModels(file, now, fold, snapshots),
    joins: joinsOnceAgreed(createSqliteJoins(file, now, windowMs), retention),
    activity: createSqliteActivity(file),
    agreement,
    retention,
    check: async () => void file.read(() => probe.get()),
    close: async () => file.close(),
  };
}
