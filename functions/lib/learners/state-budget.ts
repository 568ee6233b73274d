// How much of what grows with the data a model may keep: the names of features, the groups of a mean, and their numbers.
//
//   B1  What is in the state stays, and goes on learning. What does not fit any more is left out: a name that gets no slot
//       counts as one never seen, in learning as in predicting.
//   B2  Whether a name fits depends on the state and the order of the examples alone, not on how they were grouped.

/** About what a number takes as JSON text. */
const NUMBER_BYTES = 20;

export const DEFAULT_MAX_STATE_BYTES = 16 * 1024 * 1024;

export class StateBudget {
  /** How often something did not fit. */
  refused = 0;
  readonly #bytes: number;
  readonly #whole: StateBudget | undefined;
  #left: number;

  /**
   * @param bytes of the state's JSON text, about.
   * @param whole the budget that it is a share of: what is taken here is taken there too.
   */
  constructor(bytes = Number.POSITIVE_INFINITY, whole?: StateBudget) {
    this.#bytes = bytes;
    this.#whole = whole;
    this.#left = bytes;
  }

  /** For one of so many parts that grow apart from each other: what one takes, the others never lack, as long as the whole has it. */
  share(parts: number): StateBudget {
    return new StateBudget(Math.floor(this.#bytes / parts), this);
  }

  /** Of a share whose part is no more: gives back all that it took. */
  release(): void {
    if (this.#bytes === Number.POSITIVE_INFINITY) return;
    this.#spend(this.#left - this.#bytes);
  }

  /** Takes off what is there already, whether it fits or not. */
  charge(names: readonly string[], numbersPerName: number): void {
    if (this.#left !== Number.POSITIVE_INFINITY) this.#spend(sizeOf(names, numbersPerName));
  }

  /** False, and nothing taken off, where a new name does not fit. */
  take(name: string, numbersPerName: number): boolean {
    if (this.#left === Number.POSITIVE_INFINITY) return true;
    const size = sizeOf([name], numbersPerName);
    return this.#spendIfThere(size);
  }

  /** As `charge`, for numbers that have no name. Fewer than 0 are given back. */
  chargeNumbers(count: number): void {
    this.#spend(count * NUMBER_BYTES);
  }

  /** As `take`, for numbers that have no name. What gives some back always fits. */
  takeNumbers(count: number): boolean {
    return this.#spendIfThere(count * NUMBER_BYTES);
  }

  #spendIfThere(bytes: number): boolean {
    if (bytes > 0 && !this.#has(bytes)) {
      this.#refuse();
      return false;
    }
    this.#spend(bytes);
    return true;
  }

  #has(bytes: number): boolean {
    return bytes <= this.#left && (this.#whole === undefined || this.#whole.#has(bytes));
  }

  #refuse(): void {
    this.refused++;
    if (this.#whole !== undefined) this.#whole.#refuse();
  }

  #spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#whole !== undefined) this.#whole.#spend(bytes);
  }
}

// Of several names it is the sum of each alone: a state that is opened anew must have the room that it had before.
function sizeOf(names: readonly string[], numbersPerName: number): number {
  if (names.length === 0) return 0;
  // Each with its quotes and one comma.
  return Buffer.byteLength(JSON.stringify(names)) - 1 + names.length * numbersPerName * NUMBER_BYTES;
}
