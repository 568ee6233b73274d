// The events of one partition that a trigger has yet to deliver. Sequence numbers are offsets, and -1 is before the first.

import type { Entry, LaneSupply, Position } from "../lane.ts";

/** Past this much, no more is fetched of a partition until half of it is gone. */
const FULL_ENTRIES = 1024;
const FULL_BYTES = 4 * 1024 * 1024;

export class PartitionSupply implements LaneSupply {
  readonly again: Entry[] = [];
  readonly #end: () => number;
  readonly #since: (offset: number) => number | undefined;
  /** Settled in an earlier life, though they lie behind what was not: up to here, but for those in `#open`. */
  readonly #settledTo: number;
  readonly #wasOpen: readonly number[];
  readonly #open: Set<number>;
  /** All before it was read. */
  #next: number;
  #buffer: Entry[] = [];
  #at = 0;
  #bytes = 0;
  /** Taken and not settled. */
  #taken = 0;

  /**
   * `end` is the offset behind the last event of the partition, as far as is known; `since`: since when, at least, there is an
   * event at an offset, epoch milliseconds.
   */
  constructor(
    { upTo, open }: Position,
    end: () => number,
    since: (offset: number) => number | undefined = () => undefined,
  ) {
    this.#end = end;
    this.#since = since;
    this.#settledTo = upTo;
    this.#wasOpen = open;
    this.#open = new Set(open);
    this.#next = open[0] ?? upTo + 1;
  }

  /** The offset that is to be read next. */
  get next(): number {
    return this.#next;
  }

  /** Whether the event at `offset` is to be delivered at all. */
  isWanted(offset: number): boolean {
    return offset >= this.#next && (offset > this.#settledTo || this.#open.has(offset));
  }

  /** What matches, of all that was read before `next`. */
  add(entries: readonly Entry[], next: number): void {
    this.#buffer.push(...entries);
    for (const { size } of entries) this.#bytes += size;
    for (const offset of this.#open) if (offset < next) this.#open.delete(offset);
    this.#next = Math.max(this.#next, next);
  }

  /** There is nothing from offset `from` to `next`; false if that was fetched for another position than the current one. */
  pass(from: number, next: number): boolean {
    if (this.#next < from || this.#next >= next) return false;
    this.add([], next);
    return true;
  }

  get isFull(): boolean {
    return this.#buffer.length - this.#at >= FULL_ENTRIES || this.#bytes >= FULL_BYTES;
  }

  get hasRoom(): boolean {
    return this.#buffer.length - this.#at <= FULL_ENTRIES / 2 && this.#bytes <= FULL_BYTES / 2;
  }

  /** Read, and not settled. */
  get held(): number {
    return this.#buffer.length - this.#at + this.#taken;
  }

  /** What was not read yet may not match, and counts until it was read. */
  get lag(): number {
    const unread = Math.max(0, this.#end() - Math.max(this.#next, this.#settledTo + 1));
    return unread + this.#open.size + this.held;
  }

  get untakenSince(): number | undefined {
    return this.#buffer[this.#at]?.time ?? this.#since(this.#next);
  }

  get upTo(): number {
    const first = this.#buffer[this.#at];
    return (first === undefined ? this.#next : first.seq) - 1;
  }

  /** Who adds, pumps. */
  get behind(): boolean {
    return false;
  }

  /** How far the trigger is, of this life and the one before; `pending` is settled but for its writing. */
  positionOf({ upTo, open }: Position, pending: Iterable<number>): Position {
    const before = upTo < this.#settledTo ? this.#wasOpen.filter((offset) => offset > upTo) : [];
    const all = new Set([...open, ...pending, ...before]);
    return { upTo: Math.max(upTo, this.#settledTo), open: [...all].sort((a, b) => a - b) };
  }

  take(): Entry | undefined {
    const again = this.again.shift();
    if (again !== undefined) return again;
    const entry = this.#buffer[this.#at];
    if (entry === undefined) return undefined;
    this.#at++;
    this.#bytes -= entry.size;
    if (this.#at === this.#buffer.length || this.#at >= FULL_ENTRIES) {
      this.#buffer = this.#buffer.slice(this.#at);
      this.#at = 0;
    }
    this.#taken++;
    return entry;
  }

  putBack(entries: readonly Entry[]): void {
    this.again.unshift(...entries);
  }

  settled(): void {
    this.#taken--;
  }
}
