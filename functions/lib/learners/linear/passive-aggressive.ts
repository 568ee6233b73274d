// River's linear_model.PARegressor and PAClassifier: after each example the weights are the nearest at which its loss would
// be 0 (mode 0), held back by c (modes 1 and 2). Crammer, Dekel, Keshet, Shalev-Shwartz, Singer 2006.
//
//   p = sum of w x, + b
//   regression:      loss = max(|p - y| - eps, 0)     direction = sign(y - p)
//   classification:  loss = max(1 - y p, 0)           direction = y, which is 1 for true and -1 for false
//   tau = loss / |x|^2 (mode 0), min(c, loss / |x|^2) (mode 1), loss / (|x|^2 + 1 / 2c) (mode 2)
//   w += tau direction x         b += tau direction
// In modes 0 and 1 tau is 0 where x is 0; in mode 0 also where x is so near to 0 that a step would have no bound.
// The state grows by one weight for each name.
// River 0.26.1 has 2y - 1 in place of y in the loss of regression; this is the loss as defined.

import type { Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedSum } from "../explanation.ts";
import {
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Predictor,
  type State,
  type Vector,
} from "../learner.ts";
import { make, type Options, withDefaults } from "../named-part.ts";
import type { StateBudget } from "../state-budget.ts";
import { number, object, type StateForm } from "../state-form.ts";
import { numberOf } from "../vector.ts";
import { sigmoid, signOf } from "./binary.ts";
import { optimizers } from "./optimizer.ts";
import { checkWeights, NO_WEIGHTS, namedWeights, OpenWeights, WEIGHTS, type Weights } from "./weights.ts";

interface PassiveAggressiveState extends State, Weights {
  readonly intercept: number;
}

/** What regression and classification differ in. */
interface Kind {
  /** The truth as a number. @throws NonFiniteError for a target of another task. */
  readonly truthOf: (y: Target) => number;
  readonly loss: (y: number, p: number) => number;
  /** 1 or -1: where the sum is to go. */
  readonly direction: (y: number, p: number) => number;
  /** Makes the prediction from the sum. */
  readonly link: (p: number) => Prediction;
  /** What the sum is. */
  readonly unit: "target" | "log-odds";
}

const SCHEMA = 1;

/** Of |x|^2 in mode 0. */
const LEAST_NORM = 1e-24;

const OPTIONS = {
  c: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "How far one example may move the weights, in modes 1 and 2.",
  },
  mode: {
    enum: [0, 1, 2],
    default: 1,
    description: "0: as far as the example asks; 1: at most c; 2: less and less with its loss.",
  },
  learnIntercept: { type: "boolean", default: true },
};

const EPS = { type: "number", minimum: 0, default: 0.1, description: "An error that costs nothing." };

/** w += step x, as a step of gradient descent with rate 1 against the gradient -step x. */
const PLAIN = make(optimizers, { sgd: { learningRate: 1 } });

const FORM: StateForm = {
  schema: SCHEMA,
  check: object<PassiveAggressiveState>({ intercept: number, ...WEIGHTS }, (state) => checkWeights(state, PLAIN)),
};

export const passiveAggressiveRegressor: LearnerType = {
  name: "passive-aggressive-regressor",
  role: "predictor",
  isGradient: true,
  tasks: ["regression"],
  options: { type: "object", additionalProperties: false, properties: { ...OPTIONS, eps: EPS } },
  create(given) {
    const options = withDefaults({ ...OPTIONS, eps: EPS }, given);
    const eps = options["eps"] as number;
    return createPassiveAggressive(options, {
      truthOf: numberOf,
      loss: (y, p) => Math.max(Math.abs(p - y) - eps, 0),
      direction: (y, p) => Math.sign(y - p),
      link: (p) => p,
      unit: "target",
    });
  },
};

export const passiveAggressiveClassifier: LearnerType = {
  name: "passive-aggressive-classifier",
  role: "predictor",
  isGradient: true,
  tasks: ["binary"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create: (given) =>
    createPassiveAggressive(withDefaults(OPTIONS, given), {
      truthOf: signOf,
      loss: (y, p) => Math.max(1 - y * p, 0),
      direction: (y) => y,
      link: sigmoid,
      unit: "log-odds",
    }),
};

function createPassiveAggressive(options: Options, kind: Kind): Predictor<PassiveAggressiveState> {
  return {
    role: "predictor",
    form: FORM,
    init: () => ({ schema: SCHEMA, intercept: 0, ...NO_WEIGHTS }),
    open: (state, budget) => new OpenPassiveAggressive(state, options, kind, budget),
    sumOf: (state) => ({ unit: kind.unit, intercept: state.intercept, weights: namedWeights(state) }),
  };
}

class OpenPassiveAggressive implements OpenPredictor<PassiveAggressiveState> {
  readonly #kind: Kind;
  readonly #tau: (loss: number, norm: number) => number;
  readonly #learnIntercept: boolean;
  readonly #weights: OpenWeights;
  #intercept: number;

  constructor(state: PassiveAggressiveState, options: Options, kind: Kind, budget: StateBudget | undefined) {
    this.#kind = kind;
    this.#tau = tauOf(options["mode"] as number, options["c"] as number);
    this.#learnIntercept = options["learnIntercept"] as boolean;
    this.#weights = new OpenWeights(state, PLAIN, budget);
    this.#intercept = state.intercept;
  }

  predictOne(x: Vector): Prediction {
    return this.#kind.link(this.#weights.sum(x) + this.#intercept);
  }

  explain(x: Vector): Explanation {
    const sum = explainedSum(x, this.#weights.contributions(x), this.#intercept);
    return { kind: "sum", unit: this.#kind.unit, ...sum };
  }

  learnOne(x: Vector, y: Target): void {
    const { truthOf, loss, direction } = this.#kind;
    const truth = truthOf(y);
    const p = this.#weights.sumToLearn(x) + this.#intercept;
    const step = this.#tau(loss(truth, p), this.#weights.squaredNorm(x)) * direction(truth, p);
    if (this.#learnIntercept) this.#intercept += step;
    if (!Number.isFinite(this.#intercept)) throw new NonFiniteError("the intercept");
    this.#weights.step(x, -step, 0, 0);
  }

  close(): PassiveAggressiveState {
    return { schema: SCHEMA, intercept: this.#intercept, ...this.#weights.close() };
  }
}

function tauOf(mode: number, c: number): (loss: number, norm: number) => number {
  if (mode === 0) return (loss, norm) => (norm > LEAST_NORM ? loss / norm : 0);
  if (mode === 1) return (loss, norm) => (norm > 0 ? Math.min(c, loss / norm) : 0);
  return (loss, norm) => loss / (norm + 0.5 / c);
}
