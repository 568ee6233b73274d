// A generalized linear model, as River's linear_model.base.GLM: linear and, by its link, logistic regression.
//
//   p = sum of w x in the order of x, + b          g = clamp(dL/dp, -clip, clip)
//   b -= intercept rate(t) g, before the weights   w: optimizer step on g x + l2 w, for the features of x alone
//   l1: cumulative penalty (Tsuruoka, Tsujii, Ananiadou 2009), with the rate after t has moved on

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { NonFiniteError, type OpenPredictor, type Predictor, type State, type Vector } from "../learner.ts";
import { Column, Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { numberAt } from "../vector.ts";
import type { Gradient } from "./loss.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";

export interface GlmState extends State {
  /** Examples learned: the t of every schedule. */
  readonly n: number;
  readonly intercept: number;
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** What the optimizer keeps for each weight, weight by weight; empty where it keeps nothing. */
  readonly memory: readonly number[];
  /** The l1 penalty that each weight could have been charged so far, and what each was charged. */
  readonly l1: { readonly due: number; readonly charged: readonly number[] };
}

export interface GlmOptions {
  readonly gradient: Gradient;
  /** The truth as the loss takes it. @throws TypeError for a target of another task. */
  readonly truthOf: (y: Target) => number;
  /** Makes the prediction from p. */
  readonly link: (p: number) => Prediction;
  readonly optimizer: Optimizer;
  readonly interceptRate: Schedule;
  readonly interceptInit: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip: number;
}

const SCHEMA = 1;

export function createGlm(options: GlmOptions): Predictor<GlmState> {
  return {
    role: "predictor",
    init: () => ({
      schema: SCHEMA,
      n: 0,
      intercept: options.interceptInit,
      names: [],
      weights: [],
      memory: [],
      l1: { due: 0, charged: [] },
    }),
    open: (state, budget) => new OpenGlm(state, options, budget),
  };
}

class OpenGlm implements OpenPredictor<GlmState> {
  readonly #options: GlmOptions;
  readonly #slots: Slots;
  readonly #weights: Column;
  readonly #memory: Column;
  readonly #charged: Column;
  #n: number;
  #intercept: number;
  #due: number;

  constructor(state: GlmState, options: GlmOptions, budget: StateBudget | undefined) {
    this.#options = options;
    const numbersPerName = 1 + options.optimizer.width + (options.l1 > 0 ? 1 : 0);
    this.#slots = new Slots(state.names, { budget, numbersPerName });
    this.#weights = new Column(state.weights);
    this.#memory = new Column(state.memory);
    this.#charged = new Column(state.l1.charged);
    this.#n = state.n;
    this.#intercept = state.intercept;
    this.#due = state.l1.due;
  }

  predictOne(x: Vector): Prediction {
    return this.#options.link(this.#raw(x, this.#slots.find(x.names), this.#weights.upTo(this.#slots.size)));
  }

  learnOne(x: Vector, y: Target): void {
    const { gradient, truthOf, optimizer, interceptRate, l1, l2, clip } = this.#options;
    const { width } = optimizer;
    const found = this.#slots.claim(x.names);
    const weight = this.#weights.upTo(this.#slots.size);
    const memory = this.#memory.upTo(width * this.#slots.size);
    // Reads every value, so from here on all are numbers.
    const g = Math.max(-clip, Math.min(clip, gradient(truthOf(y), this.#raw(x, found, weight))));
    this.#intercept -= interceptRate(this.#n) * g;
    const rate = optimizer.schedule(this.#n);
    let sound = this.#intercept;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot < 0) continue;
      const at = slot * width;
      const before = weight[slot] as number;
      const after = optimizer.step(before, (x.values[i] as number) * g + l2 * before, rate, memory, at);
      weight[slot] = after;
      sound += after;
      for (let k = at; k < at + width; k++) sound += memory[k] as number;
    }
    this.#n++;
    if (!Number.isFinite(sound)) throw new NonFiniteError("a weight");
    if (l1 > 0) this.#charge(x, found, weight);
  }

  close(): GlmState {
    const { optimizer, l1 } = this.#options;
    const { size } = this.#slots;
    return {
      schema: SCHEMA,
      n: this.#n,
      intercept: this.#intercept,
      names: [...this.#slots.names],
      weights: this.#weights.list(size),
      memory: this.#memory.list(optimizer.width * size),
      l1: { due: this.#due, charged: this.#charged.list(l1 > 0 ? size : 0) },
    };
  }

  #raw(x: Vector, found: readonly number[], weight: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) sum += (weight[slot] as number) * numberAt(x, i);
    }
    return sum + this.#intercept;
  }

  /** Pulls the weights of x towards 0 by what they have not been charged yet. */
  #charge(x: Vector, found: readonly number[], weight: Float64Array): void {
    this.#due += this.#options.l1 * this.#options.optimizer.schedule(this.#n);
    if (!Number.isFinite(this.#due)) throw new NonFiniteError("the l1 penalty");
    const charged = this.#charged.upTo(this.#slots.size);
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot < 0) continue;
      const before = weight[slot] as number;
      const paid = charged[slot] as number;
      let after = before;
      if (before > 0) after = Math.max(0, before - (this.#due + paid));
      else if (before < 0) after = Math.min(0, before + (this.#due - paid));
      weight[slot] = after;
      charged[slot] = paid + after - before;
    }
  }
}
