// A Hoeffding adaptive tree: Bifet, Gavalda 2009, "Adaptive learning from evolving data streams"; River's
// tree.HoeffdingAdaptiveTreeClassifier.
//
//   It grows as in classifier-tree.ts. An ADWIN in each node follows the errors of its leaf on the examples that go through it. Where
//   those of a branch rise, an alternate begins to grow beside what is below it, and learns the same examples. Once both errors are of
//   more than driftWindow examples it takes that place where it errs less by more than
//     sqrt(2 e (1 - e) ln(2 / switchSignificance) (1 / n + 1 / m)),
//   e the error of the branch over n examples, m those of the alternate's; where it errs more by as much it is dropped.
//   While there are alternates on the way of an example all their leaves vote, each by the square of (n + 1) / (wrong + 1).
//   A leaf counts an example k times, k drawn from a Poisson distribution of mean 1; once where k is 0, as River and MOA do.
//
// In River an alternate takes its place as soon as it splits, better or not, and half of the rises are missed; here it is as in the paper,
// so scores are near River's where nothing drifts, and apart from them after a drift. Alternates have no alternates of their own.
//
// The state grows as a Hoeffding tree's, until its limit, and by ten numbers in a node's ADWIN each time that its window doubles.

import type { Explanation, PathTest, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedPath, unexplained } from "../explanation.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { SEEDS, SeededRandom, seedSchema } from "../seeded-random.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { object, placeIn, type StateForm, texts } from "../state-form.ts";
import {
  AdaptiveBranch,
  AdaptiveLeaf,
  type AdaptiveNode,
  type AdaptiveNodeState,
  adaptiveNodesList,
  branchOf,
  checkAdaptiveTree,
  readAdaptiveTree,
} from "./adaptive-nodes.ts";
import { type Judgement, LEAF_PREDICTION, type LeafPrediction } from "./classifier-leaf.ts";
import { type ClassifierTreeOptions, dueSplit } from "./classifier-tree.ts";
import { readValues, TREE_OPTIONS, type Values } from "./nodes.ts";

interface TreeState extends State {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
  /** Where the random numbers stand. */
  readonly random: number;
  /** Empty before the first example. */
  readonly nodes: readonly AdaptiveNodeState[];
}

interface Options extends ClassifierTreeOptions {
  readonly driftWindow: number;
  readonly switchSignificance: number;
  readonly bootstrap: boolean;
  readonly seed: number;
}

const OPTIONS = {
  ...TREE_OPTIONS,
  leafPrediction: LEAF_PREDICTION,
  driftWindow: {
    type: "integer",
    minimum: 1,
    default: 300,
    description: "Examples since the last change that a branch and its alternate need before they are compared.",
  },
  switchSignificance: {
    type: "number",
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.05,
    description: "Chance that an alternate takes a place and is not better.",
  },
  bootstrap: {
    type: "boolean",
    default: true,
    description: "Whether an example counts a random number of times in its leaf.",
  },
  seed: seedSchema,
};

const FORM: StateForm = {
  schema: 1,
  check: object<TreeState>(
    { names: texts, labels: labelsList, random: placeIn(SEEDS), nodes: adaptiveNodesList },
    ({ names, labels, nodes }) => checkAdaptiveTree(nodes, names.length, labels.length),
  ),
};

export const hoeffdingAdaptiveTreeClassifier: LearnerType = {
  name: "hoeffding-adaptive-tree-classifier",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreeState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return {
      role: "predictor",
      form: FORM,
      init: () => ({ schema: 1, names: [], labels: [], random: options.seed, nodes: [] }),
      open: (state, budget) => new OpenTree(state, options, budget),
    };
  },
};

class OpenTree implements OpenPredictor<TreeState> {
  readonly #options: Options;
  readonly #budget: StateBudget;
  readonly #slots: Slots;
  readonly #labels: Labels;
  readonly #random: SeededRandom;
  #root: AdaptiveNode | undefined;

  constructor({ names, labels, random, nodes }: TreeState, options: Options, budget = new StateBudget()) {
    this.#options = options;
    this.#budget = budget;
    this.#slots = new Slots(names, { budget, numbersPerName: 0 });
    this.#labels = new Labels(labels, budget);
    this.#random = new SeededRandom(random);
    this.#root = readAdaptiveTree(nodes);
    budget.chargeNumbers(this.#root?.numbers ?? 0);
  }

  learnOne(x: Vector, y: Target): void {
    const label = this.#labels.claim(y);
    if (label < 0) return;
    this.#slots.claim(x.names);
    this.#root ??= this.#newLeaf(0);
    if (this.#root !== undefined) this.#root = this.#learned(this.#root, readValues(x, this.#slots), label, false);
  }

  predictOne(x: Vector): Prediction {
    if (this.#root === undefined) return null;
    const values = readValues(x, this.#slots);
    const leaves = leavesOf(this.#root, values);
    const votes = new Array<number>(this.#labels.size).fill(0);
    let all = 0;
    for (const { leaf, errors } of leaves) {
      const { width, mean } = errors;
      const weight = leaves.length === 1 ? 1 : ((width + 1) / (mean * width + 1)) ** 2;
      const shares = leaf.shares(values, this.#howAt(leaf));
      for (let at = 0; at < shares.length; at++) {
        const label = leaf.labels[at] as number;
        const vote = (shares[at] as number) * weight;
        votes[label] = (votes[label] as number) + vote;
        all += vote;
      }
    }
    return this.#labels.prediction((label) => (all > 0 ? (votes[label] as number) / all : 0));
  }

  explain(x: Vector): Explanation {
    if (this.#root === undefined) return unexplained("it has learned nothing yet");
    const values = readValues(x, this.#slots);
    const [{ leaf }, ...alternates] = leavesOf(this.#root, values) as [AdaptiveLeaf, ...AdaptiveLeaf[]];
    if (alternates.length > 0)
      return unexplained("after a drift several branches of the tree vote, until one is better");
    return explainedPath(wayOf(this.#root, values, this.#slots.names), leaf.weight, this.predictOne(x));
  }

  close(): TreeState {
    const nodes: AdaptiveNodeState[] = [];
    this.#root?.write(nodes);
    const names = [...this.#slots.names];
    return { schema: 1, names, labels: this.#labels.close(), random: this.#random.state, nodes };
  }

  /** What stands in the place of a node once it has learned an example: itself, its split, or its alternate. */
  #learned(node: AdaptiveNode, values: Values, label: number, isAlternate: boolean): AdaptiveNode {
    const { leaf } = mainLeafOf(node, values);
    const judgement = leaf.judge(values);
    const isRight = leaf.saysOf(judgement, this.#howAt(leaf)) === label;
    return this.#learnedWay(node, values, label, isAlternate, judgement, isRight);
  }

  /** @param judgement of the leaf at the end of the way, and whether it is right. */
  #learnedWay(
    node: AdaptiveNode,
    values: Values,
    label: number,
    isAlternate: boolean,
    judgement: Judgement,
    isRight: boolean,
  ): AdaptiveNode {
    if (node instanceof AdaptiveLeaf) return this.#learnedLeaf(node, values, label, judgement, isRight);
    const hasRisen = node.follow(isRight ? 0 : 1, this.#budget);
    if (!isAlternate) {
      if (hasRisen) this.#beginAlternate(node);
      else if (this.#isOvertaken(node)) {
        const { alternate } = node;
        node.alternate = undefined;
        this.#budget.chargeNumbers(-node.numbers);
        return this.#learned(alternate as AdaptiveNode, values, label, false);
      }
    }
    if (node.alternate !== undefined) node.alternate = this.#learned(node.alternate, values, label, true);
    const side = node.goesLeft(values) ? "left" : "right";
    node[side] = this.#learnedWay(node[side], values, label, isAlternate, judgement, isRight);
    return node;
  }

  #learnedLeaf(
    node: AdaptiveLeaf,
    values: Values,
    label: number,
    judgement: Judgement,
    isRight: boolean,
  ): AdaptiveNode {
    const { leaf } = node;
    const weight = this.#options.bootstrap ? Math.max(1, this.#random.poisson(1)) : 1;
    node.follow(isRight ? 0 : 1, this.#budget);
    const mayGrow = this.#mayGrow(leaf);
    leaf.learn(values, label, mayGrow, this.#budget, { weight, judgement });
    const split = mayGrow ? dueSplit(leaf, this.#options, this.#budget) : undefined;
    if (split === undefined) return node;
    const branch = branchOf(node, split);
    return this.#budget.takeNumbers(branch.numbers - node.numbers) ? branch : node;
  }

  /** Undefined where there is no room for it. */
  #newLeaf(depth: number): AdaptiveLeaf | undefined {
    const leaf = AdaptiveLeaf.of({ labels: [], weights: [] }, depth);
    return this.#budget.takeNumbers(leaf.numbers) ? leaf : undefined;
  }

  #beginAlternate(node: AdaptiveBranch): void {
    this.#drop(node);
    node.alternate = this.#newLeaf(node.depth);
  }

  #drop(node: AdaptiveBranch): void {
    if (node.alternate !== undefined) this.#budget.chargeNumbers(-node.alternate.numbers);
    node.alternate = undefined;
  }

  /** Whether the alternate is the better one. One that is worse is dropped. */
  #isOvertaken(node: AdaptiveBranch): boolean {
    const { driftWindow, switchSignificance } = this.#options;
    const own = node.errors;
    const other = node.alternate?.errors;
    if (other === undefined || own.width <= driftWindow || other.width <= driftWindow) return false;
    const spread = Math.max(0, own.mean * (1 - own.mean));
    const bound = Math.sqrt(2 * spread * Math.log(2 / switchSignificance) * (1 / own.width + 1 / other.width));
    if (other.mean - own.mean > bound) this.#drop(node);
    return own.mean - other.mean > bound;
  }

  #mayGrow({ depth }: AdaptiveLeaf["leaf"]): boolean {
    return depth < this.#options.maxDepth;
  }

  /** A leaf that does not observe has no naive Bayes. */
  #howAt(leaf: AdaptiveLeaf["leaf"]): LeafPrediction {
    return this.#mayGrow(leaf) ? this.#options.leafPrediction : "mc";
  }
}

/** Without alternates. */
function mainLeafOf(node: AdaptiveNode, values: Values): AdaptiveLeaf {
  let at = node;
  while (at instanceof AdaptiveBranch) at = at.goesLeft(values) ? at.left : at.right;
  return at;
}

/** That of the tree first, then those of the alternates on its way. */
function leavesOf(root: AdaptiveNode, values: Values): AdaptiveLeaf[] {
  const alternates: AdaptiveLeaf[] = [];
  let at = root;
  while (at instanceof AdaptiveBranch) {
    if (at.alternate !== undefined) alternates.push(mainLeafOf(at.alternate, values));
    at = at.goesLeft(values) ? at.left : at.right;
  }
  return [at, ...alternates];
}

/** The tests on the way of an example. */
function wayOf(root: AdaptiveNode, values: Values, names: readonly string[]): readonly PathTest[] {
  const tests: PathTest[] = [];
  let at = root;
  while (at instanceof AdaptiveBranch) {
    const { feature, threshold } = at;
    const isLeft = at.goesLeft(values);
    const went = isLeft ? "at most" : "above";
    tests.push({ feature: names[feature] as string, threshold, value: values[feature] ?? null, went });
    at = isLeft ? at.left : at.right;
  }
  return tests;
}
