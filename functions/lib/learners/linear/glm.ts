// A generalized linear model, as River's linear_model.base.GLM: linear and, by its link, logistic regression.
//
//   p = sum of w x in the order of x, + b          g = clamp(dL/dp, -clip, clip)
//   b -= intercept rate(t) g, before the weights   w: optimizer step on g x + l2 w, for the features of x alone
//   l1: cumulative penalty (Tsuruoka, Tsujii, Ananiadou 2009), with the rate after t has moved on
// An optimizer that looks ahead has p and l2 w from there.
// The state grows as weights.ts says, with l1 by one number more for each name.

import type { Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedSum } from "../explanation.ts";
import { NonFiniteError, type OpenPredictor, type Predictor, type State, type Vector } from "../learner.ts";
import { Column } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { at, checkLengths, count, number, numberFromZero, numbers, object, type StateForm } from "../state-form.ts";
import type { Gradient } from "./loss.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Schedule } from "./schedule.ts";
import { checkWeights, NO_WEIGHTS, namedWeights, OpenWeights, WEIGHTS, type Weights } from "./weights.ts";

export interface GlmState extends State, Weights {
  /** Examples learned: the t of every schedule. */
  readonly n: number;
  readonly intercept: number;
  /** The l1 penalty that each weight could have been charged so far, and what each was charged. */
  readonly l1: { readonly due: number; readonly charged: readonly number[] };
}

export interface GlmOptions {
  readonly gradient: Gradient;
  /** The truth as the loss takes it. @throws TypeError for a target of another task. */
  readonly truthOf: (y: Target) => number;
  /** Makes the prediction from p. */
  readonly link: (p: number) => Prediction;
  /** What p is. */
  readonly unit: "target" | "log-odds";
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
    form: formOf(options),
    init: () => ({
      schema: SCHEMA,
      n: 0,
      intercept: options.interceptInit,
      ...NO_WEIGHTS,
      l1: { due: 0, charged: [] },
    }),
    open: (state, budget) => new OpenGlm(state, options, budget),
    sumOf: (state) => ({ unit: options.unit, intercept: state.intercept, weights: namedWeights(state) }),
  };
}

function formOf({ optimizer, l1 }: GlmOptions): StateForm {
  const penalty = object({ due: numberFromZero, charged: numbers });
  return {
    schema: SCHEMA,
    check: object<GlmState>({ n: count, intercept: number, ...WEIGHTS, l1: penalty }, (state) => {
      checkWeights(state, optimizer);
      at("l1", () => checkLengths(state.names, { charged: state.l1.charged }, l1 > 0 ? 1 : 0));
    }),
  };
}

class OpenGlm implements OpenPredictor<GlmState> {
  readonly #options: GlmOptions;
  readonly #weights: OpenWeights;
  readonly #charged: Column;
  #n: number;
  #intercept: number;
  #due: number;

  constructor(state: GlmState, options: GlmOptions, budget: StateBudget | undefined) {
    this.#options = options;
    this.#weights = new OpenWeights(state, options.optimizer, budget, options.l1 > 0 ? 1 : 0);
    this.#charged = new Column(state.l1.charged);
    this.#n = state.n;
    this.#intercept = state.intercept;
    this.#due = state.l1.due;
  }

  predictOne(x: Vector): Prediction {
    return this.#options.link(this.#weights.sum(x) + this.#intercept);
  }

  explain(x: Vector): Explanation {
    const sum = explainedSum(x, this.#weights.contributions(x), this.#intercept);
    return { kind: "sum", unit: this.#options.unit, ...sum };
  }

  learnOne(x: Vector, y: Target): void {
    const { gradient, truthOf, interceptRate, l1, l2, clip } = this.#options;
    const p = this.#weights.sumToLearn(x) + this.#intercept;
    const g = Math.max(-clip, Math.min(clip, gradient(truthOf(y), p)));
    this.#intercept -= interceptRate(this.#n) * g;
    if (!Number.isFinite(this.#intercept)) throw new NonFiniteError("the intercept");
    this.#weights.step(x, g, this.#n, l2);
    this.#n++;
    if (l1 > 0) this.#charge(x);
  }

  close(): GlmState {
    const charged = this.#charged.list(this.#options.l1 > 0 ? this.#weights.size : 0);
    return {
      schema: SCHEMA,
      n: this.#n,
      intercept: this.#intercept,
      ...this.#weights.close(),
      l1: { due: this.#due, charged },
    };
  }

  /** Pulls the weights of x towards 0 by what they have not been charged yet. */
  #charge(x: Vector): void {
    this.#due += this.#options.l1 * this.#options.optimizer.schedule(this.#n);
    if (!Number.isFinite(this.#due)) throw new NonFiniteError("the l1 penalty");
    const due = this.#due;
    const charged = this.#charged.upTo(this.#weights.size);
    this.#weights.change(x, (before, slot) => {
      const paid = charged[slot] as number;
      let after = before;
      if (before > 0) after = Math.max(0, before - (due + paid));
      else if (before < 0) after = Math.min(0, before + (due - paid));
      charged[slot] = paid + after - before;
      return after;
    });
  }
}
