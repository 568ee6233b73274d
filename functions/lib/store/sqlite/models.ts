// The ModelStore in SQLite: commits, and what is read of them.

import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../kept-models.ts";
import type { Commit, CommitAnswer, HistoryPoint, ModelStore } from "../store.ts";
import type { Head } from "../stored-model.ts";
import type { SqliteFile } from "./file.ts";
import { createSqliteKeptModels } from "./kept-models.ts";
import { createSets, HOUR_MS, type Id, readIds, type StateRow } from "./sets.ts";
import { createSweep } from "./sweep.ts";

const HISTORY_POINTS = 10_000;
const NEVER_COMMITTED = { version: 0, revision: "" };

export function createSqliteModels(
  file: SqliteFile,
  now: () => number,
  snapshots: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): ModelStore {
  const { db } = file;
  const sets = createSets(db, now);
  const { setOf, makeSet, reserveSet, inForce, headOf, headInForce, isHeld, stored } = sets;
  const { keep, putInForce, removeRetired, ...kept } = createSqliteKeptModels(file, sets, snapshots, now);
  const committed = "EXISTS (SELECT 1 FROM states WHERE set_id = sets.id AND version > 0)";
  const selectSets = db.prepare(
    `SELECT name FROM sets WHERE ${committed} AND name > ?1 AND name >= ?3 AND name < ?3 || char(1114111) ORDER BY name LIMIT ?2`,
  );
  const countSets = db.prepare(
    `SELECT count(*) AS n FROM sets WHERE ${committed} AND name >= ?1 AND name < ?1 || char(1114111)`,
  );
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
    keep(id, { version, revision, point: history ?? "", state });
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
    loadGeneration: async (name, generation) => {
      // Its name may be given anew while it is being removed, or though that was killed half-way.
      if (file.read(() => headOf(setOf(name), generation))?.retired === 1) await removeRetired(name);
      return file.read(() => stored(name, generation));
    },
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
    reserve: async (name, most) => {
      if (file.read(() => setOf(name)) !== undefined) return true;
      return file.write(() => {
        reserveSet(name, most);
        return setOf(name) !== undefined;
      });
    },
    learnedOf: async (name, ids, generation) => {
      const asked = ids.map((id) => ({ id, number: BigInt(id), expiresHour: 0 }));
      return file.read(() => {
        const set = setOf(name);
        return learnedOf(headOf(set, generation ?? inForce(set)), asked);
      });
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
    promote: async (name, { token, generation, expectedRevision }) => {
      const promoted = await file.write(() => {
        const set = setOf(name);
        if (set?.generation === generation) return true;
        if (!isHeld(set) || set.hold_token !== token) return false;
        if ((headOf(set, set.generation)?.revision ?? "") !== expectedRevision) return false;
        if (headOf(set, generation)?.retired === 1) return false;
        putInForce(set, generation);
        return true;
      });
      if (promoted) await removeRetired(name);
      return promoted;
    },
    ...kept,
  };
}
