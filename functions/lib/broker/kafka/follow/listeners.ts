// Who is told of what is read along: events, dead letters, and how many were passed over.

import type { Event } from "../../../events/vocabulary.ts";
import type { DeadLetterQueue, Tap, Written } from "../../broker.ts";

/** At once; where more came, the older ones are left out of what is told. */
const MOST_LETTERS = 1000;

export class Listeners {
  readonly #taps = new Set<Parameters<Tap>>();
  readonly #letters: Pick<DeadLetterQueue, "list">;
  /** The newest dead letter that was told, or was there before. */
  #letter: number | undefined;

  constructor(letters: Pick<DeadLetterQueue, "list">) {
    this.#letters = letters;
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

  /** Tells of dead letters that came since the last call; of none in the first. @throws UnavailableError. */
  async lookForLetters(): Promise<void> {
    if (this.#taps.size === 0) return;
    const after = this.#letter;
    if (after !== undefined) {
      const found = await this.#letters.list({ first: "oldest", after, limit: MOST_LETTERS });
      for (const { event, trigger, reason, time } of found) {
        const written = { trigger, reason, time, bytes: JSON.stringify(event).length };
        for (const [, letters] of this.#taps) letters?.(event, written);
      }
      if (found.length < MOST_LETTERS) {
        this.#letter = found.at(-1)?.number ?? after;
        return;
      }
    }
    const [newest] = await this.#letters.list({ limit: 1 });
    this.#letter = newest?.number ?? 0;
  }
}
