// River's naive_bayes.GaussianNB: a normal distribution for each label and feature.
//   learn:    n += 1; m += (1/n)(x - m_old); s += (x - m_old)(x - m)          variance s / n (ddof 0)
//   predict:  log P(label) + the sum over x of log(1e-9 + density), made shares by the softmax of all labels
// The density is 0 for a feature the label never had, and where the variance is 0.
// Its state grows by 3 numbers for each pair of label and feature.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import {
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Predictor,
  type State,
  type Vector,
} from "../learner.ts";
import { Column, Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { checkLengths, countsFromOne, list, numbers, object, type StateForm, texts } from "../state-form.ts";
import { numberAt } from "../vector.ts";

/** The distributions of one label, by feature. */
interface Gaussians {
  readonly names: readonly string[];
  readonly counts: readonly number[];
  readonly means: readonly number[];
  /** Sums of squared distances to the mean. */
  readonly squares: readonly number[];
}

interface BayesState extends State {
  readonly labels: readonly Label[];
  /** Examples by label, in the order of `labels`, as are the distributions. */
  readonly counts: readonly number[];
  readonly gaussians: readonly Gaussians[];
}

const SCHEMA = 1;
const LEAST_DENSITY = 1e-9;
const LOG_LEAST_DENSITY = Math.log(LEAST_DENSITY);
const SQRT_TAU = Math.sqrt(2 * Math.PI);

const FORM: StateForm = {
  schema: SCHEMA,
  check: object<BayesState>(
    {
      labels: labelsList,
      counts: countsFromOne,
      gaussians: list(
        object<Gaussians>(
          { names: texts, counts: countsFromOne, means: numbers, squares: numbers },
          ({ names, counts, means, squares }) => checkLengths(names, { counts, means, squares }),
        ),
      ),
    },
    ({ labels, counts, gaussians }) => checkLengths(labels, { counts, gaussians }),
  ),
};

export const gaussianNaiveBayes: LearnerType = {
  name: "gaussian-naive-bayes",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: {} },
  create: (): Predictor<BayesState> => ({
    role: "predictor",
    form: FORM,
    init: () => ({ schema: SCHEMA, labels: [], counts: [], gaussians: [] }),
    open: (state, budget) => new OpenBayes(state, budget),
  }),
};

class OpenBayes implements OpenPredictor<BayesState> {
  readonly #labels: Labels;
  readonly #counts: number[];
  readonly #gaussians: OpenGaussians[];
  readonly #budget: StateBudget | undefined;
  #n: number;

  constructor(state: BayesState, budget: StateBudget | undefined) {
    this.#labels = new Labels(state.labels, budget);
    this.#counts = [...state.counts];
    this.#gaussians = state.gaussians.map((gaussians) => new OpenGaussians(gaussians, budget));
    this.#budget = budget;
    this.#n = state.counts.reduce((sum, count) => sum + count, 0);
  }

  predictOne(x: Vector): Prediction {
    const logs = this.#gaussians.map(
      (gaussians, slot) => Math.log((this.#counts[slot] as number) / this.#n) + gaussians.logDensity(x),
    );
    const most = logs.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const sum = most + Math.log(logs.reduce((all, log) => all + Math.exp(log - most), 0));
    return this.#labels.prediction((slot) => Math.exp((logs[slot] as number) - sum));
  }

  learnOne(x: Vector, y: Target): void {
    const slot = this.#labels.claim(y);
    if (slot < 0) return;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#gaussians[slot] ??= new OpenGaussians({ names: [], counts: [], means: [], squares: [] }, this.#budget);
    this.#gaussians[slot].learnOne(x);
    this.#n++;
  }

  close(): BayesState {
    return {
      schema: SCHEMA,
      labels: this.#labels.close(),
      counts: [...this.#counts],
      gaussians: this.#gaussians.map((gaussians) => gaussians.close()),
    };
  }
}

class OpenGaussians {
  readonly #slots: Slots;
  readonly #counts: Column;
  readonly #means: Column;
  readonly #squares: Column;

  constructor({ names, counts, means, squares }: Gaussians, budget: StateBudget | undefined) {
    this.#slots = new Slots(names, { budget, numbersPerName: 3 });
    this.#counts = new Column(counts);
    this.#means = new Column(means);
    this.#squares = new Column(squares);
  }

  learnOne(x: Vector): void {
    const found = this.#slots.claim(x.names);
    const counts = this.#counts.upTo(this.#slots.size);
    const means = this.#means.upTo(this.#slots.size);
    const squares = this.#squares.upTo(this.#slots.size);
    for (let i = 0; i < x.names.length; i++) {
      const value = numberAt(x, i);
      const slot = found[i] as number;
      if (slot < 0) continue;
      const n = (counts[slot] as number) + 1;
      const old = means[slot] as number;
      const mean = old + (1 / n) * (value - old);
      const square = (squares[slot] as number) + (value - old) * (value - mean);
      if (!Number.isFinite(mean) || !Number.isFinite(square)) throw new NonFiniteError(`the variance of ${x.names[i]}`);
      counts[slot] = n;
      means[slot] = mean;
      squares[slot] = square;
    }
  }

  logDensity(x: Vector): number {
    const found = this.#slots.find(x.names);
    const counts = this.#counts.upTo(this.#slots.size);
    const means = this.#means.upTo(this.#slots.size);
    const squares = this.#squares.upTo(this.#slots.size);
    let sum = 0;
    for (let i = 0; i < x.names.length; i++) {
      const value = numberAt(x, i);
      const slot = found[i] as number;
      const variance = slot < 0 ? 0 : (squares[slot] as number) / (counts[slot] as number);
      if (!(variance > 0)) sum += LOG_LEAST_DENSITY;
      else {
        const sigma = Math.sqrt(variance);
        const z = (value - (means[slot] as number)) / sigma;
        sum += Math.log(LEAST_DENSITY + Math.exp((-z * z) / 2) / SQRT_TAU / sigma);
      }
    }
    return sum;
  }

  close(): Gaussians {
    const { size } = this.#slots;
    return {
      names: [...this.#slots.names],
      counts: this.#counts.list(size),
      means: this.#means.list(size),
      squares: this.#squares.list(size),
    };
  }
}
