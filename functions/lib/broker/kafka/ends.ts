// Where each partition of the topic ends, as far as this process knows: by what it wrote, read or asked for. And since when it
// has known that, so that a lag in events is one in time, too, where the events themselves are not at hand.

interface Mark {
  readonly time: number;
  /** The end at that time. */
  readonly end: number;
}

/** Between two marks. */
const MARK_MS = 1000;
const MAX_MARKS = 256;

export class Ends {
  readonly #now: () => number;
  readonly #ends = new Map<number, number>();
  /** By partition, in the order of their ends. */
  readonly #marks = new Map<number, Mark[]>();

  /** `now`: epoch milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  grown(partition: number, end: number): void {
    if (end <= this.of(partition)) return;
    this.#ends.set(partition, end);
    const time = this.#now();
    const marks = this.#marks.get(partition) ?? [];
    const last = marks.at(-1);
    if (last !== undefined && Math.abs(time - last.time) < MARK_MS) return;
    marks.push({ time, end });
    // Every other one goes: what they told of, the next ones tell, as younger than it is.
    this.#marks.set(partition, marks.length > MAX_MARKS ? marks.filter((_, i) => i % 2 === 1) : marks);
  }

  /** As Kafka says: a recreated topic ends earlier than it did. */
  set(partition: number, end: number): void {
    this.#ends.set(partition, end);
    this.#marks.delete(partition);
  }

  /** The offset behind the last event. */
  of(partition: number): number {
    return this.#ends.get(partition) ?? 0;
  }

  /** The event at `offset` has been in the log since then, or longer; undefined where there is none. */
  since(partition: number, offset: number): number | undefined {
    if (offset >= this.of(partition)) return undefined;
    return this.#marks.get(partition)?.find(({ end }) => end > offset)?.time ?? this.#now();
  }
}
