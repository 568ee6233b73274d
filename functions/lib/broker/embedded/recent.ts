// The newest events of the log, as the objects that were published: a trigger that keeps up need not parse them again.
// Bounded in number and in bytes; a trigger that falls behind reads the journal.

import type { Entry } from "../lane.ts";

/** A power of two. */
export const RECENT_ENTRIES = 4096;
const BYTES = 16 * 1024 * 1024;

export class Recent {
  readonly #ring: (Entry | undefined)[] = new Array(RECENT_ENTRIES).fill(undefined);
  #first: number;
  #last: number;
  #bytes = 0;

  /** @param tail the number of the newest event in the journal. */
  constructor(tail: number) {
    this.#first = tail + 1;
    this.#last = tail;
  }

  /** `entry` follows the last one. */
  push(entry: Entry): void {
    if (this.#last - this.#first + 1 === RECENT_ENTRIES) this.#drop();
    this.#last = entry.seq;
    this.#ring[entry.seq & (RECENT_ENTRIES - 1)] = entry;
    this.#bytes += entry.size;
    while (this.#bytes > BYTES) this.#drop();
  }

  get(seq: number): Entry | undefined {
    return seq >= this.#first && seq <= this.#last ? this.#ring[seq & (RECENT_ENTRIES - 1)] : undefined;
  }

  #drop(): void {
    const slot = this.#first++ & (RECENT_ENTRIES - 1);
    this.#bytes -= this.#ring[slot]?.size ?? 0;
    this.#ring[slot] = undefined;
  }
}
