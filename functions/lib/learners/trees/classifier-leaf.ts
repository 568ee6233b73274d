// A leaf of a Hoeffding tree that predicts labels: River's LeafNaiveBayesAdaptive and its relatives.
//   mc: the shares of the labels in the leaf;  nb: naive Bayes over the leaf's observers;  nba: whichever was right more often here
// A label of weight 0 has a share of 0; River's naive Bayes takes its logarithm for 0, and so for certain.
// A leaf of a forest looks at a subspace alone: some of the features of its first example, drawn anew for each leaf.

import type { StateBudget } from "../state-budget.ts";
import { type Check, checkLengths, count, counts, list, numberFromZero, object, optional } from "../state-form.ts";
import {
  checkGaussians,
  GaussianObserver,
  NUMBERS_PER_LABEL,
  type ObserverState,
  type Weights,
} from "./gaussian-observer.ts";
import { firstKnown, greatest, placeOfGreatest } from "./greatest.ts";
import { entropy, sumOf } from "./information-gain.ts";
import type { Subspaces, Values } from "./nodes.ts";

export type LeafPrediction = "nba" | "nb" | "mc";

/** As a pipeline file gives it. */
export const LEAF_PREDICTION = {
  enum: ["nba", "nb", "mc"],
  default: "nba",
  description: "The shares in a leaf (mc), naive Bayes in it (nb), or whichever was right more often there (nba).",
} as const;

export interface LeafState extends Weights {
  readonly depth: number;
  /** Examples that the majority, and that naive Bayes, predicted right. */
  readonly mcRight: number;
  readonly nbRight: number;
  /** The weight when a split was last tried. */
  readonly triedAt: number;
  readonly observers: readonly ObserverState[];
  /** The places of the features that it looks at, in a forest; absent where it looks at all of them. */
  readonly subspace?: readonly number[];
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
    subspace: optional(counts),
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
  /** Knows the weights of its sides. */
  readonly of: GaussianObserver;
}

/** What the two rules of a leaf say of an example. */
export interface Judgement {
  /** The first of the likeliest in the leaf: places among its labels, -1 for none. */
  readonly mc: number;
  readonly nb: number;
  /** The one of them that the tree knew first. */
  readonly mcSays: number | undefined;
  readonly nbSays: number | undefined;
}

export class ClassifierLeaf {
  readonly depth: number;
  readonly labels: number[];
  readonly weights: number[];
  triedAt: number;
  #mcRight: number;
  #nbRight: number;
  readonly #observers: GaussianObserver[];
  /** By feature. */
  readonly #byFeature: Map<number, GaussianObserver>;
  #subspace: readonly number[] | undefined;

  constructor(state: LeafState) {
    this.depth = state.depth;
    this.labels = [...state.labels];
    this.weights = [...state.weights];
    this.triedAt = state.triedAt;
    this.#mcRight = state.mcRight;
    this.#nbRight = state.nbRight;
    this.#observers = state.observers.map((observer) => new GaussianObserver(observer));
    this.#byFeature = new Map(this.#observers.map((observer) => [observer.feature, observer]));
    this.#subspace = state.subspace;
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
    let observed = 0;
    for (const { size } of this.#observers) observed += size;
    return (
      NUMBERS_PER_LEAF +
      (this.#subspace?.length ?? 0) +
      NUMBERS_PER_WEIGHT * this.labels.length +
      NUMBERS_PER_LABEL * observed
    );
  }

  get isPure(): boolean {
    let labels = 0;
    for (const weight of this.weights) if (weight !== 0) labels++;
    return labels < 2;
  }

  judge(values: Values): Judgement {
    const { length } = this.labels;
    if (length === 0) return { mc: -1, nb: -1, mcSays: undefined, nbSays: undefined };
    const logs = this.#logs(values);
    const mc = placeOfGreatest(this.weights, length);
    const nb = placeOfGreatest(logs, length);
    return { mc, nb, mcSays: firstKnown(this.labels, this.weights, mc), nbSays: firstKnown(this.labels, logs, nb) };
  }

  /** The label that the rule in force says; of equal ones that of the lowest slot. @param judgement of the same example. */
  saysOf({ mcSays, nbSays }: Judgement, how: LeafPrediction): number | undefined {
    return this.#isBayes(how) ? nbSays : mcSays;
  }

  /**
   * @param observes whether the leaf may split later. What has no room in the budget is as if never seen.
   * @param judgement of the same example, where it was made already.
   */
  learn(
    values: Values,
    label: number,
    observes: boolean,
    budget: StateBudget,
    {
      weight = 1,
      subspaces,
      judgement,
    }: { readonly weight?: number; readonly subspaces?: Subspaces | undefined; readonly judgement?: Judgement } = {},
  ): void {
    let at = this.labels.indexOf(label);
    if (at < 0 && !budget.takeNumbers(NUMBERS_PER_WEIGHT)) return;
    if (observes) {
      const { mc, nb } = judgement ?? this.judge(values);
      if (this.labels.length === 0 || mc === at) this.#mcRight += weight;
      if (at >= 0 && nb === at) this.#nbRight += weight;
    }
    if (at < 0) {
      at = this.labels.push(label) - 1;
      this.weights.push(0);
    }
    this.weights[at] = (this.weights[at] as number) + weight;
    if (observes) this.#observe(values, label, weight, budget, subspaces);
  }

  /** Shares in the order of `labels`. */
  shares(values: Values, how: LeafPrediction): number[] {
    return this.#isBayes(how) ? this.#naiveBayes(values) : this.#majority();
  }

  /** The best split of each feature that has one, the best of all last; undefined where one label has nearly all the weight. */
  candidates(): Candidate[] | undefined {
    if (greatest(this.weights) / this.weight > GREATEST_SHARE) return undefined;
    const before = entropy(this.weights);
    const best: Candidate[] = [];
    for (const observer of this.#observers) {
      const split = observer.best(before);
      if (split !== undefined) best.push({ ...split, feature: observer.feature, of: observer });
    }
    return best.sort((a, b) => a.gain - b.gain);
  }

  /** Features that it observes. */
  get features(): number {
    return this.#observers.length;
  }

  /** Gives back to the budget what the observers took. */
  forgetObservers(budget: StateBudget): void {
    const before = this.numbers;
    this.#observers.length = 0;
    this.#byFeature.clear();
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
      observers: this.#observers.map((observer) => observer.close()),
      ...(this.#subspace && { subspace: [...this.#subspace] }),
    };
  }

  #isBayes(how: LeafPrediction): boolean {
    return how === "nb" || (how === "nba" && this.#nbRight >= this.#mcRight);
  }

  #observe(values: Values, label: number, weight: number, budget: StateBudget, subspaces: Subspaces | undefined): void {
    if (subspaces === undefined) {
      for (let feature = 0; feature < values.length; feature++)
        this.#observeOne(feature, values, label, weight, budget);
      return;
    }
    this.#subspace ??= subspaces.draw(values, budget);
    if (this.#subspace === undefined) return;
    for (const feature of this.#subspace) this.#observeOne(feature, values, label, weight, budget);
  }

  #observeOne(feature: number, values: Values, label: number, weight: number, budget: StateBudget): void {
    const value = values[feature];
    if (value === undefined) return;
    let observer = this.#byFeature.get(feature);
    if (observer?.knows(label) !== true && !budget.takeNumbers(NUMBERS_PER_LABEL)) return;
    if (observer === undefined) {
      observer = GaussianObserver.of(feature);
      this.#observers.push(observer);
      this.#byFeature.set(feature, observer);
    }
    observer.update(value, label, weight);
  }

  #majority(): number[] {
    const total = this.weight;
    return total === 0 ? [...this.weights] : this.weights.map((weight) => weight * (1 / total));
  }

  #naiveBayes(values: Values): number[] {
    const logs = this.#logs(values);
    const most = greatest(logs);
    if (most === Number.NEGATIVE_INFINITY) return this.weights.map(() => 0);
    let all = 0;
    for (const log of logs) all += Math.exp(log - most);
    const sum = most + Math.log(all);
    for (let at = 0; at < logs.length; at++) logs[at] = Math.exp((logs[at] as number) - sum);
    return logs;
  }

  /** Of naive Bayes, the logarithm of each label's share, but for a sum that is the same for all. */
  #logs(values: Values): number[] {
    const total = this.weight;
    const logs: number[] = [];
    for (const weight of this.weights) logs.push(weight > 0 ? Math.log(weight / total) : Number.NEGATIVE_INFINITY);
    for (const observer of this.#observers) {
      const value = values[observer.feature];
      if (value !== undefined) observer.addLogDensities(value, this.labels, logs);
    }
    return logs;
  }
}
