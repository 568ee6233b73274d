// River's tree.HoeffdingTreeRegressor with leafPrediction mean: Ikonomovska, Gama, Dzeroski 2011, "Learning model trees from evolving
// data streams" (FIMT). A leaf predicts the mean of its targets.
//
//   An example goes down as in hoeffding-tree-classifier.ts. Each gracePeriod examples a leaf looks for a split: the value up to which
//   the variance of the targets is reduced most, with five examples on either side. It splits where the second best feature's
//   reduction is below 1 - e of the best one's, e = sqrt(ln(1 / delta) / (2 n)), or where e < tau. Where it does not, values are
//   forgotten that are worse than the best by more than the second best is, and 2 e.
//   Features are compared at one decimal place, so they want a range of ten or more: scale small ones up.
//
// The state grows by four numbers for each distinct value of a feature in a leaf, until its limit: then no value is added.
// River's leaves with linear models (leafPrediction model and adaptive, its default) are not here.

import type { Explanation, Target } from "../../events/vocabulary.ts";
import { explainedPath, unexplained } from "../explanation.ts";
import {
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Predictor,
  type State,
  type Vector,
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { object, type StateForm, texts } from "../state-form.ts";
import { numberOf } from "../vector.ts";
import { areFinite, type MomentsState, noMoments } from "./moments.ts";
import {
  type Branch,
  checkTree,
  hoeffdingBound,
  isBranch,
  Nodes,
  nodesList,
  readValues,
  TREE_OPTIONS,
} from "./nodes.ts";
import { checkRegressorLeaf, NUMBERS_PER_LEAF, RegressorLeaf, type RegressorLeafState } from "./regressor-leaf.ts";
import type { NumberCandidate } from "./search-tree-observer.ts";

interface TreeState extends State {
  readonly names: readonly string[];
  /** The root first; empty before the first example. */
  readonly nodes: readonly (Branch | RegressorLeafState)[];
}

interface Options {
  readonly gracePeriod: number;
  readonly maxDepth: number;
  readonly delta: number;
  readonly tau: number;
}

const OPTIONS = {
  ...TREE_OPTIONS,
  leafPrediction: { enum: ["mean"], default: "mean", description: "What a leaf predicts: the mean of its targets." },
};

const FORM: StateForm = {
  schema: 1,
  check: object<TreeState>({ names: texts, nodes: nodesList(checkRegressorLeaf) }, ({ names, nodes }) =>
    checkTree(nodes, names.length),
  ),
};

export const hoeffdingTreeRegressor: LearnerType = {
  name: "hoeffding-tree-regressor",
  role: "predictor",
  tasks: ["regression"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreeState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return {
      role: "predictor",
      form: FORM,
      init: () => ({ schema: 1, names: [], nodes: [] }),
      open: (state, budget) => new OpenTree(state, options, budget),
    };
  },
};

class OpenTree implements OpenPredictor<TreeState> {
  readonly #options: Options;
  readonly #budget: StateBudget;
  readonly #slots: Slots;
  readonly #nodes: Nodes<RegressorLeaf>;

  constructor(state: TreeState, options: Options, budget = new StateBudget()) {
    this.#options = options;
    this.#budget = budget;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 0 });
    this.#nodes = new Nodes(state.nodes.map((node) => (isBranch(node) ? node : new RegressorLeaf(node))));
    for (const leaf of this.#nodes.leaves) budget.chargeNumbers(leaf.numbers);
  }

  learnOne(x: Vector, y: Target): void {
    const target = numberOf(y);
    this.#slots.claim(x.names);
    const values = readValues(x, this.#slots);
    if (this.#nodes.list.length === 0) {
      if (!this.#budget.takeNumbers(NUMBERS_PER_LEAF)) return;
      this.#nodes.list.push(RegressorLeaf.of(noMoments, 0));
    }
    const { leaf, place, isComplete } = this.#nodes.find(values);
    const mayGrow = leaf.depth < this.#options.maxDepth;
    leaf.learn(values, target, mayGrow, this.#budget);
    if (!mayGrow || !isComplete || leaf.weight - leaf.triedAt < this.#options.gracePeriod) return;
    leaf.triedAt = leaf.weight;
    this.#trySplit(leaf, place);
  }

  predictOne(x: Vector): number {
    const values = readValues(x, this.#slots);
    return this.#nodes.list.length === 0 ? 0 : this.#nodes.find(values).leaf.moments.mean;
  }

  explain(x: Vector): Explanation {
    if (this.#nodes.list.length === 0) return unexplained("it has learned nothing yet");
    const values = readValues(x, this.#slots);
    const { leaf } = this.#nodes.find(values);
    return explainedPath(this.#nodes.way(values, this.#slots.names), leaf.weight, this.predictOne(x));
  }

  close(): TreeState {
    return {
      schema: 1,
      names: [...this.#slots.names],
      nodes: this.#nodes.list.map((node) => (isBranch(node) ? { ...node } : node.close())),
    };
  }

  #trySplit(leaf: RegressorLeaf, place: number): void {
    const candidates = leaf.candidates();
    const best = candidates.at(-1);
    if (best === undefined || !(best.gain > 0)) return;
    const { delta, tau } = this.#options;
    const bound = hoeffdingBound(1, delta, leaf.weight);
    const ratio = (candidates.at(-2)?.gain ?? Number.NEGATIVE_INFINITY) / best.gain;
    if (ratio < 1 - bound || bound < tau) this.#split(leaf, place, best);
    else if (ratio > 0) leaf.removeBad(best.gain, ratio - 2 * bound, this.#budget);
  }

  /** Makes a branch of a leaf, where there is room for its two leaves. */
  #split(leaf: RegressorLeaf, place: number, { feature, threshold, sides }: NumberCandidate): void {
    if (!sides.every(areFinite)) throw new NonFiniteError("a variance in a leaf");
    const added = sides.map((side: MomentsState) => RegressorLeaf.of(side, leaf.depth + 1));
    if (!this.#budget.takeNumbers(2 * NUMBERS_PER_LEAF - leaf.numbers)) return;
    this.#nodes.split(place, { feature, threshold }, added);
  }
}
