// River's tree.HoeffdingTreeClassifier with its defaults: Domingos, Hulten 2000, "Mining High-Speed Data Streams".
//
//   An example goes down to a leaf: left where its feature is at most the threshold of a branch; where it lacks the feature, to the
//   side of more weight. Each gracePeriod examples a leaf with two labels or more looks for a split (information gain, ten
//   thresholds a feature): it splits where the best gain is ahead of the second best feature's by more than
//     e = sqrt(R^2 ln(1 / delta) / (2 n)), R = log2 of the number of labels,
//   or where e < tau. Where nothing can be split it forgets its observers. Its two leaves start with the weights of their sides.
//   As in River, a feature that is alone needs to be ahead of nothing, and an example that lacks a feature on its way starts no search.
//
// The state grows by six numbers for each label and feature in a leaf, until its limit: then leaves stay as they are. River's own
// bound of its memory (max_size) is of Python's objects and is not here.

import type { Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedPath, unexplained } from "../explanation.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { object, type StateForm, texts } from "../state-form.ts";
import {
  type Candidate,
  ClassifierLeaf,
  checkClassifierLeaf,
  type LeafPrediction,
  type LeafState,
  NUMBERS_PER_LEAF,
} from "./classifier-leaf.ts";
import { greatestGain } from "./information-gain.ts";
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

interface TreeState extends State {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
  /** The root first; empty before the first example. */
  readonly nodes: readonly (Branch | LeafState)[];
}

interface Options {
  readonly gracePeriod: number;
  readonly maxDepth: number;
  readonly delta: number;
  readonly tau: number;
  readonly leafPrediction: LeafPrediction;
}

const OPTIONS = {
  ...TREE_OPTIONS,
  leafPrediction: {
    enum: ["nba", "nb", "mc"],
    default: "nba",
    description: "The shares in a leaf (mc), naive Bayes in it (nb), or whichever was right more often there (nba).",
  },
};

const FORM: StateForm = {
  schema: 1,
  check: object<TreeState>(
    { names: texts, labels: labelsList, nodes: nodesList(checkClassifierLeaf) },
    ({ names, labels, nodes }) => checkTree(nodes, names.length, labels.length),
  ),
};

export const hoeffdingTreeClassifier: LearnerType = {
  name: "hoeffding-tree-classifier",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreeState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return {
      role: "predictor",
      form: FORM,
      init: () => ({ schema: 1, names: [], labels: [], nodes: [] }),
      open: (state, budget) => new OpenTree(state, options, budget),
    };
  },
};

class OpenTree implements OpenPredictor<TreeState> {
  readonly #options: Options;
  readonly #budget: StateBudget;
  readonly #slots: Slots;
  readonly #labels: Labels;
  readonly #nodes: Nodes<ClassifierLeaf>;

  constructor(state: TreeState, options: Options, budget = new StateBudget()) {
    this.#options = options;
    this.#budget = budget;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 0 });
    this.#labels = new Labels(state.labels, budget);
    this.#nodes = new Nodes(state.nodes.map((node) => (isBranch(node) ? node : new ClassifierLeaf(node))));
    for (const leaf of this.#nodes.leaves) budget.chargeNumbers(leaf.numbers);
  }

  learnOne(x: Vector, y: Target): void {
    const label = this.#labels.claim(y);
    if (label < 0) return;
    this.#slots.claim(x.names);
    const values = readValues(x, this.#slots);
    if (this.#nodes.list.length === 0) {
      if (!this.#budget.takeNumbers(NUMBERS_PER_LEAF)) return;
      this.#nodes.list.push(ClassifierLeaf.of({ labels: [], weights: [] }, 0));
    }
    const { leaf, place, isComplete } = this.#nodes.find(values);
    const mayGrow = leaf.depth < this.#options.maxDepth;
    leaf.learn(values, label, mayGrow, this.#budget);
    if (!mayGrow || !isComplete || leaf.weight - leaf.triedAt < this.#options.gracePeriod) return;
    leaf.triedAt = leaf.weight;
    if (!leaf.isPure) this.#trySplit(leaf, place);
  }

  predictOne(x: Vector): Prediction {
    if (this.#nodes.list.length === 0) return null;
    const values = readValues(x, this.#slots);
    const { leaf } = this.#nodes.find(values);
    const shares = leaf.shares(values, this.#howAt(leaf));
    return this.#labels.prediction((label) => shares[leaf.labels.indexOf(label)] ?? 0);
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
      labels: this.#labels.close(),
      nodes: this.#nodes.list.map((node) => (isBranch(node) ? { ...node } : node.close())),
    };
  }

  /** A leaf that does not observe has no naive Bayes. */
  #howAt(leaf: ClassifierLeaf): LeafPrediction {
    return leaf.depth < this.#options.maxDepth ? this.#options.leafPrediction : "mc";
  }

  #trySplit(leaf: ClassifierLeaf, place: number): void {
    const candidates = leaf.candidates();
    const best = candidates?.at(-1);
    const bound = hoeffdingBound(greatestGain(leaf.labels.length), this.#options.delta, leaf.weight);
    if (candidates !== undefined && leaf.features > 0) {
      const isAhead = best !== undefined && best.gain - (candidates.at(-2)?.gain ?? Number.NEGATIVE_INFINITY) > bound;
      if (!isAhead && bound >= this.#options.tau) return;
    }
    if (best === undefined) leaf.forgetObservers(this.#budget);
    else this.#split(leaf, place, best);
  }

  /** Makes a branch of a leaf, where there is room for its two leaves. */
  #split(leaf: ClassifierLeaf, place: number, { feature, threshold, sides }: Candidate): void {
    const added = sides.map((side) => ClassifierLeaf.of(side, leaf.depth + 1));
    if (!this.#budget.takeNumbers(added.reduce((sum, { numbers }) => sum + numbers, 0) - leaf.numbers)) return;
    this.#nodes.split(place, { feature, threshold }, added);
  }
}
