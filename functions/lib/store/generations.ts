// The part of the ModelStore for generations other than the one in force: a replay fills one, an import brings one, and
// either is put in force at once.
//
//   K3  An imported model set is written to a generation that nobody sees until `adopt` puts all of it in force at once.
//   K4  The generation that was in force before is kept, with its ids. Those before it are removed, a bounded piece at a
//       time, by the call that puts another one in force.

import type { Commit, CommitAnswer } from "./commit.ts";
import type { HistoryPoint } from "./snapshots.ts";
import type { BaseAndTail, Head, StoredModel } from "./stored-model.ts";

export interface Promotion {
  /** That holds the set. */
  readonly token: string;
  /** To be in force. */
  readonly generation: string;
  /** Of the generation that is in force now. */
  readonly expectedRevision: string;
}

/** `state`: not "". `ids`: how many were added to the generation, none of them twice. `history`: newest first. */
export interface Adoption extends StoredModel {
  readonly ids: number;
  readonly history: readonly HistoryPoint[];
  /** Whether a set that has learned already may be replaced. */
  readonly replace: boolean;
}

export type AdoptionAnswer =
  /** Also when it was done before. */
  | "adopted"
  /** The set has learned already, and `replace` is false. Nothing was written. */
  | "exists"
  /** Commits are held for a promotion. */
  | "held"
  /** Fewer ids are there than were added: some were lost, or another import removed them. Nothing was written. */
  | "incomplete";

export interface Generations {
  /** A generation beside the one in force, for a replay that fills it; one that was to be removed (K4) is empty. */
  loadGeneration(set: string, generation: string): Promise<StoredModel>;
  /** As `loadSince`, of that generation. */
  loadGenerationSince(set: string, generation: string, known?: Head): Promise<BaseAndTail>;
  /** As `commit`, into `commit.generation`, in force or not; a hold concerns only the one in force. */
  commitGeneration(set: string, commit: Commit): Promise<CommitAnswer>;
  /** Refuses commits to the generation in force for `ttlMs`; false where another token holds it. The same token prolongs. */
  hold(set: string, token: string, ttlMs: number): Promise<boolean>;
  release(set: string, token: string): Promise<void>;
  /**
   * Puts another generation in force and ends the hold, only while `token` holds and the generation in force still has
   * `expectedRevision`. True where `generation` is in force afterwards, also when an earlier call put it there.
   * The generation that was in force is kept, those before it are removed (K4).
   */
  promote(set: string, to: Promotion): Promise<boolean>;
  /** The generation that was in force before the current one; undefined where there was none. `promote` can bring it back. */
  previous(set: string): Promise<string | undefined>;
  /** Puts an imported generation in force (K3). Other imports of the set that were begun and not adopted are removed. */
  adopt(set: string, adoption: Adoption): Promise<AdoptionAnswer>;
}
