// Events at the pace of their own times, faster or slower.

import type { Clock } from "../lib/clock.ts";
import { pause } from "../lib/pause.ts";
import type { Outgoing } from "./late-labels.ts";

/** Timers take no more. */
const LONGEST_PAUSE_MS = 2 ** 30;

/**
 * Each event once its time has come: the stream's time begins with its first event and runs `speed` times as fast as the clock.
 * What is behind goes at once. Events need to be in the order of `at`, in milliseconds. Over once the signal aborts.
 */
export async function* atSpeed(
  events: AsyncIterable<Outgoing>,
  speed: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Outgoing, void, void> {
  let first: { readonly at: number; readonly now: number } | undefined;
  for await (const outgoing of events) {
    const { at = 0 } = outgoing;
    first ??= { at, now: clock.now() };
    const due = first.now + (at - first.at) / speed;
    for (let left = due - clock.now(); left > 0 && !signal.aborted; left = due - clock.now()) {
      await pause(Math.min(left, LONGEST_PAUSE_MS), clock, signal);
    }
    if (signal.aborted) return;
    yield outgoing;
  }
}
