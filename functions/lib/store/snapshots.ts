// The part of the ModelStore that people use to look back and to go back: history, snapshots, rollback.
//
//   K1  A snapshot is written by the very commit whose state it is (every k-th), or by the rollback that replaces that
//       state. So it never disagrees with what was in force, and no state crosses the wire for it.
//   K2  A rollback is a new version with an old state. Learned ids stay: what a rollback forgets is forgotten on purpose
//       and is not learned again. A writer that computed from the state before it meets a conflict, as with any commit.

/** Every `every`-th version of a generation is kept (0: none), of these the last `keep`. */
export interface SnapshotPolicy {
  readonly every: number;
  /** As many states from before rollbacks are kept, too, and at least one. */
  readonly keep: number;
}

/** As far back as the history. */
export const DEFAULT_SNAPSHOTS: SnapshotPolicy = { every: 500, keep: 20 };

export interface HistoryPoint {
  readonly version: number;
  readonly point: string;
}

export interface Snapshot {
  readonly version: number;
  /** Names the snapshot: versions repeat, revisions do not. */
  readonly revision: string;
  /** When it was kept, epoch milliseconds. */
  readonly time: number;
  /** `rollback`: the state that a rollback replaced. */
  readonly kept: "commit" | "rollback";
  /** The history point of its version; "" where it had none. */
  readonly point: string;
}

export interface Rollback {
  /** Revision of the snapshot whose state is to be in force. */
  readonly snapshot: string;
  /** Of the new version: 128 random bits of the caller. */
  readonly revision: string;
  /** JSON text of the new version's point. */
  readonly history?: string;
}

export type RollbackAnswer =
  /** `before`: the version that was replaced, which is a snapshot now, and its history point. */
  | { readonly outcome: "committed"; readonly version: number; readonly before: HistoryPoint }
  | { readonly outcome: "held"; readonly until: number }
  /** The generation in force has no such snapshot. */
  | { readonly outcome: "absent" };

export interface Snapshots {
  /** Of the generation in force, newest first; some ten thousand points are kept. */
  history(set: string, limit: number): Promise<readonly HistoryPoint[]>;
  /** Of the generation in force, newest first. */
  snapshots(set: string): Promise<readonly Snapshot[]>;
  /** The state of a snapshot; undefined where it is no longer kept. */
  loadSnapshot(set: string, revision: string): Promise<string | undefined>;
  rollback(set: string, rollback: Rollback): Promise<RollbackAnswer>;
}
