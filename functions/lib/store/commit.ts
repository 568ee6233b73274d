// A commit to a model set, and what the store says of it.

import type { LearnedId, StoredModel } from "./stored-model.ts";

export interface Commit {
  readonly generation: string;
  /** The revision that `state` was computed from. */
  readonly expectedRevision: string;
  readonly revision: string;
  readonly state: string;
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
      readonly current: StoredModel;
      readonly learned: readonly string[];
      readonly turnMs?: number;
    }
  /** The revision is right, but these ids are learned already. Nothing was written. */
  | { readonly outcome: "duplicate"; readonly learned: readonly string[] }
  /** Commits are held for a promotion until `until` (epoch milliseconds) at the latest. */
  | { readonly outcome: "held"; readonly until: number };
