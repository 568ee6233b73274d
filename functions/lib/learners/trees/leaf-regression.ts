// The linear model in a leaf of a Hoeffding tree that predicts numbers: River's linear_model.LinearRegression with its defaults,
// by the slots of the features.
//
//   raw = sum of w_i x_i + b;  g = 2 (raw - y) weight, within 1e12 of 0;  b -= 0.01 g, then w_i -= 0.01 g x_i
//
// Its step suits features of about -1 to 1, so a standard-scaler belongs before the tree. Where it would become infinite it is over
// (`learn` says so), and its leaf goes on with the mean.

import type { StateBudget } from "../state-budget.ts";
import { type Check, number, numbers, object } from "../state-form.ts";
import type { Values } from "./nodes.ts";

export interface LeafRegressionState {
  readonly intercept: number;
  /** By slot; those beyond its end are 0. */
  readonly weights: readonly number[];
}

export const checkLeafRegression: Check = object({ intercept: number, weights: numbers });

const RATE = 0.01;
const GREATEST_GRADIENT = 1e12;

export class LeafRegression {
  #intercept: number;
  readonly #weights: number[];

  constructor({ intercept, weights }: LeafRegressionState) {
    this.#intercept = intercept;
    this.#weights = [...weights];
  }

  /** Numbers of the state that it takes. */
  get numbers(): number {
    return 1 + this.#weights.length;
  }

  /** May be infinite, or NaN. */
  predict(values: Values): number {
    let sum = 0;
    for (let slot = 0; slot < this.#weights.length; slot++) {
      const value = values[slot];
      if (value !== undefined) sum += value * (this.#weights[slot] as number);
    }
    return sum + this.#intercept;
  }

  /**
   * False where its numbers would no longer be finite. Features whose weights have no room in the budget are as if never seen.
   * @param raw what it predicts of the example.
   */
  learn(values: Values, raw: number, target: number, weight: number, budget: StateBudget): boolean {
    this.#grow(values.length, budget);
    const gradient = 2 * (raw - target) * weight;
    const step = RATE * Math.max(-GREATEST_GRADIENT, Math.min(gradient, GREATEST_GRADIENT));
    this.#intercept -= step;
    let isSound = Number.isFinite(this.#intercept);
    for (let slot = 0; slot < this.#weights.length; slot++) {
      const value = values[slot];
      if (value === undefined) continue;
      const next = (this.#weights[slot] as number) - step * value;
      if (!Number.isFinite(next)) isSound = false;
      this.#weights[slot] = next;
    }
    return isSound;
  }

  close(): LeafRegressionState {
    return { intercept: this.#intercept, weights: [...this.#weights] };
  }

  #grow(slots: number, budget: StateBudget): void {
    while (this.#weights.length < slots && budget.takeNumbers(1)) this.#weights.push(0);
  }
}
