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

export class Trimmer {
  readonly #journal: Journal;
  readonly #retention: JournalRetention;
  #appended = 0;
  #next: number;

  /** @param now epoch milliseconds; the first look is due at once. */
  constructor(journal: Journal, retention: JournalRetention, now: number) {
    this.#journal = journal;
    this.#retention = retention;
    this.#next = now;
  }

  /** When it is due, if nothing is appended until then. */
  get next(): number {
    return this.#next;
  }

  appended(count: number): void {
    this.#appended += count;
  }

  due(now: number): boolean {
    return this.#appended >= APPENDED || now >= this.#next;
  }

  /** @param floor all up to here is settled. */
  run(writer: Writer, now: number, floor: number): void {
    const { logMs, deadLetterMs, bytes } = this.#retention;
    const letters = writer.trimDeadLetters(now - deadLetterMs, MAX_ROWS);
    let events = writer.trimOlder(now - logMs, floor, MAX_ROWS);
    if (events === 0 && this.#journal.bytesInUse() > bytes) events = writer.trimOldest(floor, MAX_ROWS);
    this.#appended = 0;
    // More of the same is left: go on with the next turn.
    const full = events >= MAX_ROWS || letters >= MAX_ROWS;
    this.#next = full ? now : now + EVERY_MS;
  }
}
