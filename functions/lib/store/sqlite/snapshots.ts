// History, snapshots and rollback in SQLite: K1 and K2 of snapshots.ts.

import type { HistoryPoint, Rollback, RollbackAnswer, Snapshot, SnapshotPolicy, Snapshots } from "../snapshots.ts";
import type { Fold } from "../stored-model.ts";
import type { SqliteFile } from "./file.ts";
import type { KeptVersion, SqliteSets } from "./sets.ts";
import type { TailRow } from "./tails.ts";

/** A version of a generation and its history point, if it has one. */
interface Version {
  readonly version: number;
  readonly point?: string | undefined;
}

export interface SqliteSnapshots {
  readonly port: Snapshots;
  /** In the transaction of a commit: adds its history point, and keeps its state where its version is to be a snapshot. */
  committed(stateId: number, version: Version, kept: () => KeptVersion): void;
  /** In a transaction: adds history points, in place of those of the same versions. */
  addPoints(stateId: number, points: readonly HistoryPoint[]): void;
}

const HISTORY_POINTS = 10_000;

export function createSnapshots(
  { db, read, write }: SqliteFile,
  sets: SqliteSets,
  policy: SnapshotPolicy,
  now: () => number,
  fold: Fold,
): SqliteSnapshots {
  const insertPoint = db.prepare("INSERT INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const putPoint = db.prepare("REPLACE INTO history (state_id, version, point) VALUES (?, ?, ?)");
  const trimPoints = db.prepare("DELETE FROM history WHERE state_id = ? AND version <= ?");
  const selectPoint = db.prepare("SELECT point FROM history WHERE state_id = ? AND version = ?");
  const selectPoints = db.prepare(
    "SELECT version, point FROM history WHERE state_id = ? ORDER BY version DESC LIMIT ?",
  );
  const putSnapshot = db.prepare(
    "REPLACE INTO snapshots (state_id, version, revision, time, kept, made_by, point, state, tail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const trimSnapshots = db.prepare(
    `DELETE FROM snapshots WHERE state_id = ?1 AND kept = ?2 AND version <= (
       SELECT version FROM snapshots WHERE state_id = ?1 AND kept = ?2 ORDER BY version DESC LIMIT 1 OFFSET ?3)`,
  );
  const selectSnapshots = db.prepare(
    "SELECT version, revision, time, kept, point FROM snapshots WHERE state_id = ? ORDER BY version DESC",
  );
  const selectState = db.prepare("SELECT state, tail FROM snapshots WHERE state_id = ? AND revision = ?");
  const selectMadeBy = db.prepare("SELECT version, point FROM snapshots WHERE state_id = ? AND made_by = ?");

  /** `madeBy`: the revision of the rollback that replaced the state. */
  function keep(stateId: number, kept: Snapshot["kept"], made: KeptVersion & Version, madeBy: string | null): void {
    const { version, revision, point = "", base, tail } = made;
    putSnapshot.run(stateId, version, revision, now(), kept, madeBy, point, base, JSON.stringify(tail));
    // A rollback can always be undone.
    trimSnapshots.run(stateId, kept, Math.max(policy.keep, kept === "rollback" ? 1 : 0));
  }

  function addPoints(stateId: number, points: readonly HistoryPoint[]): void {
    for (const { version, point } of points) putPoint.run(stateId, version, point);
  }

  /** Base and tail, as they were. */
  function stateOf(stateId: number, revision: string): Pick<KeptVersion, "base" | "tail"> | undefined {
    const row = selectState.get(stateId, revision) as { state: string; tail: string } | undefined;
    return row && { base: row.state, tail: JSON.parse(row.tail) as TailRow[] };
  }

  function rollBack(name: string, { snapshot, revision, history }: Rollback): RollbackAnswer {
    const current = sets.rowInForce(name);
    if (current === undefined) return { outcome: "absent" };
    const { id } = current;
    const done = selectMadeBy.get(id, revision) as unknown as HistoryPoint | undefined;
    if (done !== undefined) return { outcome: "committed", version: done.version + 1, before: { ...done } };
    const until = sets.heldUntil(sets.setOf(name));
    if (until !== undefined) return { outcome: "held", until };
    const found = stateOf(id, snapshot);
    if (found === undefined) return { outcome: "absent" };
    const before = { version: current.version, point: String(selectPoint.get(id, current.version)?.["point"] ?? "") };
    keep(id, "rollback", { ...sets.kept(current), point: before.point }, revision);
    const version = current.version + 1;
    sets.replaceState(id, { version, revision, ...found });
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
    loadSnapshot: async (name, revision) => {
      const found = read(() => {
        const head = sets.rowInForce(name);
        return head && stateOf(head.id, revision);
      });
      if (found === undefined || found.tail.length === 0) return found?.base;
      return fold(
        found.base,
        found.tail.map(({ entry }) => entry),
      );
    },
    rollback: (name, rollback) => write(() => rollBack(name, rollback)),
  };

  return {
    port,
    addPoints,
    committed(stateId, made, kept) {
      if (made.point !== undefined) insertPoint.run(stateId, made.version, made.point);
      trimPoints.run(stateId, made.version - HISTORY_POINTS);
      if (policy.every > 0 && made.version % policy.every === 0) keep(stateId, "commit", { ...kept(), ...made }, null);
    },
  };
}
