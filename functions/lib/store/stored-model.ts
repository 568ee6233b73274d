// What all parts of the ModelStore speak of.

/** The generation and version of a model set that is in force. Version 0 and revision "" mean: nothing was committed yet. */
export interface Head {
  readonly generation: string;
  readonly version: number;
  readonly revision: string;
}

/** `state` is JSON text; "" at version 0. */
export interface StoredModel extends Head {
  readonly state: string;
}

/** A state as it is kept: what it was at some version, and what was learned since, an entry a commit. */
export interface BaseAndTail extends Head {
  /** JSON text; "" at version 0. Undefined where the tail follows a version that the reader knows. */
  readonly base: string | undefined;
  /** Oldest first. */
  readonly tail: readonly string[];
}

/** Makes the state of its base (not "") and its tail. */
export type Fold = (base: string, tail: readonly string[]) => string | Promise<string>;

/** @throws as `fold` does. */
export async function wholeOf({ base = "", tail, ...head }: BaseAndTail, fold: Fold): Promise<StoredModel> {
  return { ...head, state: tail.length === 0 ? base : await fold(base, tail) };
}

/** `id`: a 63-bit digest as a decimal string. `expiresAt`: epoch milliseconds until which it must be kept. */
export interface LearnedId {
  readonly id: string;
  readonly expiresAt: number;
}
