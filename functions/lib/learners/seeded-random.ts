// Chance that can be repeated: numbers from a seed, whose whole state is one number (mulberry32, Tommy Ettinger). A learner that
// draws keeps it in its own state, so the same state and the same examples draw the same numbers.

/** How many seeds there are, and states of a generator. */
export const SEEDS = 2 ** 32;

/** A seed as a pipeline file gives it. */
export const seedSchema = {
  type: "integer",
  minimum: 0,
  maximum: SEEDS - 1,
  default: 1,
  description: "Where the random numbers start. The same seed draws the same numbers.",
} as const;

export class SeededRandom {
  /** 32 bits, without a sign: a seed, or the state of an earlier one. */
  state: number;

  constructor(state: number) {
    this.state = state;
  }

  /** At least 0, below 1. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / SEEDS;
  }

  /** A Poisson-distributed number, as River draws it (Knuth). @param mean at most some hundreds. */
  poisson(mean: number): number {
    const end = Math.exp(-mean);
    let k = 0;
    for (let p = this.next(); p > end; p *= this.next()) k++;
    return k;
  }

  /** A whole number, at least 0 and below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }
}
