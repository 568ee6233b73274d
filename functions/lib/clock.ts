// Time as an argument: whatever waits or dates takes a Clock, so that tests decide what time it is.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; the answer cancels it. */
  after(ms: number, run: () => void): () => void;
}

// Node fires a timer of more than 2^31 - 1 ms at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Milliseconds since some moment; whoever sets the system's clock does not move it. */
export const steadyNow = (): number => performance.now();

/** A clock that stands still until it is told: `advance` fires what falls due, in order. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let sequence = 0;
  const waiting = new Map<number, { at: number; run: () => void }>();
  const next = () => [...waiting].sort(([i, a], [j, b]) => a.at - b.at || i - j)[0];
  return {
    now: () => now,
    after(ms, run) {
      const id = sequence++;
      waiting.set(id, { at: now + Math.max(0, ms), run });
      return () => void waiting.delete(id);
    },
    advance(ms) {
      const until = now + ms;
      for (let due = next(); due !== undefined && due[1].at <= until; due = next()) {
        waiting.delete(due[0]);
        now = due[1].at;
        due[1].run();
      }
      now = until;
    },
  };
}
