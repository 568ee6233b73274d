// Who is told of what is read along: events, dead letters, and how many were passed over.

import type { Event } from "../../../events/vocabulary.ts";
import type { DeadLetterQueue, Tap, Written } from "../../broker.ts";

/** At once; where more came, the older ones are left out of what is told. */
const MOST_LETTERS = 1000;

export class Listeners {
  readonly #taps = new Set<Parameters<Tap>>();
  readonly #letters: Pick<DeadLetterQueue, "list">;
  readonly #now: () => number;
  /** When somebody looked first: what was given up before is not told. */
  #since: number | undefined;
  /** The newest dead letter that was told, or left out. */
  #letter: number | undefined;

  constructor(letters: Pick<DeadLetterQueue, "list">, now: () => number) {
    this.#letters = letters;
    this.#now = now;
  }

  looked(): void {
    this.#since ??= this.#now();
  }

  readonly tap: Tap = (...listeners) => {
    this.#taps.add(listeners);
    return () => void this.#taps.delete(listeners);
  };

  seen(event: Event, written: Written): void {
    for (const [listener] of this.#taps) listener(event, written);
  }

  passedOver(events: number): void {
    for (const [, , passedOver] of this.#taps) passedOver?.(events);
  }

  /** Tells of dead letters that came since the last call, or since the first look. @throws UnavailableError. */
  async lookForLetters(): Promise<void> {
    if (this.#taps.size === 0 || this.#since === undefined) return;
    const after = this.#letter;
    const from = after === undefined ? { since: this.#since } : { after };
    const found = await this.#letters.list({ first: "oldest", ...from, limit: MOST_LETTERS });
    for (const { event, trigger, reason, time } of found) {
      const written = { trigger, reason, time, bytes: JSON.stringify(event).length };
      for (const [, letters] of this.#taps) letters?.(event, written);
    }
    this.#letter = found.length < MOST_LETTERS ? (found.at(-1)?.number ?? after) : await this.#newest();
  }

  async #newest(): Promise<number> {
    const [newest] = await this.#letters.list({ limit: 1 });
    return newest?.number ?? 0;
  }
}
