// The status of a trigger's lanes, ordered or not: what they have counted, and what they wait for.

import type { Clock } from "../clock.ts";
import type { Trigger, TriggerStatus } from "./broker.ts";

/** When a lane goes on, and why it waits. */
export interface Wait {
  readonly until: number;
  readonly reason: string;
  cancel(): void;
}

export function startWait(clock: Clock, ms: number, reason: string, run: () => void): Wait {
  return { until: clock.now() + ms, reason, cancel: clock.after(ms, run) };
}

export class LaneRecord {
  readonly #trigger: Trigger;
  #handled = 0;
  #retries = 0;
  #deadLetters = 0;

  constructor(trigger: Trigger) {
    this.#trigger = trigger;
  }

  retried(): void {
    this.#retries++;
  }

  /** An event is settled, on disk. */
  settled(how: "handled" | "dead"): void {
    if (how === "handled") this.#handled++;
    else this.#deadLetters++;
  }

  /** `ageMs` of the oldest event that is not handled, where that is known. */
  status(lag: number, ageMs: number | undefined, inFlight: number, wait: Wait | undefined): TriggerStatus {
    // On a clock that was set back, or another's, it would be less than nothing.
    const seconds = lag === 0 ? 0 : ageMs && Math.max(0, ageMs) / 1000;
    return {
      name: this.#trigger.name,
      lag,
      ...(seconds !== undefined && { lagSeconds: seconds }),
      inFlight,
      handled: this.#handled,
      retries: this.#retries,
      deadLetters: this.#deadLetters,
      ...(wait === undefined ? {} : { waiting: { until: wait.until, reason: wait.reason } }),
    };
  }
}
