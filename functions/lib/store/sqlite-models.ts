// The ModelStore in SQLite. The pointer to the generation in force stands in `sets`; each generation has its own row in
// `states`, and its learned ids beside it.

import type { SqliteFile } from "./sqlite-file.ts";
import { createSweep } from "./sqlite-sweep.ts";
import type { Commit, CommitAnswer, Head, HistoryPoint, LearnedId, ModelStore, StoredModel } from "./store.ts";

export const MODEL_SCHEMA = `
  CREATE TABLE sets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, generation TEXT NOT NULL,
    hold_token TEXT, hold_until INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE states (
    id INTEGER PRIMARY KEY, set_id INTEGER NOT NULL, generation TEXT NOT NULL,
    version INTEGER NOT NULL, revision TEXT NOT NULL, state TEXT NOT NULL, UNIQUE (set_id, generation)
  );
  CREATE TABLE learned (
    state_id INTEGER NOT NULL, id INTEGER NOT NULL, expires_hour INTEGER NOT NULL, PRIMARY KEY (state_id, id)
  ) WITHOUT ROWID;
  CREATE TABLE history (
    state_id INTEGER NOT NULL, version INTEGER NOT NULL, point TEXT NOT NULL, PRIMARY KEY (state_id, version)
  ) WITHOUT ROWID;
  CREATE TABLE pipelines (name TEXT NOT NULL, revision INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, revision));
`;

const FIRST_GENERATION = "1";
const HISTORY_POINTS = 10_000;
const HOUR_MS = 3_600_000;

interface SetRow {
  readonly id: number;
  readonly generation: string;
  readonly hold_token: string | null;
  readonly hold_until: number;
}

interface StateRow {
  readonly id: number;
  readonly version: number;
  readonly revision: string;
  readonly state?: string;
}

export function createSqliteModels(file: SqliteFile, now: () => number): ModelStore {
  const { db } = file;
  const selectSet = db.prepare("SELECT id, generation, hold_token, hold_until FROM sets WHERE name = ?");
  const insertSet = db.prepare(
    "INSERT INTO sets (name, generation) VALUES (?, ?) RETURNING id, generation, hold_token, hold_until",
  );
  const selectHead = db.prepare("SELECT id, version, revision FROM states WHERE set_id = ? AND generation = ?");
  const selectState = db.prepare("SELECT id, version, revision, state FROM states WHERE set_id = ? AND generation = ?");
  const insertState = db.prepare(
    "INSERT INTO states (set_id, generation, version, revision, state) VALUES (?, ?, 0, '', '') RETURNING id, version, revision",
  );
  const updateState = db.prepare("UPDATE states SET version = ?, revision = ?, state = ? WHERE id = ?");
  const selectLearned = db.prepare("SELECT 1 FROM learned WHERE state_id = ? AND id = ?");
  const insertLearned = db.prepare("INSERT INTO learned (state_id, id, expires_hour) VALUES (?, ?, ?)");
  const insertHistory = db.prepare("INSERT INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const trimHistory = db.prepare("DELETE FROM history WHERE state_id = ? AND version <= ?");
  const setHold = db.prepare("UPDATE sets SET hold_token = ?, hold_until = ? WHERE id = ?");
  const setGeneration = db.prepare("UPDATE sets SET generation = ?, hold_token = NULL, hold_until = 0 WHERE id = ?");
  const newestPipeline = db.prepare(
    "SELECT revision, digest FROM pipelines WHERE name = ? ORDER BY revision DESC LIMIT 1",
  );
  const insertPipeline = db.prepare("INSERT INTO pipelines (name, revision, digest) VALUES (?, ?, ?)");
  const sweepLearned = createSweep(db, {
    page: "SELECT state_id, id, expires_hour FROM learned WHERE (state_id, id) > (?, ?) ORDER BY state_id, id LIMIT ?",
    remove: "DELETE FROM learned WHERE state_id = ? AND id = ?",
    key: ["state_id", "id"],
    isDead: (row, at) => Number(row["expires_hour"]) * HOUR_MS <= at,
  });

  const setOf = (name: string) => selectSet.get(name) as SetRow | undefined;
  const makeSet = (name: string) => setOf(name) ?? (insertSet.get(name, FIRST_GENERATION) as unknown as SetRow);
  const headOf = (set: SetRow) =>
    (selectHead.get(set.id, set.generation) ?? insertState.get(set.id, set.generation)) as unknown as StateRow;
  const isHeld = (set: SetRow) => set.hold_token !== null && set.hold_until > now();

  function stored(name: string, generation?: string): StoredModel {
    const set = setOf(name);
    const wanted = generation ?? set?.generation ?? FIRST_GENERATION;
    const row = set && (selectState.get(set.id, wanted) as StateRow | undefined);
    return { generation: wanted, version: row?.version ?? 0, revision: row?.revision ?? "", state: row?.state ?? "" };
  }

  function learnedOf(state: StateRow, ids: readonly LearnedId[]): string[] {
    return ids.filter(({ id }) => selectLearned.get(state.id, BigInt(id)) !== undefined).map(({ id }) => id);
  }

  function commitNow(name: string, commit: Commit): CommitAnswer {
    const set = makeSet(name);
    const head = headOf(set);
    if (head.revision === commit.revision) return { outcome: "committed", version: head.version };
    if (isHeld(set)) return { outcome: "held", until: set.hold_until };
    const learned = learnedOf(head, commit.ids);
    if (set.generation !== commit.generation || head.revision !== commit.expectedRevision) {
      return { outcome: "conflict", current: stored(name), learned };
    }
    if (learned.length > 0) return { outcome: "duplicate", learned };
    const version = head.version + 1;
    updateState.run(version, commit.revision, commit.state, head.id);
    for (const { id, expiresAt } of commit.ids) insertLearned.run(head.id, BigInt(id), Math.ceil(expiresAt / HOUR_MS));
    if (commit.history !== undefined) insertHistory.run(head.id, version, commit.history);
    trimHistory.run(head.id, version - HISTORY_POINTS);
    sweepLearned(now(), commit.ids.length);
    return { outcome: "committed", version };
  }

  return {
    pipelineRevision: (pipeline, digest) =>
      file.write(() => {
        const newest = newestPipeline.get(pipeline) as { revision: number; digest: string } | undefined;
        if (newest?.digest === digest) return newest.revision;
        const revision = (newest?.revision ?? 0) + 1;
        insertPipeline.run(pipeline, revision, digest);
        return revision;
      }),
    head: async (name) =>
      file.read((): Head => {
        const set = setOf(name);
        const row = set && (selectHead.get(set.id, set.generation) as StateRow | undefined);
        return {
          generation: set?.generation ?? FIRST_GENERATION,
          version: row?.version ?? 0,
          revision: row?.revision ?? "",
        };
      }),
    load: async (name) => file.read(() => stored(name)),
    loadGeneration: async (name, generation) => file.read(() => stored(name, generation)),
    commit: (name, commit) => file.write(() => commitNow(name, commit)),
    history: async (name, limit) =>
      file.read(() => {
        const set = setOf(name);
        const head = set && (selectHead.get(set.id, set.generation) as StateRow | undefined);
        if (head === undefined) return [];
        const newest = db.prepare(
          "SELECT version, point FROM history WHERE state_id = ? ORDER BY version DESC LIMIT ?",
        );
        return newest.all(head.id, limit) as unknown as HistoryPoint[];
      }),
    sets: async () =>
      file.read(() =>
        db
          .prepare("SELECT name FROM sets ORDER BY name")
          .all()
          .map(({ name }) => String(name)),
      ),
    learnedCount: async (name) =>
      file.read(() => {
        const set = setOf(name);
        const count = db.prepare(
          "SELECT count(*) AS n FROM learned WHERE state_id = (SELECT id FROM states WHERE set_id = ? AND generation = ?)",
        );
        return set === undefined ? 0 : Number(count.get(set.id, set.generation)?.["n"]);
      }),
    hold: (name, token, ttlMs) =>
      file.write(() => {
        const set = makeSet(name);
        if (isHeld(set) && set.hold_token !== token) return false;
        setHold.run(token, now() + ttlMs, set.id);
        return true;
      }),
    release: (name, token) =>
      file.write(() => {
        const set = setOf(name);
        if (set?.hold_token === token) setHold.run(null, 0, set.id);
      }),
    promote: (name, { token, generation, expectedRevision }) =>
      file.write(() => {
        const set = makeSet(name);
        if (!isHeld(set) || set.hold_token !== token || headOf(set).revision !== expectedRevision) return false;
        setGeneration.run(generation, set.id);
        return true;
      }),
  };
}
