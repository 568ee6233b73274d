// Keeps the journal within its age and size, a few events at a time, and never at the cost of one that some trigger has
// not handled.

import type { Journal } from "./journal.ts";
import type { Writer } from "./journal-statements.ts";

/** What the journal keeps, beyond what it must. */
export interface JournalRetention {
  /** Milliseconds that an event stays. */
  readonly logMs: number;
  /** Milliseconds that a dead letter stays. */
  readonly deadLetterMs: number;
  /** Bytes of the file in use, dead letters included, above which the oldest events go before their time. */
  readonly bytes: number;
}

/** Events deleted in one turn: a few milliseconds. */
const MAX_ROWS = 2000;
/** Events appended between two looks at the size. */
const APPENDED = 1000;
const EVERY_MS = 60_000;
const PAUSE_MS = 50;

export class Trimmer {
  readonly #journal: Journal;
  readonly #retention: JournalRetention;
  #appended = 0;
  /** The first look is due at once. */
  #due = true;

  constructor(journal: Journal, retention: JournalRetention) {
    this.#journal = journal;
    this.#retention = retention;
  }

  get due(): boolean {
    return this.#due || this.#appended >= APPENDED;
  }

  /** Milliseconds to wait before `ask`, whatever is appended meanwhile. */
  get pauseMs(): number {
    return this.#due ? PAUSE_MS : EVERY_MS;
  }

  appended(count: number): void {
    this.#appended += count;
  }

  ask(): void {
    this.#due = true;
  }

  /** @param floor all up to here is settled. @returns how many dead letters went. */
  run(writer: Writer, now: number, floor: number): number {
    const { logMs, deadLetterMs, bytes } = this.#retention;
    const letters = writer.trimDeadLetters(now - deadLetterMs, MAX_ROWS);
    let events = writer.trimOlder(now - logMs, floor, MAX_ROWS);
    if (this.#journal.bytesInUse() > bytes) events += writer.trimOldest(floor, MAX_ROWS);
    this.#appended = 0;
    // More of the same is left: go on with the next turn.
    this.#due = events >= MAX_ROWS || letters >= MAX_ROWS;
    return letters;
  }
}
