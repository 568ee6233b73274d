// River's forest.ARFClassifier: Gomes et al. 2017, "Adaptive random forests for evolving data stream classification".
//
//   Each tree learns an example k times at once, k drawn from a Poisson distribution, and its leaves look at some features alone. It is
//   replaced where its error changes: forest-tree.ts. The prediction is the mean of what the trees say, each weighted by its accuracy
//   since it began, on examples before it learned them; where that is 0, by 1, as in River.
//
// Python's generator draws River's trees, another one ours: on the same numbers the trees are the same, else they are as good. Where the
// generator stands is part of the state. As in River features are drawn among those that a leaf's first example has.
// The state grows with its trees (classifier-tree.ts), each until its share of the limit.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { SEEDS, SeededRandom } from "../seeded-random.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { at, checkLength, count, list, object, placeIn, type StateForm, texts } from "../state-form.ts";
import { checkClassifierLeaf, LEAF_PREDICTION } from "../trees/classifier-leaf.ts";
import { ClassifierTree, type ClassifierTreeOptions, type NodeState } from "../trees/classifier-tree.ts";
import { checkTree, nodesList, readValues, type Values } from "../trees/nodes.ts";
import { FOREST_OPTIONS, type ForestOptions } from "./forest-options.ts";
import {
  checkForestTree,
  type Detectors,
  detectorsOf,
  ForestTree,
  type ForestTreeState,
  type Growing,
  newForestTree,
  shareOf,
} from "./forest-tree.ts";
import { RandomSubspaces } from "./random-subspaces.ts";

interface MemberState extends ForestTreeState<NodeState> {
  /** Of the examples since the tree began, and how many of them it predicted right. */
  readonly n: number;
  readonly right: number;
}

interface ForestState extends State {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
  /** Where the random numbers stand. */
  readonly random: number;
  readonly trees: readonly MemberState[];
}

interface Options extends ForestOptions, ClassifierTreeOptions {
  readonly weightedVote: boolean;
}

const OPTIONS = {
  ...FOREST_OPTIONS,
  leafPrediction: LEAF_PREDICTION,
  weightedVote: {
    type: "boolean",
    default: true,
    description: "Whether a tree that was right more often counts for more.",
  },
};

export const adaptiveRandomForestClassifier: LearnerType = {
  name: "adaptive-random-forest-classifier",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  small: { trees: 2 },
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<ForestState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    const detectors = detectorsOf(options);
    return {
      role: "predictor",
      form: formOf(options, detectors),
      init: () => ({
        schema: 1,
        names: [],
        labels: [],
        random: options.seed,
        trees: Array.from({ length: options.trees }, () => ({
          ...newForestTree<NodeState>(detectors),
          n: 0,
          right: 0,
        })),
      }),
      open: (state, budget) => new OpenForest(state, options, detectors, budget),
    };
  },
};

function formOf(options: Options, detectors: Detectors): StateForm {
  const checkCounts = object({ n: count, right: count });
  const checkTrees = checkForestTree(detectors, nodesList(checkClassifierLeaf));
  return {
    schema: 1,
    check: object<ForestState>(
      {
        names: texts,
        labels: labelsList,
        random: placeIn(SEEDS),
        trees: list((tree) => {
          checkCounts(tree);
          checkTrees(tree);
        }),
      },
      ({ names, labels, trees }) => {
        checkLength("trees", trees, options.trees);
        for (const [i, { nodes, background }] of trees.entries()) {
          at(`trees[${i}]`, () => checkTree(nodes, names.length, labels.length));
          if (background === undefined) continue;
          at(`trees[${i}].background`, () => checkTree(background.nodes, names.length, labels.length));
        }
      },
    ),
  };
}

type Grow = (nodes: readonly NodeState[]) => Growing<NodeState, ClassifierTree>;

class Member {
  readonly grown: ForestTree<NodeState, ClassifierTree>;
  #n: number;
  #right: number;

  constructor({ n, right, ...state }: MemberState, detectors: Detectors, grow: Grow) {
    this.grown = new ForestTree(state, detectors, grow);
    this.#n = n;
    this.#right = right;
  }

  get accuracy(): number {
    return this.#n === 0 ? 0 : this.#right / this.#n;
  }

  learn(values: Values, label: number, lambda: number, random: SeededRandom): void {
    const { grown } = this;
    const { tree } = grown;
    const found = tree.find(values);
    const judgement = found?.leaf.judge(values);
    const isRight = found !== undefined && judgement !== undefined && tree.saysOf(found, judgement) === label;
    this.#n++;
    if (isRight) this.#right++;
    const weight = random.poisson(lambda);
    if (weight === 0) return;
    grown.background?.learn(values, label, weight);
    if (found === undefined) tree.learn(values, label, weight);
    else tree.learnAt(found, values, label, weight, judgement);
    if (!grown.follow(isRight ? 0 : 1)) return;
    this.#n = 0;
    this.#right = 0;
  }

  close(): MemberState {
    return { ...this.grown.close(), n: this.#n, right: this.#right };
  }
}

class OpenForest implements OpenPredictor<ForestState> {
  readonly #options: Options;
  readonly #slots: Slots;
  readonly #labels: Labels;
  readonly #random: SeededRandom;
  readonly #members: readonly Member[];

  constructor(state: ForestState, options: Options, detectors: Detectors, budget = new StateBudget()) {
    this.#options = options;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 0 });
    this.#labels = new Labels(state.labels, budget);
    this.#random = new SeededRandom(state.random);
    const subspaces = new RandomSubspaces(options.maxFeatures, this.#random);
    const grow: Grow = (nodes) => {
      const room = shareOf(budget, options.trees);
      return { tree: new ClassifierTree(nodes, options, room, subspaces), room };
    };
    this.#members = state.trees.map((member) => new Member(member, detectors, grow));
  }

  learnOne(x: Vector, y: Target): void {
    const label = this.#labels.claim(y);
    if (label < 0) return;
    this.#slots.claim(x.names);
    const values = readValues(x, this.#slots);
    for (const member of this.#members) member.learn(values, label, this.#options.lambda, this.#random);
  }

  predictOne(x: Vector): Prediction {
    const values = readValues(x, this.#slots);
    const votes = new Array<number>(this.#labels.size).fill(0);
    let all = 0;
    for (const { grown, accuracy } of this.#members) {
      const found = grown.tree.find(values);
      if (found === undefined) continue;
      const weight = this.#options.weightedVote && accuracy > 0 ? accuracy : 1;
      const shares = grown.tree.shares(found, values);
      for (let i = 0; i < shares.length; i++) {
        const vote = (shares[i] as number) * weight;
        const label = found.leaf.labels[i] as number;
        votes[label] = (votes[label] as number) + vote;
        all += vote;
      }
    }
    return this.#labels.prediction((label) => (all > 0 ? (votes[label] as number) / all : 0));
  }

  close(): ForestState {
    return {
      schema: 1,
      names: [...this.#slots.names],
      labels: this.#labels.close(),
      random: this.#random.state,
      trees: this.#members.map((member) => member.close()),
    };
  }
}
