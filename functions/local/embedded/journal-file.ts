// The journal's file. A broker keeps it to itself: two on one journal would both deliver.

import type { DatabaseSync } from "node:sqlite";
import { openDatabase, type SqliteFormat } from "../../lib/store/sqlite-open.ts";

/** Dead letters as letter-query.ts looks for them. */
export const DEAD_LETTERS = `
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,       -- of the event; where it has none, its id
    size INTEGER NOT NULL,       -- bytes that it takes of this file, see letter-size.ts
    attributes TEXT NOT NULL,
    data ANY
  ) STRICT;
  -- One for each way that letter-query.ts takes; what else may be asked stands behind, so that no letter is read for it.
  CREATE INDEX dead_letters_by_subject ON dead_letters (subject, number);
  CREATE INDEX dead_letters_by_reason ON dead_letters (reason, number, time, trigger);
  CREATE INDEX dead_letters_by_trigger ON dead_letters (trigger, number, time);
  CREATE INDEX dead_letters_by_time ON dead_letters (time, size);
`;

const SCHEMA = `
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,       -- taken in, epoch milliseconds
    hops INTEGER NOT NULL,
    type TEXT NOT NULL,          -- of the event: a trigger that cannot match it need not read on
    attributes TEXT NOT NULL,
    data ANY                     -- see row.ts
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
