// What a lane tells of itself, ordered or not: what it counted, and what it waits for.

import type { Trigger, TriggerStatus } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Supply } from "./supply.ts";

/** Until a lane goes on, and why it does not now. */
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
  readonly #supply: Supply;
  #handled = 0;
  #retries = 0;
  #deadLetters = 0;

  constructor(trigger: Trigger, supply: Supply) {
    this.#trigger = trigger;
    this.#supply = supply;
  }

  retried(): void {
    this.#retries++;
  }

  /** That an event is settled is on disk. */
  settled(how: "handled" | "dead"): void {
    this.#supply.settled();
    if (how === "handled") this.#handled++;
    else this.#deadLetters++;
  }

  status(inFlight: number, wait: Wait | undefined): TriggerStatus {
    return {
      name: this.#trigger.name,
      lag: this.#supply.lag,
      inFlight,
      handled: this.#handled,
      retries: this.#retries,
      deadLetters: this.#deadLetters,
      ...(wait === undefined ? {} : { waiting: { until: wait.until, reason: wait.reason } }),
    };
  }
}
