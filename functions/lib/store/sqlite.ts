// The embedded store: one SQLite file, complete and real. `:memory:` has it without a file.

import { ACTIVITY_SCHEMA, createSqliteActivity } from "./sqlite-activity.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import { createSqliteJoins, JOIN_SCHEMA } from "./sqlite-joins.ts";
import { createSqliteModels, MODEL_SCHEMA } from "./sqlite-models.ts";
import type { Store, StoreOptions } from "./store.ts";

const FORMAT = {
  what: "store",
  applicationId: 0x77616469,
  version: 1,
  schema: MODEL_SCHEMA + JOIN_SCHEMA + ACTIVITY_SCHEMA,
  code: "store-unavailable",
};

/** @throws ConfigurationError for a file that is no store of this version, naming the cure; it is left as it is. */
export function openSqliteStore(path: string, { now, joinWindowMs }: StoreOptions): Store {
  const file = openSqliteFile(path, FORMAT);
  return {
    models: createSqliteModels(file, now),
    joins: createSqliteJoins(file, now, joinWindowMs),
    activity: createSqliteActivity(file),
    check: async () => void file.read(() => file.db.prepare("SELECT 1").get()),
    close: async () => file.close(),
  };
}
