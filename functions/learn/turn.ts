// The turns of the writers of one model set. Who has just committed knows the newest revision and wins again and again; what
// the others compute meanwhile is old when it is sent. So a writer says with its commits how long it goes on, and the others
// wait so long; when it is told after that time that others meet conflicts, it rests until one of them is through, whose
// turn it then is. A store that keeps no turns costs nothing but the tries.

/** Long enough that a change of writers, which costs some tries, is little beside it. */
const TURN_MS = 100;
/** In commits: the other's refused try, one on what the last commit left, and as much again for a slower writer. */
const REST_COMMITS = 3;
const LONGEST_REST_MS = 100;
// After a pause what came with the refusal is old: the first try fetches what is new, the second may lose to a commit that was
// on its way, the third is in time where that writer rests.
const TRIES_A_PAUSE = 3;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
/** Those who wait for the end of a turn come within this time after it, one after another. */
const SPREAD_MS = 100;

export interface Turn {
  /** Milliseconds left of it. */
  left(now: number): number;
  /** Another writer has committed: the next commit starts a turn. */
  lost(): void;
  /** `tookMs`: from the start of its computation; `contended`: as the store answers it, its own conflict taken off. */
  committed(now: number, tookMs: number, contended: number): void;
  /** Milliseconds to rest before the next group. */
  rest(): number;
}

export function createTurn(random: () => number): Turn {
  let since: number | undefined;
  let rest = 0;
  const left = (now: number) => Math.max(0, Math.min(TURN_MS, TURN_MS - now + (since ?? now)));
  return {
    left,
    lost() {
      since = undefined;
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
    /** Milliseconds to wait after a refused try; `turnMs` as the store answers it. */
    next(turnMs: number): number {
      tries++;
      if (turnMs <= 0 && tries < TRIES_A_PAUSE) return 0;
      tries = 0;
      pauses++;
      // Who has waited for longer comes earlier, and has time to get through before the next.
      if (turnMs > 0) return Math.min(turnMs, TURN_MS) + ((1 + random()) / 2) * (SPREAD_MS / pauses);
      // Full jitter on a doubling ceiling, so that writers who met once do not meet again.
      return random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** pauses);
    },
  };
}
