// The tails of states in SQLite: what was learned since the base, an entry for each version.

import type { DatabaseSync } from "node:sqlite";

/** Of a state; `version` and `revision` of the commit that it came with. */
export interface TailRow {
  readonly version: number;
  readonly revision: string;
  readonly entry: string;
}

export const TAIL_SCHEMA = `
  CREATE TABLE tails (
    state_id INTEGER NOT NULL, version INTEGER NOT NULL, revision TEXT NOT NULL, entry TEXT NOT NULL,
    PRIMARY KEY (state_id, version)
  ) WITHOUT ROWID;
`;

export interface SqliteTails {
  append(stateId: number, row: TailRow): void;
  /** In place of what there was. */
  replace(stateId: number, rows: readonly TailRow[]): void;
  /** Oldest first; those after a version. */
  after(stateId: number, version: number): readonly TailRow[];
  /** Whether that version of the tail has that revision. */
  has(stateId: number, version: number, revision: string): boolean;
}

export function createTails(db: DatabaseSync): SqliteTails {
  const insert = db.prepare("INSERT INTO tails (state_id, version, revision, entry) VALUES (?, ?, ?, ?)");
  const remove = db.prepare("DELETE FROM tails WHERE state_id = ?");
  const select = db.prepare(
    "SELECT version, revision, entry FROM tails WHERE state_id = ? AND version > ? ORDER BY version",
  );
  const selectOne = db.prepare("SELECT 1 FROM tails WHERE state_id = ? AND version = ? AND revision = ?");

  function append(stateId: number, { version, revision, entry }: TailRow): void {
    insert.run(stateId, version, revision, entry);
  }

  return {
    append,
    replace(stateId, rows) {
      remove.run(stateId);
      for (const row of rows) append(stateId, row);
    },
    after: (stateId, version) => select.all(stateId, version) as unknown as TailRow[],
    has: (stateId, version, revision) => selectOne.get(stateId, version, revision) !== undefined,
  };
}
