// Waits for something on the cluster.

import type { Clock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import { pause } from "../lib/pause.ts";

export interface Patience {
  readonly clock: Clock;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

export interface Waited {
  readonly seconds: number;
  readonly everyMs?: number;
  /** For the error: what was there instead. */
  instead?(): string;
}

const EVERY_MS = 250;

/**
 * Resolves with what `look` finds. If `look` fails it is called again: a connection through the API server may break.
 * @throws FailedError if it finds nothing in time, or was interrupted.
 */
export async function until<T>(
  what: string,
  { clock, signal }: Patience,
  { seconds, everyMs = EVERY_MS, instead }: Waited,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const end = clock.now() + 1000 * seconds;
  let failure: string | undefined;
  for (;;) {
    if (signal.aborted) throw new FailedError("it was interrupted");
    try {
      const found = await look();
      if (found !== undefined) return found;
      failure = undefined;
    } catch (error) {
      failure = asError(error).message;
    }
    if (clock.now() >= end) {
      const why = failure ?? instead?.();
      throw new FailedError(`${what}: not within ${seconds} s${why === undefined ? "" : `; ${why}`}`);
    }
    await pause(everyMs, clock, signal);
  }
}
