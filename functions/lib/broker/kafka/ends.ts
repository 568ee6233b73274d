// Where each partition of the topic ends, as far as this process knows: by what it wrote, read or asked for.

export class Ends {
  readonly #ends = new Map<number, number>();

  grown(partition: number, end: number): void {
    if (end > this.of(partition)) this.#ends.set(partition, end);
  }

  /** As Kafka says: a recreated topic ends earlier than it did. */
  set(partition: number, end: number): void {
    this.#ends.set(partition, end);
  }

  /** The offset behind the last event. */
  of(partition: number): number {
    return this.#ends.get(partition) ?? 0;
  }
}
