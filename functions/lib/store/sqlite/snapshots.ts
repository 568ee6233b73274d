// History, snapshots and rollback in SQLite: K1 and K2 of snapshots.ts.

import type { HistoryPoint, Rollback, RollbackAnswer, Snapshot, SnapshotPolicy, Snapshots } from "../snapshots.ts";
import type { SqliteFile } from "./file.ts";
import type { SqliteSets } from "./sets.ts";

/** A version of a generation, with its state. */
interface Version {
  readonly version: number;
  readonly revision: string;
  readonly state: string;
  readonly point?: string | undefined;
}

export interface SqliteSnapshots {
  readonly port: Snapshots;
  /** In the transaction of a commit: adds its history point, and keeps its state where its version is to be a snapshot. */
  committed(stateId: number, version: Version): void;
  /** In a transaction: adds history points, in place of those of the same versions. */
  addPoints(stateId: number, points: readonly HistoryPoint[]): void;
}

const HISTORY_POINTS = 10_000;

export function createSnapshots(
  { db, read, write }: SqliteFile,
  sets: SqliteSets,
  policy: SnapshotPolicy,
  now: () => number,
): SqliteSnapshots {
  const insertPoint = db.prepare("INSERT INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const putPoint = db.prepare("REPLACE INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const trimPoints = db.prepare("DELETE FROM history WHERE state_id = ? AND version <= ?");
  const selectPoint = db.prepare("SELECT point FROM history WHERE state_id = ? AND version = ?");
  const selectPoints = db.prepare(
    "SELECT version, point FROM history WHERE state_id = ? ORDER BY version DESC LIMIT ?",
  );
  const putSnapshot = db.prepare("REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const trimSnapshots = db.prepare(
    `DELETE FROM snapshots WHERE state_id = ?1 AND kept = ?2 AND version <= (
       SELECT version FROM snapshots WHERE state_id = ?1 AND kept = ?2 ORDER BY version DESC LIMIT 1 OFFSET ?3)`,
  );
  const selectSnapshots = db.prepare(
    "SELECT version, revision, time, kept, point FROM snapshots WHERE state_id = ? ORDER BY version DESC",
  );
  const selectState = db.prepare("SELECT state FROM snapshots WHERE state_id = ? AND revision = ?");
  const selectMadeBy = db.prepare("SELECT version, point FROM snapshots WHERE state_id = ? AND made_by = ?");

  /** `madeBy`: the revision of the rollback that replaced the state. */
  function keep(stateId: number, kept: Snapshot["kept"], made: Version, madeBy: string | null): void {
    const { version, revision, point = "", state } = made;
    putSnapshot.run(stateId, version, revision, now(), kept, madeBy, point, state);
    // A rollback can always be undone.
    trimSnapshots.run(stateId, kept, Math.max(policy.keep, kept === "rollback" ? 1 : 0));
  }

  function addPoints(stateId: number, points: readonly HistoryPoint[]): void {
    for (const { version, point } of points) putPoint.run(stateId, version, point);
  }

  function rollBack(name: string, { snapshot, revision, history }: Rollback): RollbackAnswer {
    const current = sets.stored(name);
    const id = sets.rowInForce(name)?.id ?? 0;
    const done = selectMadeBy.get(id, revision) as unknown as HistoryPoint | undefined;
    if (done !== undefined) return { outcome: "committed", version: done.version + 1, before: { ...done } };
    const until = sets.heldUntil(sets.setOf(name));
    if (until !== undefined) return { outcome: "held", until };
    const state = selectState.get(id, snapshot)?.["state"];
    if (typeof state !== "string") return { outcome: "absent" };
    const before = { version: current.version, point: String(selectPoint.get(id, current.version)?.["point"] ?? "") };
    keep(id, "rollback", { ...current, point: before.point }, revision);
    const version = current.version + 1;
    sets.replaceState(id, { version, revision, state });
    if (history !== undefined) putPoint.run(id, version, history);
    return { outcome: "committed", version, before };
  }

  const port: Snapshots = {
    history: async (name, limit) =>
      read(() => {
        const head = sets.rowInForce(name);
        return head === undefined ? [] : (selectPoints.all(head.id, limit) as unknown as HistoryPoint[]);
      }),
    snapshots: async (name) =>
      read(() => {
        const head = sets.rowInForce(name);
        return head === undefined ? [] : (selectSnapshots.all(head.id) as unknown as Snapshot[]);
      }),
    loadSnapshot: async (name, revision) =>
      read(() => {
        const head = sets.rowInForce(name);
        return head && (selectState.get(head.id, revision)?.["state"] as string | undefined);
      }),
    rollback: (name, rollback) => write(() => rollBack(name, rollback)),
  };

  return {
    port,
    addPoints,
    committed(stateId, made) {
      if (made.point !== undefined) insertPoint.run(stateId, made.version, made.point);
      trimPoints.run(stateId, made.version - HISTORY_POINTS);
      if (policy.every > 0 && made.version % policy.every === 0) keep(stateId, "commit", made, null);
    },
  };
}
