// Fairness between writers of one model set. The last committer holds the newest revision and tends to win every race, so
// each commit announces a lease (`turnMs`). Others wait for it to end; the holder pauses after it if others had conflicts.
// With a store that keeps no turns, writers only pay with more tries.

/** Long enough that a change of writers, which costs some tries, is small beside it. */
const TURN_MS = 100;
/** In times that a loser takes to open the state: who has no example yet for the next commit soon may, where that is long. */
const TURN_OPENINGS = 5;
/** In commits: the other's refused try, one on what the last commit left, and as much again for a slower writer. */
const REST_COMMITS = 3;
const LONGEST_REST_MS = 100;
// After a pause the state that came with the refusal is old: the first try fetches the new one, the second may lose to a commit
// that was on its way, the third succeeds if that writer pauses.
const TRIES_A_PAUSE = 3;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
/** Writers that wait for the end of a turn come within this time after it, one after another. */
const SPREAD_MS = 100;

export interface Turn {
  /** Milliseconds left of this writer's turn; `waiting`: how many examples of its own are there for the next commit. */
  left(now: number, waiting: number): number;
  /** Another writer has committed: the next commit starts a turn. `tookMs`: to open what the store holds. */
  lost(tookMs: number): void;
  /** `tookMs`: since the computation began; `contended`: conflicts since the commit before, without this writer's own. */
  committed(now: number, tookMs: number, contended: number): void;
  /** Milliseconds to pause before the next group. */
  rest(): number;
}

export function createTurn(random: () => number): Turn {
  let since: number | undefined;
  let rest = 0;
  let openingMs = 0;
  const left = (now: number) => Math.max(0, Math.min(TURN_MS, TURN_MS - now + (since ?? now)));
  return {
    left: (now, waiting) => (waiting > 0 ? left(now) : Math.min(left(now), TURN_OPENINGS * openingMs)),
    lost(tookMs) {
      since = undefined;
      openingMs = tookMs;
    },
    committed(now, tookMs, contended) {
      since ??= now;
      if (contended <= 0 || left(now) > 0) return;
      rest = Math.min(LONGEST_REST_MS, (tookMs + 1) * REST_COMMITS * (0.5 + random()));
      since = undefined;
    },
    rest() {
      const ms = rest;
      rest = 0;
      return ms;
    },
  };
}

/** The pauses of one group that meets conflicts. */
export function createPauses(random: () => number) {
  let pauses = 0;
  let tries = 0;
  return {
    /** Milliseconds to wait after a refused try; `turnMs`: what is left of the other writer's turn. */
    next(turnMs: number): number {
      tries++;
      if (turnMs <= 0 && tries < TRIES_A_PAUSE) return 0;
      tries = 0;
      pauses++;
      // A writer that has waited longer comes earlier, and has time to commit before the next one.
      if (turnMs > 0) return Math.min(turnMs, TURN_MS) + ((1 + random()) / 2) * (SPREAD_MS / pauses);
      // Full jitter on a doubling ceiling, so that writers who met once do not meet again.
      return random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses);
    },
  };
}
