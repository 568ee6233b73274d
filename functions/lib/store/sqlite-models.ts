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

/** A learned id as it is stored: a JavaScript number would lose bits of it. */
interface Id {
  readonly id: string;
  readonly number: bigint;
  readonly expiresHour: number;
}

interface StateRow {
  readonly id: number;
  readonly version: number;
  readonly revision: string;
  readonly state?: string;
}

const NEVER_COMMITTED = { version: 0, revision: "" };

const inForce = (set: SetRow | undefined) => set?.generation ?? FIRST_GENERATION;

/** @throws RangeError for what only a fault of the caller can bring. */
function readIds(ids: readonly LearnedId[]): readonly Id[] {
  const read = ids.map(({ id, expiresAt }) => ({
    id,
    number: BigInt(id),
    expiresHour: Math.ceil(expiresAt / HOUR_MS),
  }));
  const alien = read.find(({ number }) => BigInt.asUintN(63, number) !== number);
  if (alien !== undefined) throw new RangeError(`the learned id ${alien.id} has more than 63 bits`);
  if (new Set(read.map(({ number }) => number)).size < read.length) {
    throw new RangeError("a commit names an id twice: its state has learned that example twice");
  }
  return read;
}

export function createSqliteModels(file: SqliteFile, now: () => number): ModelStore {
  const { db } = file;
  const selectSet = db.prepare("SELECT id, generation, hold_token, hold_until FROM sets WHERE name = ?");
  const insertSet = db.prepare(
    "INSERT INTO sets (name, generation) VALUES (?, ?) RETURNING id, generation, hold_token, hold_until",
  );
  const committed = "EXISTS (SELECT 1 FROM states WHERE set_id = sets.id)";
  const selectSets = db.prepare(
    `SELECT name FROM sets WHERE ${committed} AND name > ?1 AND name >= ?3 AND name < ?3 || char(1114111) ORDER BY name LIMIT ?2`,
  );
  const countSets = db.prepare(
    `SELECT count(*) AS n FROM sets WHERE ${committed} AND name >= ?1 AND name < ?1 || char(1114111)`,
  );
  // One statement is one step, beside other processes too. The sign behind the slash is the zero.
  const reserveSet = db.prepare(
    `INSERT INTO sets (name, generation) SELECT ?1, ?2
     WHERE (SELECT count(*) FROM sets WHERE name >= ?3 || '/' AND name < ?3 || '0') < ?4 ON CONFLICT DO NOTHING`,
  );
  const selectHead = db.prepare("SELECT id, version, revision FROM states WHERE set_id = ? AND generation = ?");
  const selectState = db.prepare("SELECT id, version, revision, state FROM states WHERE set_id = ? AND generation = ?");
  const putState = db.prepare(
    `INSERT INTO states (set_id, generation, version, revision, state) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET version = ?3, revision = ?4, state = ?5 RETURNING id`,
  );
  const selectLearned = db.prepare("SELECT 1 FROM learned WHERE state_id = ? AND id = ?");
  const countLearned = db.prepare("SELECT count(*) AS n FROM learned WHERE state_id = ?");
  const insertLearned = db.prepare("INSERT INTO learned (state_id, id, expires_hour) VALUES (?, ?, ?)");
  const insertHistory = db.prepare("INSERT INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const selectHistory = db.prepare(
    "SELECT version, point FROM history WHERE state_id = ? ORDER BY version DESC LIMIT ?",
  );
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
  const headOf = (set: SetRow | undefined, generation: string) =>
    set && (selectHead.get(set.id, generation) as StateRow | undefined);
  const headInForce = (name: string) => {
    const set = setOf(name);
    return headOf(set, inForce(set));
  };
  const isHeld = (set: SetRow | undefined): set is SetRow => set?.hold_token != null && set.hold_until > now();

  function stored(name: string, generation?: string): StoredModel {
    const set = setOf(name);
    const wanted = generation ?? inForce(set);
    const row = set && (selectState.get(set.id, wanted) as StateRow | undefined);
    return { generation: wanted, version: row?.version ?? 0, revision: row?.revision ?? "", state: row?.state ?? "" };
  }

  function learnedOf(head: StateRow | undefined, ids: readonly Id[]): string[] {
    if (head === undefined) return [];
    return ids.filter(({ number }) => selectLearned.get(head.id, number) !== undefined).map(({ id }) => id);
  }

  /** `generation`: whose turn it is, the one in force or the one beside it. */
  function commitTo(generation: string, name: string, commit: Commit, ids: readonly Id[]): CommitAnswer {
    const set = setOf(name);
    const head = headOf(set, generation);
    if (head?.revision === commit.revision) return { outcome: "committed", version: head.version };
    if (isHeld(set) && generation === set.generation) return { outcome: "held", until: set.hold_until };
    const learned = learnedOf(head, ids);
    if (commit.generation !== generation || commit.expectedRevision !== (head?.revision ?? "")) {
      return { outcome: "conflict", current: stored(name, generation), learned };
    }
    if (learned.length > 0) return { outcome: "duplicate", learned };
    const version = (head?.version ?? 0) + 1;
    const { revision, state, history } = commit;
    const { id } = putState.get(makeSet(name).id, generation, version, revision, state) as unknown as StateRow;
    for (const { number, expiresHour } of ids) insertLearned.run(id, number, expiresHour);
    if (history !== undefined) insertHistory.run(id, version, history);
    trimHistory.run(id, version - HISTORY_POINTS);
    sweepLearned(now(), ids.length);
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
        const generation = inForce(set);
        const { version, revision } = headOf(set, generation) ?? NEVER_COMMITTED;
        return { generation, version, revision };
      }),
    load: async (name) => file.read(() => stored(name)),
    loadGeneration: async (name, generation) => file.read(() => stored(name, generation)),
    commit: async (name, commit) => {
      const ids = readIds(commit.ids);
      return file.write(() => commitTo(inForce(setOf(name)), name, commit, ids));
    },
    commitGeneration: async (name, commit) => {
      const ids = readIds(commit.ids);
      return file.write(() => commitTo(commit.generation, name, commit, ids));
    },
    history: async (name, limit) =>
      file.read(() => {
        const head = headInForce(name);
        return head === undefined ? [] : (selectHistory.all(head.id, limit) as unknown as HistoryPoint[]);
      }),
    // A limit of -1 is none.
    sets: async ({ after = "", limit = -1, prefix = "" } = {}) =>
      file.read(() => selectSets.all(after, limit, prefix).map(({ name }) => String(name))),
    setCount: async (prefix = "") => file.read(() => Number(countSets.get(prefix)?.["n"])),
    // By itself and at once: it comes once in the life of a set.
    reserve: async (name, most) =>
      file.read(() => {
        if (setOf(name) !== undefined) return true;
        reserveSet.run(name, FIRST_GENERATION, name.slice(0, name.indexOf("/")), most);
        return setOf(name) !== undefined;
      }),
    learnedOf: async (name, ids) => {
      const asked = ids.map((id) => ({ id, number: BigInt(id), expiresHour: 0 }));
      return file.read(() => learnedOf(headInForce(name), asked));
    },
    learnedCount: async (name) =>
      file.read(() => {
        const head = headInForce(name);
        return head === undefined ? 0 : Number(countLearned.get(head.id)?.["n"]);
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
        const set = setOf(name);
        if (set?.generation === generation) return true;
        if (!isHeld(set) || set.hold_token !== token) return false;
        if ((headOf(set, set.generation)?.revision ?? "") !== expectedRevision) return false;
        setGeneration.run(generation, set.id);
        return true;
      }),
  };
}
