// Who looks on at a broker, whichever it is: the taps on what it takes in, and the people who read its log.

import type { Event } from "../events/vocabulary.ts";
import type { LineQuota } from "../telemetry/line-quota.ts";
import type { Log } from "../telemetry/log.ts";

type Listener = (event: Event) => void;

export class Onlookers {
  /** Events that no trigger takes, of those that are told of. */
  unmatched = 0;
  readonly #taps = new Set<Listener>();
  readonly #log: Log;
  readonly #quota: LineQuota;

  constructor(log: Log, quota: LineQuota) {
    this.#log = log;
    this.#quota = quota;
  }

  /** Until the function that it answers is called. */
  tap(listener: Listener): () => void {
    this.#taps.add(listener);
    return () => void this.#taps.delete(listener);
  }

  /** `isLost`: a client's event that no trigger takes. Of what the functions derive, some is for whoever listens. */
  appended(event: Event, isLost: boolean): void {
    if (isLost) this.#tellUnmatched(event);
    for (const tap of this.#taps) {
      try {
        tap(event);
      } catch (error) {
        this.#log.warn({ err: error }, "a tap of the broker failed");
      }
    }
  }

  /** It is a dead letter now. */
  gaveUp(trigger: string, { type, source, id }: Event, reason: string): void {
    const said = this.#quota(`${trigger} ${reason}`);
    if (said === undefined) return;
    this.#log.warn({ trigger, type, source, id, reason, ...said }, "an event went to the dead letters");
  }

  #tellUnmatched({ type, source, id }: Event): void {
    this.unmatched++;
    const said = this.#quota("unmatched");
    if (said !== undefined) this.#log.warn({ type, source, id, ...said }, `no trigger takes events of type ${type}`);
  }
}
