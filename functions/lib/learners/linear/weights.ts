// The weights of a linear model by feature, and what an optimizer keeps of each. A weight never learned is 0.
// They grow by 1 + width numbers for each name; a name for which the budget has no room counts as never seen.

import { type LearnedWeight, NonFiniteError, type Vector } from "../learner.ts";
import { Column, Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { checkLengths, numbers, texts } from "../state-form.ts";
import { checkNumbers, numberAt } from "../vector.ts";
import type { Optimizer } from "./optimizer.ts";

export interface Weights {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** What the optimizer keeps for each weight, weight by weight; empty where it keeps nothing. */
  readonly memory: readonly number[];
}

/** Of the members of a state that has weights. */
export const WEIGHTS = { names: texts, weights: numbers, memory: numbers };

/** @throws UnsoundStateError where lists do not have as many items as names ask for. */
export function checkWeights({ names, weights, memory }: Weights, { width }: Optimizer): void {
  checkLengths(names, { weights });
  checkLengths(names, { memory }, width);
}

/** All of them. @param label the class whose sum they make, where each has one. */
export function namedWeights({ names, weights }: Pick<Weights, "names" | "weights">, label?: string): LearnedWeight[] {
  const of = label !== undefined && { class: label };
  return names.map((feature, slot) => ({ feature, ...of, weight: weights[slot] as number }));
}

export const NO_WEIGHTS: Weights = { names: [], weights: [], memory: [] };

export class OpenWeights {
  readonly #optimizer: Optimizer;
  readonly #slots: Slots;
  readonly #weights: Column;
  readonly #memory: Column;
  /** Where the optimizer takes its gradient, if not at the weights. */
  readonly #ahead = new Column();
  #found: readonly number[] = [];

  /** @param moreNumbers that the model itself keeps of each weight. */
  constructor(state: Weights, optimizer: Optimizer, budget: StateBudget | undefined, moreNumbers = 0) {
    this.#optimizer = optimizer;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 1 + optimizer.width + moreNumbers });
    this.#weights = new Column(state.weights);
    this.#memory = new Column(state.memory);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The sum of w x, in the order of x. */
  sum(x: Vector): number {
    return sumOf(x, this.#slots.find(x.names), this.#weights.upTo(this.size));
  }

  /** The parts of `sum`, by position in x. */
  contributions(x: Vector): Float64Array {
    const found = this.#slots.find(x.names);
    const weights = this.#weights.upTo(this.size);
    return contributionsOf(x, found, weights);
  }

  /** As `sum`, at the weights at which the gradient is taken; names never seen get a weight. Reads every value it uses. */
  sumToLearn(x: Vector): number {
    this.#found = this.#slots.claim(x.names);
    return sumOf(x, this.#found, this.#weightsToLearn(x));
  }

  /** The sum of x^2 over what has a weight, after `sumToLearn` of the same x. */
  squaredNorm(x: Vector): number {
    let sum = 0;
    for (let i = 0; i < x.names.length; i++) {
      const value = x.values[i] as number;
      if ((this.#found[i] as number) >= 0) sum += value * value;
    }
    return sum;
  }

  /**
   * A step on the weights of x, after `sumToLearn` of the same x.
   * @param g the gradient by the sum.
   * @param t examples learned before.
   * @throws NonFiniteError
   */
  step(x: Vector, g: number, t: number, l2: number): void {
    const optimizer = this.#optimizer;
    const weights = this.#weights.upTo(this.size);
    const ahead = optimizer.lookAhead === undefined ? weights : this.#ahead.upTo(this.size);
    const memory = this.#memory.upTo(optimizer.width * this.size);
    const rate = (optimizer.stepRate ?? optimizer.schedule)(t);
    const { names, values } = x;
    const slots = this.#found;
    const sound = optimizer.step({ weights, ahead, memory, slots, values, count: names.length, g, l2, rate });
    if (!Number.isFinite(sound)) throw new NonFiniteError("a weight");
  }

  /** Changes the weights of the x that was learned last. */
  change(x: Vector, changed: (weight: number, slot: number) => number): void {
    const weights = this.#weights.upTo(this.size);
    for (let i = 0; i < x.names.length; i++) {
      const slot = this.#found[i] as number;
      if (slot >= 0) weights[slot] = changed(weights[slot] as number, slot);
    }
  }

  close(): Weights {
    return {
      names: [...this.#slots.names],
      weights: this.#weights.list(this.size),
      memory: this.#memory.list(this.#optimizer.width * this.size),
    };
  }

  #weightsToLearn(x: Vector): Float64Array {
    const optimizer = this.#optimizer;
    const weights = this.#weights.upTo(this.size);
    if (optimizer.lookAhead === undefined) return weights;
    const memory = this.#memory.upTo(optimizer.width * this.size);
    const ahead = this.#ahead.upTo(this.size);
    for (let i = 0; i < x.names.length; i++) {
      const slot = this.#found[i] as number;
      if (slot >= 0) ahead[slot] = optimizer.lookAhead(weights[slot] as number, memory, slot * optimizer.width);
    }
    return ahead;
  }
}

/** w x by position in x; 0 where a feature has no weight. */
export function contributionsOf(x: Vector, found: readonly number[], weights: Float64Array): Float64Array {
  const parts = new Float64Array(x.names.length);
  for (let i = 0; i < parts.length; i++) {
    const slot = found[i] as number;
    if (slot >= 0) parts[i] = (weights[slot] as number) * numberAt(x, i);
  }
  return parts;
}

function sumOf(x: Vector, found: readonly number[], weights: Float64Array): number {
  const { names, values } = x;
  let sum = 0;
  for (let i = 0; i < names.length; i++) {
    const slot = found[i] as number;
    if (slot < 0) continue;
    const value = values[i];
    sum += (weights[slot] as number) * (typeof value === "number" ? value : Number.NaN);
  }
  if (!Number.isFinite(sum)) checkNumbers(x, found);
  return sum;
}
