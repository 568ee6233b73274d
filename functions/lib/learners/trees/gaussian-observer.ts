// River's GaussianSplitter: what a leaf knows of one feature, a normal distribution for each label, and where it could split.

import { NonFiniteError } from "../learner.ts";
import { type Check, checkLengths, count, counts, countsFromOne, numbers, object } from "../state-form.ts";
import { gainOf } from "./information-gain.ts";
import { normalCdf } from "./normal.ts";

/** Weights by label, in the order in which the labels came; a label stands for its place among all labels. */
export interface Weights {
  readonly labels: readonly number[];
  readonly weights: readonly number[];
}

/** All lists in the order of `labels`. */
export interface ObserverState {
  /** The place of the feature among the tree's names. */
  readonly feature: number;
  readonly labels: readonly number[];
  readonly counts: readonly number[];
  readonly means: readonly number[];
  /** Sums of squared distances to the mean. */
  readonly squares: readonly number[];
  readonly lows: readonly number[];
  readonly highs: readonly number[];
}

export const checkGaussians: Check = object<ObserverState>(
  {
    feature: count,
    labels: counts,
    counts: countsFromOne,
    means: numbers,
    squares: numbers,
    lows: numbers,
    highs: numbers,
  },
  ({ labels, counts, means, squares, lows, highs }) => checkLengths(labels, { counts, means, squares, lows, highs }),
);

/** Numbers of the state that each label of an observer takes. */
export const NUMBERS_PER_LABEL = 6;

const SPLITS = 10;
const HALF_LOG_TAU = Math.log(2 * Math.PI) / 2;

export class GaussianObserver {
  readonly feature: number;
  readonly #labels: number[];
  readonly #counts: number[];
  readonly #means: number[];
  readonly #squares: number[];
  readonly #lows: number[];
  readonly #highs: number[];

  constructor(state: ObserverState) {
    this.feature = state.feature;
    this.#labels = [...state.labels];
    this.#counts = [...state.counts];
    this.#means = [...state.means];
    this.#squares = [...state.squares];
    this.#lows = [...state.lows];
    this.#highs = [...state.highs];
  }

  static of(feature: number): GaussianObserver {
    return new GaussianObserver({ feature, labels: [], counts: [], means: [], squares: [], lows: [], highs: [] });
  }

  /** Labels that it knows. */
  get size(): number {
    return this.#labels.length;
  }

  knows(label: number): boolean {
    return this.#labels.includes(label);
  }

  update(value: number, label: number, weight = 1): void {
    let at = this.#labels.indexOf(label);
    if (at < 0) {
      at = this.#labels.push(label) - 1;
      this.#counts.push(0);
      this.#means.push(0);
      this.#squares.push(0);
      this.#lows.push(value);
      this.#highs.push(value);
    }
    const n = (this.#counts[at] as number) + weight;
    const old = this.#means[at] as number;
    const mean = old + (weight / n) * (value - old);
    const square = (this.#squares[at] as number) + weight * (value - old) * (value - mean);
    if (!Number.isFinite(mean) || !Number.isFinite(square)) throw new NonFiniteError("a variance in a leaf");
    this.#counts[at] = n;
    this.#means[at] = mean;
    this.#squares[at] = square;
    this.#lows[at] = Math.min(value, this.#lows[at] as number);
    this.#highs[at] = Math.max(value, this.#highs[at] as number);
  }

  /**
   * Adds the logarithm of the density of a value, with ddof 1, to that of each label; nothing where it is not known, or too small
   * for doubles.
   */
  addLogDensities(value: number, labels: readonly number[], logs: number[]): void {
    for (let i = 0; i < labels.length; i++) {
      if (logs[i] === Number.NEGATIVE_INFINITY) continue;
      const label = labels[i] as number;
      // Mostly labels came in the same order.
      const at = this.#labels[i] === label ? i : this.#labels.indexOf(label);
      const variance = at < 0 ? 0 : this.#variance(at);
      if (!(variance > 0)) continue;
      const distance = value - (this.#means[at] as number);
      const density = (distance * distance) / (-2 * variance) - HALF_LOG_TAU - 0.5 * Math.log(variance);
      if (density > Number.NEGATIVE_INFINITY) logs[i] = (logs[i] as number) + density;
    }
  }

  /**
   * The best of ten thresholds between the least and the greatest value, by information gain; of equal ones the first. Undefined where
   * either side of each is too small.
   * @param before the entropy of the leaf.
   */
  best(before: number): { readonly gain: number; readonly threshold: number } | undefined {
    const size = this.#labels.length;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    const sigmas: number[] = [];
    for (let at = 0; at < size; at++) {
      low = Math.min(low, this.#lows[at] as number);
      high = Math.max(high, this.#highs[at] as number);
      sigmas.push(Math.sqrt(this.#variance(at)));
    }
    const step = (high - low) / (SPLITS + 1);
    const [below, above] = [new Array<number>(size), new Array<number>(size)];
    let best = Number.NEGATIVE_INFINITY;
    let bestThreshold = 0;
    for (let i = 1; i <= SPLITS; i++) {
      const threshold = low + step * i;
      if (!(low < threshold && threshold < high)) continue;
      for (let at = 0; at < size; at++) {
        const n = this.#counts[at] as number;
        const under = this.#under(threshold, at, sigmas[at] as number);
        below[at] = under;
        above[at] = n - under;
      }
      const gain = gainOf(before, below, above);
      if (!(gain > best)) continue;
      best = gain;
      bestThreshold = threshold;
    }
    return best > Number.NEGATIVE_INFINITY ? { gain: best, threshold: bestThreshold } : undefined;
  }

  /** About how many examples of each label are at most the threshold, and how many above it. */
  split(threshold: number): [Weights, Weights] {
    const [below, above] = [noWeights(), noWeights()];
    for (const [at, label] of this.#labels.entries()) {
      const n = this.#counts[at] as number;
      if (threshold < (this.#lows[at] as number)) add(above, label, n);
      else if (threshold >= (this.#highs[at] as number)) add(below, label, n);
      else {
        const under = this.#under(threshold, at, Math.sqrt(this.#variance(at)));
        add(below, label, under);
        add(above, label, n - under);
      }
    }
    return [below, above];
  }

  close(): ObserverState {
    return {
      feature: this.feature,
      labels: [...this.#labels],
      counts: [...this.#counts],
      means: [...this.#means],
      squares: [...this.#squares],
      lows: [...this.#lows],
      highs: [...this.#highs],
    };
  }

  /** About how many examples of a label are at most the threshold. */
  #under(threshold: number, at: number, sigma: number): number {
    if (threshold < (this.#lows[at] as number)) return 0;
    const n = this.#counts[at] as number;
    if (threshold >= (this.#highs[at] as number)) return n;
    return sigma > 0 ? normalCdf((threshold - (this.#means[at] as number)) / sigma) * n : 0;
  }

  #variance(at: number): number {
    const n = this.#counts[at] as number;
    return n > 1 ? (this.#squares[at] as number) / (n - 1) : 0;
  }
}

function noWeights(): { labels: number[]; weights: number[] } {
  return { labels: [], weights: [] };
}

function add(to: { labels: number[]; weights: number[] }, label: number, weight: number): void {
  to.labels.push(label);
  to.weights.push(weight);
}
