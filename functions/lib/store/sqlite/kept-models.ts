// Snapshots, rollback, the generation before, and what is brought from elsewhere, in SQLite: K1 to K4 of kept-models.ts.

import type { KeptModels, Snapshot, SnapshotPolicy } from "../kept-models.ts";
import type { SqliteFile } from "./file.ts";
import { HOUR_MS, readIds, type SetRow, type SqliteSets, type StateRow } from "./sets.ts";

export interface SqliteKeptModels extends KeptModels {
  /** Within the transaction of a commit: keeps its state where it is the turn of its version. */
  keep(stateId: number, made: Omit<Snapshot, "time" | "kept"> & { readonly state: string }): void;
  /** Within a transaction: `generation` in force, what was before the old one to be removed. */
  putInForce(set: SetRow, generation: string): void;
  /** Removes what is to be, a bounded piece in each transaction. */
  removeRetired(name: string): Promise<void>;
}

const PAGE = 2000;
const LAST_ID = 2n ** 63n - 1n;
/** Rows that one transaction removes: some ten milliseconds. */
const PIECE = 10_000;

export function createSqliteKeptModels(
  file: SqliteFile,
  sets: SqliteSets,
  policy: SnapshotPolicy,
  now: () => number,
): SqliteKeptModels {
  const { db } = file;
  const fields = "version, revision, time, kept, point";
  const selectSnapshots = db.prepare(`SELECT ${fields} FROM snapshots WHERE state_id = ? ORDER BY version DESC`);
  const selectSnapshot = db.prepare("SELECT state FROM snapshots WHERE state_id = ? AND revision = ?");
  const selectMade = db.prepare("SELECT version, point FROM snapshots WHERE state_id = ? AND made_by = ?");
  const putSnapshot = db.prepare("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const trimSnapshots = db.prepare(
    `DELETE FROM snapshots WHERE state_id = ?1 AND kept = ?2 AND version <= (
       SELECT version FROM snapshots WHERE state_id = ?1 AND kept = ?2 ORDER BY version DESC LIMIT 1 OFFSET ?3)`,
  );
  const selectPoint = db.prepare("SELECT point FROM history WHERE state_id = ? AND version = ?");
  const putPoint = db.prepare("REPLACE INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const updateState = db.prepare("UPDATE states SET version = ?, revision = ?, state = ? WHERE id = ?");
  const selectPage = db.prepare(
    "SELECT id, expires_hour FROM learned WHERE state_id = ? AND id > ? ORDER BY id LIMIT ?",
  );
  selectPage.setReadBigInts(true);
  const makeState = db.prepare(
    "INSERT INTO states (set_id, generation, version, revision, state) VALUES (?, ?, 0, '', '') RETURNING *",
  );
  const addLearned = db.prepare("INSERT OR IGNORE INTO learned (state_id, id, expires_hour) VALUES (?, ?, ?)");
  const countAdded = db.prepare("UPDATE states SET added = added + ? WHERE id = ?");
  const setGeneration = db.prepare(
    "UPDATE sets SET generation = ?, previous = ?, hold_token = NULL, hold_until = 0 WHERE id = ?",
  );
  const retire = db.prepare("UPDATE states SET retired = 1 WHERE set_id = ? AND generation = ?");
  const retireUnadopted = db.prepare(
    "UPDATE states SET retired = 1 WHERE set_id = ? AND version = 0 AND generation <> ?",
  );
  const selectRetired = db.prepare("SELECT id FROM states WHERE set_id = ? AND retired = 1 LIMIT 1");
  const removePieces = [
    ["learned", "id"],
    ["history", "version"],
    ["snapshots", "version"],
  ].map(([table, key]) =>
    db.prepare(
      `DELETE FROM ${table} WHERE state_id = ?1 AND ${key} IN (SELECT ${key} FROM ${table} WHERE state_id = ?1 LIMIT ?2)`,
    ),
  );
  const removeState = db.prepare("DELETE FROM states WHERE id = ?");

  function put(
    stateId: number,
    kept: Snapshot["kept"],
    { version, revision, point, state }: Pick<Snapshot, "version" | "revision" | "point"> & { readonly state: string },
    madeBy: string | null,
  ): void {
    putSnapshot.run(stateId, version, revision, now(), kept, madeBy, point, state);
    // A rollback can always be undone.
    trimSnapshots.run(stateId, kept, Math.max(policy.keep, kept === "rollback" ? 1 : 0));
  }

  function putInForce(set: SetRow, generation: string): void {
    const old = sets.headOf(set, set.generation);
    const kept = old !== undefined && old.version > 0;
    for (const gone of [kept ? null : set.generation, set.previous]) {
      if (gone !== null && gone !== generation) retire.run(set.id, gone);
    }
    setGeneration.run(generation, kept ? set.generation : null, set.id);
  }

  /** True where more is left. */
  function removePiece(name: string): boolean {
    const set = sets.setOf(name);
    const state = set && (selectRetired.get(set.id) as { id: number } | undefined);
    if (state === undefined) return false;
    for (const remove of removePieces) if (Number(remove.run(state.id, PIECE).changes) > 0) return true;
    removeState.run(state.id);
    return true;
  }

  async function removeRetired(name: string): Promise<void> {
    while (await file.write(() => removePiece(name)));
  }

  return {
    keep(stateId, made) {
      if (policy.every > 0 && made.version % policy.every === 0) put(stateId, "commit", made, null);
    },
    putInForce,
    removeRetired,
    snapshots: async (name) =>
      file.read(() => {
        const head = sets.headInForce(name);
        return head === undefined ? [] : (selectSnapshots.all(head.id) as unknown as Snapshot[]);
      }),
    loadSnapshot: async (name, revision) =>
      file.read(() => {
        const head = sets.headInForce(name);
        return head && (selectSnapshot.get(head.id, revision)?.["state"] as string | undefined);
      }),
    rollback: (name, { snapshot, revision, history }) =>
      file.write(() => {
        const set = sets.setOf(name);
        const { id, ...current } = { id: 0, ...sets.headInForce(name), ...sets.stored(name) };
        const made = selectMade.get(id, revision) as { version: number; point: string } | undefined;
        if (made !== undefined) return { outcome: "committed", version: made.version + 1, before: { ...made } };
        if (sets.isHeld(set)) return { outcome: "held", until: set.hold_until };
        const state = selectSnapshot.get(id, snapshot)?.["state"];
        if (typeof state !== "string") return { outcome: "absent" };
        const point = String(selectPoint.get(id, current.version)?.["point"] ?? "");
        put(id, "rollback", { ...current, point }, revision);
        const version = current.version + 1;
        updateState.run(version, revision, state, id);
        if (history !== undefined) putPoint.run(id, version, history);
        return { outcome: "committed", version, before: { version: current.version, point } };
      }),
    previous: async (name) => file.read(() => sets.setOf(name)?.previous ?? undefined),
    learnedPage: async (name, after = "-1") =>
      file.read(() => {
        const head = sets.headInForce(name);
        if (head === undefined) return { ids: [] };
        const rows = selectPage.all(head.id, cursorOf(after), PAGE) as unknown as {
          id: bigint;
          expires_hour: bigint;
        }[];
        const last = rows.at(-1);
        const ids = rows.map(({ id, expires_hour }) => ({ id: String(id), expiresAt: Number(expires_hour) * HOUR_MS }));
        return {
          ids: ids.filter(({ expiresAt }) => expiresAt > now()),
          ...(rows.length === PAGE && last !== undefined && { next: String(last.id) }),
        };
      }),
    addLearned: async (name, generation, ids) => {
      const read = readIds(ids);
      return file.write(() => {
        const set = sets.makeSet(name);
        const known = sets.headOf(set, generation);
        if (set.generation === generation || (known && (known.version > 0 || known.retired === 1))) return false;
        const state = known ?? (makeState.get(set.id, generation) as unknown as StateRow);
        let added = 0;
        for (const { number, expiresHour } of read) {
          added += Number(addLearned.run(state.id, number, expiresHour).changes);
        }
        countAdded.run(added, state.id);
        return true;
      });
    },
    adopt: async (name, { generation, version, revision, state, ids, history, replace }) => {
      const answer = await file.write(() => {
        const set = sets.makeSet(name);
        if (set.generation === generation) return "adopted";
        if (sets.isHeld(set as SetRow | undefined)) return "held";
        if (!replace && (sets.headOf(set, set.generation)?.version ?? 0) > 0) return "exists";
        const known = sets.headOf(set, generation);
        if ((known?.added ?? 0) !== ids || known?.retired === 1) return "incomplete";
        const { id } = known ?? (makeState.get(set.id, generation) as unknown as StateRow);
        updateState.run(version, revision, state, id);
        for (const point of history) putPoint.run(id, point.version, point.point);
        putInForce(set, generation);
        retireUnadopted.run(set.id, generation);
        return "adopted";
      });
      if (answer === "adopted") await removeRetired(name);
      return answer;
    },
  };
}

/** Whatever it is: a page that begins nowhere is a page like another. */
function cursorOf(text: string): bigint {
  const id = BigInt(/^-?\d{1,19}/.exec(text)?.[0] ?? -1);
  return id > LAST_ID ? LAST_ID : id;
}
