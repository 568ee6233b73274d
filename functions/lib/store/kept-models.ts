// The part of the ModelStore that people use to go back and to move: snapshots, the generation before, ids page by page.
//
//   K1  A snapshot is written by the very commit whose state it is (every k-th), or by the rollback that replaces that
//       state. So it never disagrees with what was in force, and no state crosses the wire for it.
//   K2  A rollback is a new version with an old state. Learned ids stay: what is forgotten is forgotten on purpose, and is
//       not learned again. A writer that computed from the state before it meets a conflict, as with any commit.
//   K3  What is brought from elsewhere lies in a generation that nobody sees until `adopt` puts all of it in force at once.
//   K4  The generation that was in force before is kept, with its ids. Those before it are removed, a bounded piece at a time,
//       by whatever puts another one in force.

import type { LearnedId, StoredModel } from "./stored-model.ts";

/** Of the versions of a generation each `every`-th is kept (0: none), of these the last `keep`. */
export interface SnapshotPolicy {
  readonly every: number;
  /** As many again are kept of the states before rollbacks, and one of these at the least. */
  readonly keep: number;
}

/** As far back as the history. */
export const DEFAULT_SNAPSHOTS: SnapshotPolicy = { every: 500, keep: 20 };

export interface Snapshot {
  readonly version: number;
  /** Names it: versions repeat, revisions do not. */
  readonly revision: string;
  /** When it was kept, epoch milliseconds. */
  readonly time: number;
  /** `rollback`: what a rollback replaced. */
  readonly kept: "commit" | "rollback";
  /** The history point of its version; "" where it had none. */
  readonly point: string;
}

export interface Rollback {
  /** Of the snapshot whose state is to be in force. */
  readonly snapshot: string;
  /** Of the new version: 128 random bits of the caller. */
  readonly revision: string;
  /** JSON text of the new version's point. */
  readonly history?: string;
}

export type RollbackAnswer =
  /** `before`: the version that was replaced and is a snapshot now, with its history point. */
  | { readonly outcome: "committed"; readonly version: number; readonly before: { version: number; point: string } }
  | { readonly outcome: "held"; readonly until: number }
  /** The generation in force has no such snapshot. */
  | { readonly outcome: "absent" };

export interface LearnedPage {
  /** `expiresAt` is never earlier than it was when the id was learned. */
  readonly ids: readonly LearnedId[];
  /** Where the next page begins; undefined where this is the last. */
  readonly next?: string;
}

/** `state`: not "". `ids`: how many were added to the generation, none of them twice. `history`: newest first. */
export interface Adoption extends StoredModel {
  readonly ids: number;
  readonly history: readonly { readonly version: number; readonly point: string }[];
  /** Also where a set has learned already. */
  readonly replace: boolean;
}

export type AdoptionAnswer =
  /** Also when it was done before. */
  | "adopted"
  /** The set has learned already, and it was not said to replace it. Nothing was written. */
  | "exists"
  /** Commits are held for a promotion. */
  | "held"
  /** Fewer ids are there than were to be: some were lost, or another import swept them away. Nothing was written. */
  | "incomplete";

export interface KeptModels {
  /** Of the generation in force, newest first. */
  snapshots(set: string): Promise<readonly Snapshot[]>;
  /** The state of a snapshot; undefined where it is not kept any more. */
  loadSnapshot(set: string, revision: string): Promise<string | undefined>;
  rollback(set: string, rollback: Rollback): Promise<RollbackAnswer>;
  /** The generation that was in force before the one that is; undefined where there was none. `promote` can bring it back. */
  previous(set: string): Promise<string | undefined>;
  /** Of the generation in force, some thousand at a time, from `after` on; only whole while nobody commits. */
  learnedPage(set: string, after?: string): Promise<LearnedPage>;
  /**
   * Adds ids to a generation that was never committed to and is to be adopted; those that are there already stay as they are.
   * False, and nothing is added, where the generation is another's: in force, committed to, or being removed.
   */
  addLearned(set: string, generation: string, ids: readonly LearnedId[]): Promise<boolean>;
  /** Other generations of the set that were begun to be brought, and not adopted, are removed. */
  adopt(set: string, adoption: Adoption): Promise<AdoptionAnswer>;
}
