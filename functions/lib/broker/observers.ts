// Who is told what a broker does, either broker: the taps on its events, and the people who read the program's log.

import type { Event } from "../events/vocabulary.ts";
import type { LineQuota } from "../telemetry/line-quota.ts";
import type { Log } from "../telemetry/log.ts";
import type { Broker, Written } from "./broker.ts";

type Listeners = Parameters<Broker["tap"]>;

export class BrokerObservers {
  /** How many events of clients no trigger took. */
  unmatched = 0;
  /** How many dead letters had to make room for younger ones. */
  deadLettersDropped = 0;
  readonly #taps = new Set<Listeners>();
  readonly #log: Log;
  readonly #quota: LineQuota;

  constructor(log: Log, quota: LineQuota) {
    this.#log = log;
    this.#quota = quota;
  }

  /** Returns a function that ends it. */
  tap(...listeners: Listeners): () => void {
    this.#taps.add(listeners);
    return () => void this.#taps.delete(listeners);
  }

  /** `isUnmatched`: it is a client's event and no trigger takes it. (Some derived events are only for outside listeners.) */
  appended(event: Event, written: Written, isUnmatched: boolean): void {
    if (isUnmatched) this.#tellUnmatched(event);
    for (const [listener] of this.#taps) this.#tell(() => listener(event, written));
  }

  /** The event is in the dead letters, as `letter`. */
  onDeadLetter(trigger: string, letter: Event, reason: string, bytes: number): void {
    for (const [, letters] of this.#taps) this.#tell(() => letters?.(letter, { trigger, reason, bytes }));
    const { type, source, id } = letter;
    const said = this.#quota(`${trigger} ${reason}`);
    if (said === undefined) return;
    this.#log.warn({ trigger, type, source, id, reason, ...said }, "an event went to the dead letters");
  }

  /** So many of the oldest dead letters went, because all together took more than `bytes`. */
  onLettersDropped(deadLetters: number, bytes: number): void {
    this.deadLettersDropped += deadLetters;
    const said = this.#quota("dropped");
    if (said === undefined) return;
    this.#log.warn(
      { deadLetters, total: this.deadLettersDropped, ...said },
      `the dead letters took more than ${bytes} bytes: the oldest were dropped; ` +
        "mend what causes them, send again or drop them",
    );
  }

  /** Whether events that the archive lacks keep the log above its size. */
  onHeld(isHeld: boolean, bytes: number): void {
    if (!isHeld) this.#log.info({}, "the log is within its size again");
    else {
      this.#log.warn(
        { bytes },
        `the log takes more than ${bytes} bytes, since events that the archive lacks stay in it: mend the archive ` +
          "(wadi archive status says what is wrong) before the disk is full, or start without --archive, and they may go",
      );
    }
  }

  #tell(listen: () => void): void {
    try {
      listen();
    } catch (error) {
      this.#log.warn({ err: error }, "a tap of the broker failed");
    }
  }

  #tellUnmatched({ type, source, id }: Event): void {
    this.unmatched++;
    const said = this.#quota("unmatched");
    if (said !== undefined) this.#log.warn({ type, source, id, ...said }, `no trigger takes events of type ${type}`);
  }
}
