// How long work on the archive is watched, and ended early.

export interface Watch {
  /** `done` of `total` steps are behind, of which each takes about as long. */
  step(done: number, total: number): void;
  /** Once it aborts, nothing new is begun; what was committed stays. */
  readonly signal?: AbortSignal;
}

export const UNWATCHED: Watch = { step() {} };
