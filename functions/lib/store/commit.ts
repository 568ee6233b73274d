// A commit to a model set, and what the store says of it.

import type { BaseAndTail, LearnedId } from "./stored-model.ts";

/** What a commit leaves: the whole state, which is the new base, or an entry of the tail, which says what was learned. */
export type Left =
  | { readonly state: string; readonly entry?: undefined }
  | { readonly entry: string; readonly state?: undefined };

export type Commit = Left & CommitFrame;

export interface CommitFrame {
  readonly generation: string;
  /** The revision that `state` was computed from, or that `entry` follows. */
  readonly expectedRevision: string;
  /** Of that revision. Where it is given, a conflict brings only the entries since, if that revision is on the way. */
  readonly expectedVersion?: number;
  readonly revision: string;
  /** Each once: the caller removes duplicates before it learns. */
  readonly ids: readonly LearnedId[];
  /** JSON text of one point for plots, appended by the same commit under its own key. */
  readonly history?: string;
  /** For how long the writer means to go on committing: a hint to the others to wait with their next try. */
  readonly turnMs?: number;
}

export type CommitAnswer =
  /**
   * Also when the stored revision is this commit's own: the answer to an earlier try was lost.
   * `contended`: how many commits met a conflict since the one before this, where there were any and the store counts them.
   */
  | { readonly outcome: "committed"; readonly version: number; readonly contended?: number }
  /**
   * Another writer committed, or another generation is in force. `learned`: which of the ids are learned already.
   * `turnMs`: what is left of the other writer's turn, where there is any and the store keeps it.
   */
  | {
      readonly outcome: "conflict";
      readonly current: BaseAndTail;
      readonly learned: readonly string[];
      readonly turnMs?: number;
    }
  /** The revision is right, but these ids are learned already. Nothing was written. */
  | { readonly outcome: "duplicate"; readonly learned: readonly string[] }
  /** Commits are held for a promotion until `until` (epoch milliseconds) at the latest. */
  | { readonly outcome: "held"; readonly until: number };

export function noBase(set: string): RangeError {
  return new RangeError(`${set} has no state yet, so its first commit must be a whole state`);
}
