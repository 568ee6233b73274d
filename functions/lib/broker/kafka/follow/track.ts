// Of each record of one partition which triggers match it, and when it was written: for the records from some offset on.

const FIRST_ROOM = 1024;

export class Track {
  /** Of records before this offset nothing is known. */
  from: number;
  /** The offset behind the last record. */
  next: number;
  readonly #most: number;
  /** A bit for each trigger; 0 where there is no record, or nobody's. */
  #masks = new Uint8Array(FIRST_ROOM);
  /** Epoch milliseconds. */
  #times = new Float64Array(FIRST_ROOM);

  /** `most`: records that are remembered; the older half goes where there are more. */
  constructor(at: number, most: number) {
    this.from = at;
    this.next = at;
    this.#most = most;
  }

  put(offset: number, time: number, mask: number): void {
    this.reach(offset);
    this.reach(offset + 1);
    this.#masks[offset - this.from] = mask;
    this.#times[offset - this.from] = time;
  }

  /** There is no other record before this offset. */
  reach(next: number): void {
    if (next <= this.next) return;
    if (next - this.next >= this.#most) this.from = this.next = next;
    if (next - this.from > this.#most) this.#forget(next - (this.#most >> 1));
    this.#grow(next - this.from);
    this.#masks.fill(0, this.next - this.from, next - this.from);
    this.next = next;
  }

  /** Records that trigger `bit` matches, from `from` on and before `to`, as far as they are known. */
  count(bit: number, from: number, to = this.next): number {
    const end = Math.min(to, this.next) - this.from;
    let found = 0;
    for (let i = Math.max(0, from - this.from); i < end; i++) found += ((this.#masks[i] ?? 0) >> bit) & 1;
    return found;
  }

  /** When the first record from `from` on was written that trigger `bit` matches. */
  oldest(bit: number, from: number): number | undefined {
    const end = this.next - this.from;
    for (let i = Math.max(0, from - this.from); i < end; i++) {
      if ((((this.#masks[i] ?? 0) >> bit) & 1) === 1) return this.#times[i];
    }
    return undefined;
  }

  #forget(before: number): void {
    const gone = Math.min(before, this.next) - this.from;
    if (gone <= 0) return;
    this.#masks.copyWithin(0, gone, this.next - this.from);
    this.#times.copyWithin(0, gone, this.next - this.from);
    this.from += gone;
  }

  #grow(room: number): void {
    if (room <= this.#masks.length) return;
    const wanted = Math.max(room, 2 * this.#masks.length);
    const [masks, times] = [new Uint8Array(wanted), new Float64Array(wanted)];
    masks.set(this.#masks);
    times.set(this.#times);
    [this.#masks, this.#times] = [masks, times];
  }
}
