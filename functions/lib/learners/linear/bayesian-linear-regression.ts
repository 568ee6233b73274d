// River's linear_model.BayesianLinearRegression: a normal distribution over the weights (Bishop 2006, 3.50 to 3.53).
//
//   precision S: alpha on the diagonal at first; S += beta x x'; the sums e += beta y x; weights m: S m = e
//   smoothing s: S = s S + (1 - s) beta x x'; e = s e + (1 - s) beta y x: the past fades, the prior with it
//
// A feature that is absent is 0, and was 0 before it was seen: what the prior says of it has faded by then as all else has.
// (In River that holds up to the eighth name.) There is no intercept.
// The state grows by k + 2 numbers with the k-th name (from 0): its row of a triangle, and its sum.
// What has faded to nothing has the weight 0, where River's turns NaN; and alpha is a precision with smoothing, too.

import type { Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedSum } from "../explanation.ts";
import { decode, encode } from "../float64s.ts";
import {
  type LearnedSum,
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Predictor,
  type State,
  type Vector,
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Column, Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import {
  at,
  checkFloat64s,
  checkLength,
  checkLengths,
  type Members,
  numberFromZero,
  numbers,
  object,
  type StateForm,
  text,
  texts,
} from "../state-form.ts";
import { numberAt, numberOf } from "../vector.ts";
import { Covariance, FadingPrecision, type Posterior } from "./posterior.ts";
import { rowAt } from "./symmetric.ts";
import { contributionsOf, namedWeights } from "./weights.ts";

interface BayesianState extends State {
  readonly names: readonly string[];
  /** The lower triangle of the inverse of S, or with smoothing of S, row after row (see float64s.ts). */
  readonly triangle: { readonly window: string };
  /** What is left of alpha: the precision of a name that comes next. */
  readonly prior: number;
  /** e, by name. */
  readonly sums: readonly number[];
}

interface Settings {
  readonly alpha: number;
  readonly beta: number;
  readonly smoothing: number | undefined;
}

const SCHEMA = 2;

const OPTIONS = {
  alpha: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "Precision of the weights before anything is learned.",
  },
  beta: {
    type: "number",
    exclusiveMinimum: 0,
    default: 1,
    description: "Precision of the truths: 1 / variance of their noise.",
  },
  smoothing: {
    type: "number",
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    description: "What is kept of the past with each example; the nearer to 0, the faster it forgets. Default: all.",
  },
};

export const bayesianLinearRegression: LearnerType = {
  name: "bayesian-linear-regression",
  role: "predictor",
  tasks: ["regression"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<BayesianState> {
    const settings = withDefaults(OPTIONS, given) as unknown as Settings;
    return {
      role: "predictor",
      form: formOf(settings),
      init: () => ({ schema: SCHEMA, names: [], triangle: { window: "" }, prior: settings.alpha, sums: [] }),
      open: (state, budget) => new OpenBayesian(state, settings, budget),
      sumOf: (state) => new OpenBayesian(state, settings, undefined).sum(),
    };
  },
};

function formOf(settings: Settings): StateForm {
  return {
    schema: SCHEMA,
    check: object<BayesianState>(
      { names: texts, triangle: object({ window: text }), prior: numberFromZero, sums: numbers },
      ({ names, triangle, sums }) => {
        checkLengths(names, { sums });
        const length = at("triangle.window", () => checkFloat64s(triangle.window));
        checkLength("triangle.window", { length }, rowAt(names.length));
      },
    ),
    upgrades: { 1: (state) => fromDecimals(state, settings) },
  };
}

/** Schema 1 had the triangle as a list of decimals, and at first no prior: each name came with alpha. */
function fromDecimals({ triangle, prior, ...state }: Members, { alpha }: Settings): Members {
  at("triangle", () => numbers(triangle));
  const window = encode(Float64Array.from(triangle as readonly number[]));
  return { ...state, triangle: { window }, prior: prior ?? alpha };
}

class OpenBayesian implements OpenPredictor<BayesianState> {
  readonly #settings: Settings;
  /** What is kept of the past, and the weight of an example. */
  readonly #kept: number;
  readonly #weight: number;
  readonly #slots: Slots;
  readonly #posterior: Posterior;
  readonly #sums: Column;
  #prior: number;
  /** Unless they are to be computed anew. */
  #weights: Float64Array | undefined;

  constructor(state: BayesianState, settings: Settings, budget: StateBudget | undefined) {
    const { names, prior, sums } = state;
    const triangle = decode(state.triangle.window);
    const { beta, smoothing } = settings;
    this.#settings = settings;
    this.#kept = smoothing ?? 1;
    this.#weight = smoothing === undefined ? beta : (1 - smoothing) * beta;
    this.#slots = new Slots(names, { budget, numbersPerName: (slot) => slot + 2 });
    this.#posterior =
      smoothing === undefined
        ? new Covariance(triangle, names.length, beta)
        : new FadingPrecision(triangle, names.length, beta, smoothing);
    this.#sums = new Column(sums);
    this.#prior = prior;
  }

  predictOne(x: Vector): Prediction {
    const weights = this.#mean();
    const found = this.#slots.find(x.names);
    let sum = 0;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) sum += (weights[slot] as number) * numberAt(x, i);
    }
    return sum;
  }

  explain(x: Vector): Explanation {
    const weights = this.#mean();
    const sum = explainedSum(x, contributionsOf(x, this.#slots.find(x.names), weights), 0);
    return { kind: "sum", unit: "target", ...sum };
  }

  sum(): LearnedSum {
    const weights = namedWeights({ names: this.#slots.names, weights: [...this.#mean()] });
    return { unit: "target", intercept: 0, weights };
  }

  /** Of the noise, and of the weights along x (Bishop 3.59); of a name never seen what alpha says. */
  spreadOne(x: Vector): number {
    const { alpha, beta } = this.#settings;
    const found = this.#slots.find(x.names);
    let variance = 1 / beta + Math.max(0, this.#posterior.variance(x, found, this.#slots.size));
    for (let i = 0; i < x.names.length; i++) {
      const value = x.values[i];
      if ((found[i] as number) < 0 && typeof value === "number") variance += value ** 2 / alpha;
    }
    return Math.sqrt(variance);
  }

  learnOne(x: Vector, y: Target): void {
    const truth = numberOf(y);
    const found = this.#slots.claim(x.names);
    const { size } = this.#slots;
    this.#weights = undefined;
    let sound = this.#posterior.learnOne(x, found, size, this.#prior);
    this.#prior *= this.#kept;
    const sums = this.#sums.upTo(size);
    if (this.#kept < 1) for (let slot = 0; slot < size; slot++) sums[slot] = (sums[slot] as number) * this.#kept;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot < 0) continue;
      const sum = (sums[slot] as number) + this.#weight * numberAt(x, i) * truth;
      sums[slot] = sum;
      sound += sum;
    }
    if (!Number.isFinite(sound)) throw new NonFiniteError("the distribution of the weights");
  }

  close(): BayesianState {
    const { names, size } = this.#slots;
    return {
      schema: SCHEMA,
      names: [...names],
      triangle: { window: encode(Float64Array.from(this.#posterior.close(size))) },
      prior: this.#prior,
      sums: this.#sums.list(size),
    };
  }

  #mean(): Float64Array {
    const { size } = this.#slots;
    this.#weights ??= this.#posterior.weights(this.#sums.upTo(size), size);
    return this.#weights;
  }
}
