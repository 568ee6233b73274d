// A leaf of a Hoeffding tree that predicts numbers: the moments of its targets, and what it knows of each feature.

import { NonFiniteError } from "../learner.ts";
import type { StateBudget } from "../state-budget.ts";
import { type Check, count, list, object } from "../state-form.ts";
import { areFinite, checkMoments, type MomentsState, withValue } from "./moments.ts";
import type { Values } from "./nodes.ts";
import {
  checkSearchTree,
  NUMBERS_PER_VALUE,
  type NumberCandidate,
  SearchTreeObserver,
  type SearchTreeState,
} from "./search-tree-observer.ts";

export interface RegressorLeafState {
  readonly depth: number;
  readonly moments: MomentsState;
  /** The number of examples when a split was last tried. */
  readonly triedAt: number;
  readonly observers: readonly SearchTreeState[];
}

export const checkRegressorLeaf: Check = object({
  depth: count,
  moments: checkMoments,
  triedAt: count,
  observers: list(checkSearchTree),
});

/** Numbers of the state that a leaf takes without its observers, with its half of the branch above it. */
export const NUMBERS_PER_LEAF = 10;

export class RegressorLeaf {
  readonly depth: number;
  moments: MomentsState;
  triedAt: number;
  /** By feature. */
  readonly #observers: Map<number, SearchTreeObserver>;

  constructor(state: RegressorLeafState) {
    this.depth = state.depth;
    this.moments = { ...state.moments };
    this.triedAt = state.triedAt;
    this.#observers = new Map(state.observers.map((observer) => [observer.feature, new SearchTreeObserver(observer)]));
  }

  static of(moments: MomentsState, depth: number): RegressorLeaf {
    return new RegressorLeaf({ depth, moments, triedAt: moments.n, observers: [] });
  }

  get weight(): number {
    return this.moments.n;
  }

  /** Numbers of the state that it takes. */
  get numbers(): number {
    const values = [...this.#observers.values()].reduce((sum, { size }) => sum + size, 0);
    return NUMBERS_PER_LEAF + NUMBERS_PER_VALUE * values;
  }

  /** @param observes whether the leaf may split later. A value that has no room in the budget is as if never seen. */
  learn(values: Values, target: number, observes: boolean, budget: StateBudget): void {
    this.moments = withValue(this.moments, target);
    if (!areFinite(this.moments)) throw new NonFiniteError("a variance in a leaf");
    if (!observes) return;
    for (const [feature, value] of values.entries()) {
      if (value === undefined) continue;
      const known = this.#observers.get(feature);
      if (known?.has(value) !== true && !budget.takeNumbers(NUMBERS_PER_VALUE)) continue;
      const observer = known ?? SearchTreeObserver.of(feature);
      this.#observers.set(feature, observer);
      observer.update(value, target);
    }
  }

  /** The best split of each feature, the best of all last. */
  candidates(): NumberCandidate[] {
    const best = [...this.#observers.values()].flatMap((observer) => observer.best(this.moments) ?? []);
    return best.sort((a, b) => a.gain - b.gain);
  }

  removeBad(bestGain: number, share: number, budget: StateBudget): void {
    const before = this.numbers;
    for (const observer of this.#observers.values()) observer.removeBad(this.moments, bestGain, share);
    budget.chargeNumbers(this.numbers - before);
  }

  close(): RegressorLeafState {
    return {
      depth: this.depth,
      moments: { ...this.moments },
      triedAt: this.triedAt,
      observers: [...this.#observers.values()].map((observer) => observer.close()),
    };
  }
}
