// Clocks that only tests need.

import { type ManualClock, manualClock } from "./clock.ts";

/** A clock whose hands can be set without time passing. */
export function settableClock(): ManualClock & { set(byMs: number): void } {
  const clock = manualClock();
  let offset = 0;
  const set = (byMs: number) => {
    offset += byMs;
  };
  return { ...clock, now: () => clock.now() + offset, set };
}
