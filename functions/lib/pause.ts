// Waiting that can be aborted.

import type { Clock } from "./clock.ts";

/** After `ms` milliseconds, or at once when the signal aborts. */
export function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal.addEventListener("abort", done, { once: true });
  });
}

/** Spaces events evenly at a rate; time lost to a delay is not caught up. */
export function createPace(perSecond: number | undefined, clock: Clock, signal: AbortSignal) {
  let due = clock.now();
  return async (): Promise<void> => {
    if (perSecond === undefined) return;
    const now = clock.now();
    // Timers are late by a millisecond or more; within this slack the pace is kept on average.
    due = Math.max(due, now - 50);
    if (due > now) await pause(due - now, clock, signal);
    due += 1000 / perSecond;
  };
}
