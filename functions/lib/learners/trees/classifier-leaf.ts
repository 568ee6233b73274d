// A leaf of a Hoeffding tree that predicts labels: River's LeafNaiveBayesAdaptive and its relatives.
//   mc: the shares of the labels in the leaf;  nb: naive Bayes over the leaf's observers;  nba: whichever was right more often here
// A label of weight 0 has a share of 0; River's naive Bayes takes its logarithm for 0, and so for certain.

import type { StateBudget } from "../state-budget.ts";
import { type Check, checkLengths, count, counts, list, numberFromZero, object } from "../state-form.ts";
import {
  checkGaussians,
  GaussianObserver,
  NUMBERS_PER_LABEL,
  type ObserverState,
  type Weights,
} from "./gaussian-observer.ts";
import { informationGain, sumOf } from "./information-gain.ts";
import type { Values } from "./nodes.ts";

export type LeafPrediction = "nba" | "nb" | "mc";

export interface LeafState extends Weights {
  readonly depth: number;
  /** Examples that the majority, and that naive Bayes, predicted right. */
  readonly mcRight: number;
  readonly nbRight: number;
  /** The weight when a split was last tried. */
  readonly triedAt: number;
  readonly observers: readonly ObserverState[];
}

export const checkClassifierLeaf: Check = object<LeafState>(
  {
    depth: count,
    labels: counts,
    weights: list(numberFromZero),
    mcRight: count,
    nbRight: count,
    triedAt: numberFromZero,
    observers: list(checkGaussians),
  },
  ({ labels, weights }) => checkLengths(labels, { weights }),
);

/** Numbers of the state that a leaf takes without its labels and observers, with its half of the branch above it. */
export const NUMBERS_PER_LEAF = 8;
/** A label and its weight. */
const NUMBERS_PER_WEIGHT = 2;

/** Above this share of one label no split is looked for. */
const GREATEST_SHARE = 0.99;

export interface Candidate {
  readonly gain: number;
  readonly feature: number;
  readonly threshold: number;
  readonly sides: readonly [Weights, Weights];
}

export class ClassifierLeaf {
  readonly depth: number;
  readonly labels: number[];
  readonly weights: number[];
  triedAt: number;
  #mcRight: number;
  #nbRight: number;
  /** By feature. */
  readonly #observers: Map<number, GaussianObserver>;

  constructor(state: LeafState) {
    this.depth = state.depth;
    this.labels = [...state.labels];
    this.weights = [...state.weights];
    this.triedAt = state.triedAt;
    this.#mcRight = state.mcRight;
    this.#nbRight = state.nbRight;
    this.#observers = new Map(state.observers.map((observer) => [observer.feature, new GaussianObserver(observer)]));
  }

  static of({ labels, weights }: Weights, depth: number): ClassifierLeaf {
    return new ClassifierLeaf({
      depth,
      labels,
      weights,
      triedAt: sumOf(weights),
      mcRight: 0,
      nbRight: 0,
      observers: [],
    });
  }

  get weight(): number {
    return sumOf(this.weights);
  }

  /** Numbers of the state that it takes. */
  get numbers(): number {
    const observed = [...this.#observers.values()].reduce((sum, { size }) => sum + size, 0);
    return NUMBERS_PER_LEAF + NUMBERS_PER_WEIGHT * this.labels.length + NUMBERS_PER_LABEL * observed;
  }

  get isPure(): boolean {
    return this.weights.filter((weight) => weight !== 0).length < 2;
  }

  /** @param observes whether the leaf may split later. What has no room in the budget is as if never seen. */
  learn(values: Values, label: number, observes: boolean, budget: StateBudget): void {
    let at = this.labels.indexOf(label);
    if (at < 0 && !budget.takeNumbers(NUMBERS_PER_WEIGHT)) return;
    if (observes) {
      if (this.labels.length === 0 || this.#most(this.#majority()) === label) this.#mcRight++;
      if (this.#most(this.#naiveBayes(values)) === label) this.#nbRight++;
    }
    if (at < 0) {
      at = this.labels.push(label) - 1;
      this.weights.push(0);
    }
    this.weights[at] = (this.weights[at] as number) + 1;
    if (observes) this.#observe(values, label, budget);
  }

  /** Shares in the order of `labels`. */
  shares(values: Values, how: LeafPrediction): readonly number[] {
    const isBayes = how === "nb" || (how === "nba" && this.#nbRight >= this.#mcRight);
    return isBayes ? this.#naiveBayes(values) : this.#majority();
  }

  /** The best split of each feature that has one, the best of all last; undefined where one label has nearly all the weight. */
  candidates(): Candidate[] | undefined {
    if (greatest(this.weights) / this.weight > GREATEST_SHARE) return undefined;
    const best = [...this.#observers.values()].flatMap((observer) => this.#bestOf(observer) ?? []);
    return best.sort((a, b) => a.gain - b.gain);
  }

  /** Features that it observes. */
  get features(): number {
    return this.#observers.size;
  }

  /** Gives back to the budget what the observers took. */
  forgetObservers(budget: StateBudget): void {
    const before = this.numbers;
    this.#observers.clear();
    budget.chargeNumbers(this.numbers - before);
  }

  close(): LeafState {
    return {
      depth: this.depth,
      labels: [...this.labels],
      weights: [...this.weights],
      mcRight: this.#mcRight,
      nbRight: this.#nbRight,
      triedAt: this.triedAt,
      observers: [...this.#observers.values()].map((observer) => observer.close()),
    };
  }

  #observe(values: Values, label: number, budget: StateBudget): void {
    for (const [feature, value] of values.entries()) {
      if (value === undefined) continue;
      const known = this.#observers.get(feature);
      if (known?.knows(label) !== true && !budget.takeNumbers(NUMBERS_PER_LABEL)) continue;
      const observer = known ?? GaussianObserver.of(feature);
      this.#observers.set(feature, observer);
      observer.update(value, label);
    }
  }

  #bestOf(observer: GaussianObserver): Candidate | undefined {
    let best: Candidate | undefined;
    for (const threshold of observer.thresholds()) {
      const sides = observer.split(threshold);
      const gain = informationGain(this.weights, [sides[0].weights, sides[1].weights]);
      if (gain > (best?.gain ?? Number.NEGATIVE_INFINITY)) best = { gain, feature: observer.feature, threshold, sides };
    }
    return best;
  }

  /** The first label of the greatest share. */
  #most(shares: readonly number[]): number | undefined {
    return this.labels[shares.indexOf(greatest(shares))];
  }

  #majority(): number[] {
    const total = this.weight;
    return total === 0 ? [...this.weights] : this.weights.map((weight) => weight * (1 / total));
  }

  #naiveBayes(values: Values): number[] {
    const total = this.weight;
    const logs = this.weights.map((weight, at) => {
      if (!(weight > 0)) return Number.NEGATIVE_INFINITY;
      let log = Math.log(weight / total);
      for (const observer of this.#observers.values()) {
        const value = values[observer.feature];
        const density =
          value === undefined ? Number.NEGATIVE_INFINITY : observer.logDensity(value, this.labels[at] as number);
        if (density > Number.NEGATIVE_INFINITY) log += density;
      }
      return log;
    });
    const most = greatest(logs);
    if (most === Number.NEGATIVE_INFINITY) return this.weights.map(() => 0);
    const sum = most + Math.log(logs.reduce((all, log) => all + Math.exp(log - most), 0));
    return logs.map((log) => Math.exp(log - sum));
  }
}

function greatest(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}
