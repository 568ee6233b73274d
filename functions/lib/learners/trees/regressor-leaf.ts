// A leaf of a Hoeffding tree that predicts numbers: the moments of its targets, what it knows of each feature, and a linear model.
//   mean: the mean of its targets;  model: its linear model;  adaptive: whichever erred less of late
// A linear model that would become infinite, or errs by 1e150, is over for good; what is as far off is not said, but the mean.
// A leaf of a forest looks at a subspace alone, as in classifier-leaf.ts; its linear model has all features, as River's.

import { NonFiniteError } from "../learner.ts";
import type { StateBudget } from "../state-budget.ts";
import { type Check, count, counts, list, numberFromZero, object, optional } from "../state-form.ts";
import { checkLeafRegression, LeafRegression, type LeafRegressionState } from "./leaf-regression.ts";
import { areFinite, checkMoments, type MomentsState, withValue } from "./moments.ts";
import type { Subspaces, Values } from "./nodes.ts";
import {
  checkSearchTree,
  NUMBERS_PER_VALUE,
  type NumberCandidate,
  SearchTreeObserver,
  type SearchTreeState,
} from "./search-tree-observer.ts";

export type LeafPrediction = "mean" | "model" | "adaptive";

/** As a pipeline file gives it. */
export const leafPredictionSchema = (usual: LeafPrediction) => ({
  enum: ["mean", "model", "adaptive"],
  default: usual,
  description:
    "What a leaf predicts: the mean of its targets, its linear model (scale the features first), or whichever erred less of late.",
});

export interface RegressorLeafState {
  readonly depth: number;
  readonly moments: MomentsState;
  /** The number of examples when a split was last tried. */
  readonly triedAt: number;
  readonly observers: readonly SearchTreeState[];
  /** The places of the features that it looks at, in a forest; absent where it looks at all of them. */
  readonly subspace?: readonly number[];
  /** Absent where its predictions have no linear model, and where that is over. */
  readonly linear?: LeafLinearState;
}

interface LeafLinearState extends LeafRegressionState {
  /** Squared errors of the mean and of the model, each a sum in which earlier ones weigh 0.95 a step. */
  readonly meanError: number;
  readonly modelError: number;
}

const checkLinear: Check = object({ meanError: numberFromZero, modelError: numberFromZero });

export const checkRegressorLeaf: Check = object({
  depth: count,
  moments: checkMoments,
  triedAt: count,
  observers: list(checkSearchTree),
  subspace: optional(counts),
  linear: optional((value) => {
    checkLeafRegression(value);
    checkLinear(value);
  }),
});

/** Numbers of the state that a leaf takes without its observers, with its half of the branch above it. */
export const NUMBERS_PER_LEAF = 10;
/** Those of a linear model beside its own. */
const NUMBERS_PER_LINEAR = 2;
const DECAY = 0.95;
/** Its square, and the square of some of them, are within doubles. */
const GREATEST_ERROR = 1e150;

export const NO_LINEAR: LeafLinearState = { intercept: 0, weights: [], meanError: 0, modelError: 0 };

export class RegressorLeaf {
  readonly depth: number;
  moments: MomentsState;
  triedAt: number;
  readonly #observers: SearchTreeObserver[];
  /** By feature. */
  readonly #byFeature: Map<number, SearchTreeObserver>;
  #subspace: readonly number[] | undefined;
  #linear: LeafRegression | undefined;
  #meanError: number;
  #modelError: number;

  constructor(state: RegressorLeafState) {
    this.depth = state.depth;
    this.moments = { ...state.moments };
    this.triedAt = state.triedAt;
    this.#observers = state.observers.map((observer) => new SearchTreeObserver(observer));
    this.#byFeature = new Map(this.#observers.map((observer) => [observer.feature, observer]));
    this.#subspace = state.subspace;
    this.#linear = state.linear && new LeafRegression(state.linear);
    this.#meanError = state.linear?.meanError ?? 0;
    this.#modelError = state.linear?.modelError ?? 0;
  }

  /** @param linear what it goes on from; absent for a leaf without a linear model. */
  static of(moments: MomentsState, depth: number, linear?: LeafLinearState): RegressorLeaf {
    return new RegressorLeaf({ depth, moments, triedAt: moments.n, observers: [], ...(linear && { linear }) });
  }

  get weight(): number {
    return this.moments.n;
  }

  /** Numbers of the state that it takes. */
  get numbers(): number {
    let values = 0;
    for (const { size } of this.#observers) values += size;
    return this.#numbersWithoutObservers + NUMBERS_PER_VALUE * values;
  }

  /** Numbers that a leaf takes which comes of its split. */
  get numbersOfChild(): number {
    return NUMBERS_PER_LEAF + this.#numbersOfLinear;
  }

  get #numbersWithoutObservers(): number {
    return NUMBERS_PER_LEAF + (this.#subspace?.length ?? 0) + this.#numbersOfLinear;
  }

  get #numbersOfLinear(): number {
    return this.#linear === undefined ? 0 : NUMBERS_PER_LINEAR + this.#linear.numbers;
  }

  predict(values: Values, how: LeafPrediction): number {
    const { mean } = this.moments;
    if (how === "mean" || this.#linear === undefined) return mean;
    if (how === "adaptive" && this.#meanError < this.#modelError) return mean;
    const raw = this.#linear.predict(values);
    return Math.abs(raw - mean) < GREATEST_ERROR ? raw : mean;
  }

  /**
   * @param observes whether the leaf may split later. A value that has no room in the budget is as if never seen.
   * @throws NonFiniteError
   */
  learn(
    values: Values,
    target: number,
    observes: boolean,
    budget: StateBudget,
    weight = 1,
    subspaces?: Subspaces | undefined,
  ): void {
    const { mean } = this.moments;
    this.moments = withValue(this.moments, target, weight);
    if (!areFinite(this.moments)) throw new NonFiniteError("a variance in a leaf");
    if (observes) this.#observe(values, target, weight, budget, subspaces);
    if (this.#linear !== undefined) this.#learnLinear(this.#linear, values, target, weight, mean, budget);
  }

  /** The best split of each feature, the best of all last. */
  candidates(): NumberCandidate[] {
    const best = this.#observers.flatMap((observer) => observer.best(this.moments) ?? []);
    return best.sort((a, b) => a.gain - b.gain);
  }

  removeBad(bestGain: number, share: number, budget: StateBudget): void {
    const before = this.numbers;
    for (const observer of this.#observers) observer.removeBad(this.moments, bestGain, share);
    budget.chargeNumbers(this.numbers - before);
  }

  /** A leaf of its split, which goes on from its linear model. */
  child(moments: MomentsState): RegressorLeaf {
    return RegressorLeaf.of(moments, this.depth + 1, this.#closedLinear());
  }

  close(): RegressorLeafState {
    const linear = this.#closedLinear();
    return {
      depth: this.depth,
      moments: { ...this.moments },
      triedAt: this.triedAt,
      observers: this.#observers.map((observer) => observer.close()),
      ...(this.#subspace && { subspace: [...this.#subspace] }),
      ...(linear && { linear }),
    };
  }

  #closedLinear(): LeafLinearState | undefined {
    return this.#linear && { ...this.#linear.close(), meanError: this.#meanError, modelError: this.#modelError };
  }

  #observe(
    values: Values,
    target: number,
    weight: number,
    budget: StateBudget,
    subspaces: Subspaces | undefined,
  ): void {
    if (subspaces === undefined) {
      for (let feature = 0; feature < values.length; feature++)
        this.#observeOne(feature, values, target, weight, budget);
      return;
    }
    this.#subspace ??= subspaces.draw(values, budget);
    if (this.#subspace === undefined) return;
    for (const feature of this.#subspace) this.#observeOne(feature, values, target, weight, budget);
  }

  #observeOne(feature: number, values: Values, target: number, weight: number, budget: StateBudget): void {
    const value = values[feature];
    if (value === undefined) return;
    let observer = this.#byFeature.get(feature);
    if (observer?.has(value) !== true && !budget.takeNumbers(NUMBERS_PER_VALUE)) return;
    if (observer === undefined) {
      observer = SearchTreeObserver.of(feature);
      this.#observers.push(observer);
      this.#byFeature.set(feature, observer);
    }
    observer.update(value, target, weight);
  }

  /** @param mean of the targets before this one. */
  #learnLinear(
    linear: LeafRegression,
    values: Values,
    target: number,
    weight: number,
    mean: number,
    budget: StateBudget,
  ): void {
    const raw = linear.predict(values);
    this.#meanError = DECAY * this.#meanError + (target - mean) ** 2;
    this.#modelError = DECAY * this.#modelError + (target - raw) ** 2;
    if (!Number.isFinite(this.#meanError)) throw new NonFiniteError("an error in a leaf");
    const before = this.#numbersOfLinear;
    if (linear.learn(values, raw, target, weight, budget) && this.#modelError < GREATEST_ERROR ** 2) return;
    const grown = this.#numbersOfLinear - before;
    this.#linear = undefined;
    budget.chargeNumbers(-before - grown);
  }
}
