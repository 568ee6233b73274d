// Keeps the journal within its age and size, a few events at a time. An event that some trigger has not handled stays.

import type { Journal } from "./journal.ts";
import type { Writer } from "./journal-statements.ts";

/** How much the journal keeps of what it no longer needs. */
export interface JournalRetention {
  /** Milliseconds that an event stays. */
  readonly logMs: number;
  /** Milliseconds that a dead letter stays. */
  readonly deadLetterMs: number;
  /**
   * Bytes of the file in use; above this the oldest are removed before their time. Letters may use half; events the rest.
   */
  readonly bytes: number;
}

/** Told when what is kept for one who follows the log takes it above its size, and when it does so no more. */
export type HeldListener = (isHeld: boolean, bytes: number) => void;

const LETTERS_SHARE = 0.5;

/** Events deleted in one turn, and dead letters: a few milliseconds. */
const MAX_ROWS = 2000;
/** Of dead letters removed in one turn. */
const MAX_BYTES = 32 * 2 ** 20;
/** Events and dead letters appended between two looks at the size. */
const APPENDED = 1000;
const EVERY_MS = 60_000;
const PAUSE_MS = 50;

export class Trimmer {
  readonly #journal: Journal;
  readonly #retention: JournalRetention;
  readonly #held: HeldListener;
  #keptFrom = Infinity;
  #isHeld = false;
  #appended = 0;
  /** The first look is due at once. */
  #due = true;

  constructor(journal: Journal, retention: JournalRetention, held: HeldListener = () => {}) {
    this.#journal = journal;
    this.#retention = retention;
    this.#held = held;
  }

  /** Events from this number on stay until the next call. */
  keepFrom(seq: number): void {
    this.#keptFrom = seq;
  }

  /** The most that dead letters may take. */
  get letterBytes(): number {
    return this.#retention.bytes * LETTERS_SHARE;
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

  /** @param floor all up to here is settled. @returns how many dead letters went before their time. */
  run(writer: Writer, now: number, floor: number): number {
    const { logMs, deadLetterMs, bytes } = this.#retention;
    const removable = Math.min(floor, this.#keptFrom - 1);
    const aged = writer.trimDeadLetters(now - deadLetterMs, MAX_ROWS);
    const letters = this.#journal.letters;
    const dropped = writer.trimDeadLettersTo(Math.max(this.letterBytes, letters.bytes - MAX_BYTES), MAX_ROWS);
    let events = writer.trimOlder(now - logMs, removable, MAX_ROWS);
    // Letters that a later turn will remove must not push out events now.
    const excess = Math.max(0, letters.bytes - this.letterBytes);
    if (this.#journal.bytesInUse() - excess > bytes) events += writer.trimOldest(removable, MAX_ROWS);
    this.#tellHeld(this.#journal.bytesInUse() - excess > bytes && removable < floor && events < MAX_ROWS);
    this.#appended = 0;
    // There is more to remove: go on with the next turn.
    this.#due = events >= MAX_ROWS || aged >= MAX_ROWS || excess > 0;
    return dropped;
  }
  #tellHeld(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    this.#held(isHeld, this.#retention.bytes);
  }
}
