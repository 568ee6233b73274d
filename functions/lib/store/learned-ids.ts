// The part of the ModelStore that knows which examples a model set has learned.

import type { LearnedId } from "./stored-model.ts";

export interface LearnedPage {
  /** `expiresAt` is never earlier than it was when the id was learned. */
  readonly ids: readonly LearnedId[];
  /** Where the next page begins; undefined on the last page. */
  readonly next?: string;
}

export interface LearnedIds {
  /** Which of the ids were learned by the generation (default: the one in force) and are still kept. */
  learnedOf(set: string, ids: readonly string[], generation?: string): Promise<readonly string[]>;
  /** How many ids are kept for the generation in force. It counts them: too slow to be asked for every event. */
  learnedCount(set: string): Promise<number>;
  /** Of the generation in force, some thousand at a time, starting at `after`; complete only while nobody commits. */
  learnedPage(set: string, after?: string): Promise<LearnedPage>;
  /**
   * Adds ids to a generation that was never committed to and is to be adopted; ids that are there already stay as they are.
   * False, and nothing is added, where the generation is in force, was committed to, or is being removed.
   */
  addLearned(set: string, generation: string, ids: readonly LearnedId[]): Promise<boolean>;
}
