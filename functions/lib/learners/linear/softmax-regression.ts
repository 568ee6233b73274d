// River's linear_model.SoftmaxRegression: a sum of w x for each label, and their softmax as shares. There is no intercept.
//
//   g of a label = clamp(share, 1e-15, 1 - 1e-15) - [it is the truth]      w: optimizer step on g x + l2 w
//
// A label gets its weights, and its t begins, when it is first seen. All examples before said nothing of it: its share in its
// own first example is 0. The state grows by 1 + the optimizer's width for each pair of label and feature.

import type { ExplainedSum, Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedSum, MOST_CLASSES, unexplained } from "../explanation.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Part, Predictor, State, Vector } from "../learner.ts";
import { make, partSchema, withDefaults } from "../named-part.ts";
import { Column } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { checkLengths, counts, list, object, type StateForm } from "../state-form.ts";
import { L2 } from "./glm-type.ts";
import { type Optimizer, optimizers } from "./optimizer.ts";
import { checkWeights, NO_WEIGHTS, namedWeights, OpenWeights, WEIGHTS, type Weights } from "./weights.ts";

interface SoftmaxState extends State {
  readonly labels: readonly Label[];
  /** Examples learned since the label was first seen, by label in the order of `labels`; so are the weights. */
  readonly counts: readonly number[];
  readonly byLabel: readonly Weights[];
}

const SCHEMA = 1;
const LEAST_SHARE = 1e-15;

const OPTIONS = {
  optimizer: {
    ...partSchema(optimizers, "How a gradient changes a weight. Default: sgd with rate 0.01."),
    default: "sgd",
  },
  l2: L2,
};

export const softmaxRegression: LearnerType = {
  name: "softmax-regression",
  role: "predictor",
  isGradient: true,
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<SoftmaxState> {
    const options = withDefaults(OPTIONS, given);
    const optimizer = make(optimizers, options["optimizer"] as Part);
    const l2 = options["l2"] as number;
    return {
      role: "predictor",
      form: formOf(optimizer),
      init: () => ({ schema: SCHEMA, labels: [], counts: [], byLabel: [] }),
      open: (state, budget) => new OpenSoftmax(state, optimizer, l2, budget),
      sumOf: ({ labels, byLabel }) => {
        const weights = byLabel.flatMap((one, slot) => namedWeights(one, String(labels[slot])));
        return { unit: "log-probability", weights };
      },
    };
  },
};

function formOf(optimizer: Optimizer): StateForm {
  const weights = object<Weights>(WEIGHTS, (one) => checkWeights(one, optimizer));
  return {
    schema: SCHEMA,
    check: object<SoftmaxState>({ labels: labelsList, counts, byLabel: list(weights) }, (state) =>
      checkLengths(state.labels, { counts: state.counts, byLabel: state.byLabel }),
    ),
  };
}

class OpenSoftmax implements OpenPredictor<SoftmaxState> {
  readonly #optimizer: Optimizer;
  readonly #l2: number;
  readonly #budget: StateBudget | undefined;
  readonly #labels: Labels;
  readonly #counts: number[];
  readonly #byLabel: OpenWeights[];
  readonly #shares = new Column();

  constructor(state: SoftmaxState, optimizer: Optimizer, l2: number, budget: StateBudget | undefined) {
    this.#optimizer = optimizer;
    this.#l2 = l2;
    this.#budget = budget;
    this.#labels = new Labels(state.labels, budget);
    this.#counts = [...state.counts];
    this.#byLabel = state.byLabel.map((weights) => new OpenWeights(weights, optimizer, budget));
  }

  predictOne(x: Vector): Prediction {
    const shares = this.#shares.upTo(this.#byLabel.length);
    for (const [slot, weights] of this.#byLabel.entries()) shares[slot] = weights.sum(x);
    softmax(shares, this.#byLabel.length);
    return this.#labels.prediction((slot) => shares[slot] as number);
  }

  /** The logarithm of a share is the sum of its label less the logarithm of what all of them make: that is its intercept. */
  explain(x: Vector): Explanation {
    const sums = this.#byLabel.map((weights) => weights.sum(x));
    if (sums.length === 0) return unexplained("it has learned nothing yet");
    const most = sums.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const all = most + Math.log(sums.reduce((total, sum) => total + Math.exp(sum - most), 0));
    const labels = this.#labels.close();
    const order = sums.map((sum, slot) => ({ sum, slot })).sort((a, b) => b.sum - a.sum);
    const classes = order.slice(0, MOST_CLASSES).map(({ slot }): ExplainedSum & { class: string } => {
      const parts = (this.#byLabel[slot] as OpenWeights).contributions(x);
      return { class: String(labels[slot]), ...explainedSum(x, parts, -all) };
    });
    const otherClasses = sums.length - classes.length;
    return { kind: "sums", unit: "log-probability", classes, ...(otherClasses > 0 && { otherClasses }) };
  }

  learnOne(x: Vector, y: Target): void {
    const truth = this.#labels.claim(y);
    if (truth < 0) return;
    const known = this.#byLabel.length;
    if (truth === known) this.#add();
    const shares = this.#shares.upTo(this.#byLabel.length);
    for (const [slot, weights] of this.#byLabel.entries()) shares[slot] = weights.sumToLearn(x);
    softmax(shares, known);
    for (const [slot, weights] of this.#byLabel.entries()) {
      const share = Math.max(LEAST_SHARE, Math.min(1 - LEAST_SHARE, slot < known ? (shares[slot] as number) : 0));
      const count = this.#counts[slot] as number;
      weights.step(x, slot === truth ? share - 1 : share, count, this.#l2);
      this.#counts[slot] = count + 1;
    }
  }

  close(): SoftmaxState {
    return {
      schema: SCHEMA,
      labels: this.#labels.close(),
      counts: [...this.#counts],
      byLabel: this.#byLabel.map((weights) => weights.close()),
    };
  }

  #add(): void {
    this.#counts.push(0);
    this.#byLabel.push(new OpenWeights(NO_WEIGHTS, this.#optimizer, this.#budget));
  }
}

/** Makes shares of the first sums. */
function softmax(sums: Float64Array, size: number): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) most = Math.max(most, sums[i] as number);
  let total = 0;
  for (let i = 0; i < size; i++) {
    const power = Math.exp((sums[i] as number) - most);
    sums[i] = power;
    total += power;
  }
  for (let i = 0; i < size; i++) sums[i] = (sums[i] as number) / total;
}
