// The journal's file. A broker keeps it to itself: two on one journal would both deliver.

import type { DatabaseSync } from "node:sqlite";
import { openDatabase, type SqliteFormat } from "../../database.ts";
import { DEAD_LETTERS } from "../letter-table.ts";

const SCHEMA = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,       -- taken in, epoch milliseconds
    hops INTEGER NOT NULL,
    type TEXT NOT NULL,          -- of the event: a trigger that cannot match it need not read on
    attributes TEXT NOT NULL,
    data ANY                     -- see event-row.ts
  ) STRICT;
  CREATE TABLE positions (
    trigger TEXT PRIMARY KEY,
    up_to INTEGER NOT NULL,
    open TEXT NOT NULL           -- JSON list of sequence numbers
  ) STRICT;
${DEAD_LETTERS}`;

const FORMAT: SqliteFormat = {
  what: "journal",
  applicationId: 0x5741444a, // "WADJ"
  version: 1,
  schema: SCHEMA,
  code: "journal-unavailable",
  exclusive: true,
};

/** Makes the file where there is none. @throws ConfigurationError naming the file and the cure. */
export function openJournalFile(path: string): DatabaseSync {
  return openDatabase(path, FORMAT);
}
