// The tables of model sets in SQLite. `sets` points at the generation in force; each generation has its own row in `states`,
// and its learned ids, history and snapshots in tables of their own.

import type { DatabaseSync } from "node:sqlite";
import type { BaseAndTail, Head } from "../stored-model.ts";
import { createTails, TAIL_SCHEMA, type TailRow } from "./tails.ts";

const SNAPSHOTS = `
  CREATE TABLE snapshots (
    state_id INTEGER NOT NULL, version INTEGER NOT NULL, revision TEXT NOT NULL, time INTEGER NOT NULL,
    kept TEXT NOT NULL, made_by TEXT, point TEXT NOT NULL, state TEXT NOT NULL, PRIMARY KEY (state_id, version)
  ) WITHOUT ROWID;
`;

/** From the tables as they were while a state was always whole. `tail` of a snapshot: JSON of its rows. */
export const TAIL_UPGRADE = `
  ALTER TABLE states ADD COLUMN base_version INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE states ADD COLUMN base_revision TEXT NOT NULL DEFAULT '';
  ALTER TABLE snapshots ADD COLUMN tail TEXT NOT NULL DEFAULT '[]';
  ${TAIL_SCHEMA}
`;

/**
 * `previous`: the generation that was in force before. `added`: ids imported into a state that has no version yet. `state`: the
 * base, which was the state at `base_version`; what was learned since is in `tails`.
 */
export const MODEL_SCHEMA = `
  CREATE TABLE sets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation TEXT NOT NULL,
    hold_token TEXT, hold_until INTEGER NOT NULL DEFAULT 0, previous TEXT
  );
  CREATE TABLE states (
    id INTEGER PRIMARY KEY, set_id INTEGER NOT NULL, generation TEXT NOT NULL,
    version INTEGER NOT NULL, revision TEXT NOT NULL, state TEXT NOT NULL,
    added INTEGER NOT NULL DEFAULT 0, retired INTEGER NOT NULL DEFAULT 0, UNIQUE (set_id, generation)
  );
  CREATE TABLE learned (
    state_id INTEGER NOT NULL, id INTEGER NOT NULL, expires_hour INTEGER NOT NULL, PRIMARY KEY (state_id, id)
  ) WITHOUT ROWID;
  CREATE TABLE history (
    state_id INTEGER NOT NULL, version INTEGER NOT NULL, point TEXT NOT NULL, PRIMARY KEY (state_id, version)
  ) WITHOUT ROWID;
  CREATE TABLE pipelines (name TEXT NOT NULL, revision INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, revision));
  ${SNAPSHOTS}
  ${TAIL_UPGRADE}
`;

/** From the tables as they were before there were snapshots. */
export const MODEL_UPGRADE = `
  ALTER TABLE sets ADD COLUMN previous TEXT;
  ALTER TABLE states ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE states ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
  ${SNAPSHOTS}
`;

const FIRST_GENERATION = "1";
const NEVER_COMMITTED = { version: 0, revision: "" };

export interface SetRow {
  readonly id: number;
  readonly generation: string;
  readonly hold_token: string | null;
  readonly hold_until: number;
  readonly previous: string | null;
}

export interface StateRow {
  readonly id: number;
  readonly version: number;
  readonly revision: string;
  readonly added: number;
  readonly retired: number;
  readonly base_version: number;
  readonly base_revision: string;
}

/** A version of a state, as it is kept: the rows of its tail end with that version. */
export interface KeptVersion {
  readonly version: number;
  readonly revision: string;
  readonly base: string;
  readonly tail: readonly TailRow[];
}

export type SqliteSets = ReturnType<typeof createSets>;

export function createSets(db: DatabaseSync, now: () => number) {
  const columns = "id, generation, hold_token, hold_until, previous";
  const selectSet = db.prepare(`SELECT ${columns} FROM sets WHERE name = ?`);
  const insertSet = db.prepare(`INSERT INTO sets (name, generation) VALUES (?, ?) RETURNING ${columns}`);
  // One statement is one step, beside other processes too. '0' follows '/' in ASCII, so the range is `<pipeline>/…`.
  const reserveSet = db.prepare(
    `INSERT INTO sets (name, generation) SELECT ?1, ?2
     WHERE (SELECT count(*) FROM sets WHERE name >= ?3 || '/' AND name < ?3 || '0') < ?4 ON CONFLICT DO NOTHING`,
  );
  const head = "id, version, revision, added, retired, base_version, base_revision";
  const selectHead = db.prepare(`SELECT ${head} FROM states WHERE set_id = ? AND generation = ?`);
  const selectInForce = db.prepare(
    `SELECT sets.generation AS generation, version, revision FROM sets
     LEFT JOIN states ON set_id = sets.id AND states.generation = sets.generation WHERE name = ?`,
  );
  const selectBase = db.prepare("SELECT state FROM states WHERE id = ?");
  const tails = createTails(db);
  const insertState = db.prepare(
    "INSERT INTO states (set_id, generation, version, revision, state) VALUES (?, ?, 0, '', '') RETURNING *",
  );
  const updateState = db.prepare(
    "UPDATE states SET version = ?, revision = ?, state = ?, base_version = ?, base_revision = ? WHERE id = ?",
  );
  const updateHead = db.prepare("UPDATE states SET version = ?, revision = ? WHERE id = ?");

  const setOf = (name: string) => selectSet.get(name) as SetRow | undefined;
  const inForce = (set: SetRow | undefined) => set?.generation ?? FIRST_GENERATION;
  const headOf = (set: SetRow | undefined, generation: string) =>
    set && (selectHead.get(set.id, generation) as StateRow | undefined);

  const baseOf = (id: number) => String(selectBase.get(id)?.["state"] ?? "");
  function isOnTheWay(row: StateRow, { version, revision }: Pick<Head, "version" | "revision">): boolean {
    if (revision === "") return false;
    if (version === row.base_version) return revision === row.base_revision;
    return version <= row.version && tails.has(row.id, version, revision);
  }

  return {
    now,
    setOf,
    inForce,
    makeSet: (name: string) => setOf(name) ?? (insertSet.get(name, FIRST_GENERATION) as unknown as SetRow),
    /** Makes it where its pipeline has fewer than `most`. */
    reserveSet: (name: string, most: number) =>
      void reserveSet.run(name, FIRST_GENERATION, name.slice(0, name.indexOf("/")), most),
    headOf,
    /** The row of the generation in force. */
    rowInForce(name: string) {
      const set = setOf(name);
      return headOf(set, inForce(set));
    },
    headInForce(name: string): Head {
      const row = selectInForce.get(name) as
        | { generation: string; version: number | null; revision: string }
        | undefined;
      if (row === undefined || row.version === null) {
        return { generation: row?.generation ?? FIRST_GENERATION, ...NEVER_COMMITTED };
      }
      return { generation: row.generation, version: row.version, revision: row.revision };
    },
    /** Undefined where commits are not held. */
    heldUntil: (set: SetRow | undefined): number | undefined =>
      set?.hold_token != null && set.hold_until > now() ? set.hold_until : undefined,
    /** Whole, or the tail since a version that is known and on the way. */
    stored(name: string, generation?: string, known?: Pick<Head, "version" | "revision">): BaseAndTail {
      const set = setOf(name);
      const wanted = generation ?? inForce(set);
      const row = headOf(set, wanted);
      if (row === undefined) return { generation: wanted, ...NEVER_COMMITTED, base: "", tail: [] };
      const { version, revision } = row;
      const isKnown = known !== undefined && isOnTheWay(row, known);
      const tail = tails.after(row.id, isKnown ? known.version : row.base_version).map(({ entry }) => entry);
      return { generation: wanted, version, revision, base: isKnown ? undefined : baseOf(row.id), tail };
    },
    kept: ({ id, version, revision, base_version: from }: StateRow): KeptVersion => {
      return { version, revision, base: baseOf(id), tail: tails.after(id, from) };
    },
    /** The version after the one that is stored. */
    append(id: number, row: TailRow): void {
      updateHead.run(row.version, row.revision, id);
      tails.append(id, row);
    },
    /** A generation without a version, for what is to be imported. */
    makeState: (set: SetRow, generation: string) => insertState.get(set.id, generation) as unknown as StateRow,
    /** Its tail is gone, unless it is put back with it: the rows, oldest first, of which the last one made that version. */
    replaceState(id: number, { version, revision, base, tail }: KeptVersion): void {
      const from = version - tail.length;
      updateState.run(version, revision, base, from, tail.length === 0 ? revision : "", id);
      const renumbered = tail.map((row, i) => ({ ...row, version: from + 1 + i }));
      tails.replace(
        id,
        renumbered.map((row) => (row.version === version ? { ...row, revision } : row)),
      );
    },
  };
}
