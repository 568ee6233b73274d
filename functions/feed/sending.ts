// What every way of sending is given.

import { isRepeat, type Outgoing } from "./late-labels.ts";

export type Events = AsyncIterable<Outgoing> | Iterable<Outgoing>;

export interface Sending {
  /** Events under way at most. */
  readonly limit: number;
  /** Ends the sending: what is under way is still answered. */
  readonly signal: AbortSignal;
  /** Waited for before each event: a pace, or room further on. */
  ready?(): Promise<void>;
  setOut?(outgoing: Outgoing): void;
  accepted?(outgoing: Outgoing): void;
  /** `reason` in words. */
  refused?(outgoing: Outgoing, reason: string): void;
}

/** Why an event is not sent whose forerunner was refused. */
export function notSent(outgoing: Outgoing): string {
  return isRepeat(outgoing) ? "it was refused the first time" : "its observation was refused";
}
