// Where each feature name has its numbers. A name keeps its slot for good. The slots of the last list of names are
// remembered: within one example the same list comes by several times.

export class Slots {
  /** Of a name never seen. */
  static readonly UNSEEN = -1;
  /** Of a name that is not selected. */
  static readonly LEFT_OUT = -2;

  readonly names: string[];
  readonly #index = new Map<string, number>();
  readonly #selected: ((name: string) => boolean) | undefined;
  #lastNames: readonly string[] | undefined;
  #lastSlots: readonly number[] = [];

  constructor(names: readonly string[], selected?: (name: string) => boolean) {
    this.names = [...names];
    this.#selected = selected;
    for (const [slot, name] of names.entries()) this.#index.set(name, slot);
  }

  get size(): number {
    return this.names.length;
  }

  find(names: readonly string[]): readonly number[] {
    return names === this.#lastNames
      ? this.#lastSlots
      : names.map((name) => this.#index.get(name) ?? this.#unknown(name));
  }

  /** A name never seen gets the next slot. */
  claim(names: readonly string[]): readonly number[] {
    this.#lastSlots = this.find(names).map((slot, i) => (slot === Slots.UNSEEN ? this.#add(names[i] as string) : slot));
    this.#lastNames = names;
    return this.#lastSlots;
  }

  #unknown(name: string): number {
    if (this.#selected === undefined || this.#selected(name)) return Slots.UNSEEN;
    this.#index.set(name, Slots.LEFT_OUT);
    return Slots.LEFT_OUT;
  }

  #add(name: string): number {
    const slot = this.names.push(name) - 1;
    this.#index.set(name, slot);
    return slot;
  }
}

/** Float64 numbers by slot, which grow as slots are claimed; what was never set is 0. */
export class Column {
  #numbers: Float64Array;

  constructor(numbers: readonly number[] = []) {
    this.#numbers = new Float64Array(Math.max(16, numbers.length));
    this.#numbers.set(numbers);
  }

  /** At least `size` long; good until the next call. */
  upTo(size: number): Float64Array {
    if (size > this.#numbers.length) {
      const grown = new Float64Array(Math.max(size, this.#numbers.length * 2));
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    return this.#numbers;
  }

  list(size: number): number[] {
    return Array.from(this.upTo(size).subarray(0, size));
  }
}
