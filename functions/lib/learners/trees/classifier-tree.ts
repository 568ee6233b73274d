// How a Hoeffding tree of labels grows, alone or in a forest: examples come as values by the slot of their feature and the slot of their
// label.
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

import type { PathTest } from "../../events/vocabulary.ts";
import type { StateBudget } from "../state-budget.ts";
import {
  type Candidate,
  ClassifierLeaf,
  type Judgement,
  type LeafPrediction,
  type LeafState,
  NUMBERS_PER_LEAF,
} from "./classifier-leaf.ts";
import { greatestGain } from "./information-gain.ts";
import { type Branch, type Found, hoeffdingBound, isBranch, Nodes, type Subspaces, type Values } from "./nodes.ts";

export interface ClassifierTreeOptions {
  readonly gracePeriod: number;
  readonly maxDepth: number;
  readonly delta: number;
  readonly tau: number;
  readonly leafPrediction: LeafPrediction;
}

export type NodeState = Branch | LeafState;

export class ClassifierTree {
  readonly #options: ClassifierTreeOptions;
  readonly #budget: StateBudget;
  readonly #subspaces: Subspaces | undefined;
  readonly #nodes: Nodes<ClassifierLeaf>;

  /**
   * @param nodes the root first; empty before the first example.
   * @param subspaces default: leaves look at all features.
   */
  constructor(
    nodes: readonly NodeState[],
    options: ClassifierTreeOptions,
    budget: StateBudget,
    subspaces?: Subspaces | undefined,
  ) {
    this.#options = options;
    this.#budget = budget;
    this.#subspaces = subspaces;
    this.#nodes = new Nodes(nodes.map((node) => (isBranch(node) ? node : new ClassifierLeaf(node))));
    for (const leaf of this.#nodes.leaves) budget.chargeNumbers(leaf.numbers);
  }

  /** Undefined before the first example. */
  find(values: Values): Found<ClassifierLeaf> | undefined {
    return this.#nodes.list.length === 0 ? undefined : this.#nodes.find(values);
  }

  learn(values: Values, label: number, weight = 1): void {
    const found = this.find(values) ?? this.#planted();
    if (found !== undefined) this.learnAt(found, values, label, weight);
  }

  /** @param judgement of the same example, where it was made already. */
  learnAt(
    { leaf, place, isComplete }: Found<ClassifierLeaf>,
    values: Values,
    label: number,
    weight: number,
    judgement?: Judgement,
  ): void {
    const mayGrow = this.#mayGrow(leaf);
    leaf.learn(values, label, mayGrow, this.#budget, {
      weight,
      subspaces: this.#subspaces,
      ...(judgement && { judgement }),
    });
    const split = mayGrow && isComplete ? dueSplit(leaf, this.#options, this.#budget) : undefined;
    if (split !== undefined) this.#split(leaf, place, split);
  }

  /** In the order of the leaf's labels. */
  shares({ leaf }: Found<ClassifierLeaf>, values: Values): number[] {
    return leaf.shares(values, this.#howAt(leaf));
  }

  /** The label that it says. */
  saysOf({ leaf }: Found<ClassifierLeaf>, judgement: Judgement): number | undefined {
    return leaf.saysOf(judgement, this.#howAt(leaf));
  }

  /** The tests on the way to the leaf of an example. */
  way(values: Values, names: readonly string[]): readonly PathTest[] {
    return this.#nodes.way(values, names);
  }

  close(): NodeState[] {
    return this.#nodes.list.map((node) => (isBranch(node) ? { ...node } : node.close()));
  }

  /** The first leaf, where there is room for it. */
  #planted(): Found<ClassifierLeaf> | undefined {
    if (!this.#budget.takeNumbers(NUMBERS_PER_LEAF)) return undefined;
    const leaf = ClassifierLeaf.of({ labels: [], weights: [] }, 0);
    this.#nodes.list.push(leaf);
    return { leaf, place: 0, isComplete: true };
  }

  #mayGrow({ depth }: ClassifierLeaf): boolean {
    return depth < this.#options.maxDepth;
  }

  /** A leaf that does not observe has no naive Bayes. */
  #howAt(leaf: ClassifierLeaf): LeafPrediction {
    return this.#mayGrow(leaf) ? this.#options.leafPrediction : "mc";
  }

  /** Makes a branch of a leaf, where there is room for its two leaves. */
  #split(leaf: ClassifierLeaf, place: number, { feature, threshold, of }: Candidate): void {
    const added = of.split(threshold).map((side) => ClassifierLeaf.of(side, leaf.depth + 1));
    if (!this.#budget.takeNumbers(added.reduce((sum, { numbers }) => sum + numbers, 0) - leaf.numbers)) return;
    this.#nodes.split(place, { feature, threshold }, added);
  }
}

/** The split of a leaf that was given an example, where it is time to look for one and there is one. */
export function dueSplit(
  leaf: ClassifierLeaf,
  { gracePeriod, delta, tau }: ClassifierTreeOptions,
  budget: StateBudget,
): Candidate | undefined {
  const learned = leaf.weight;
  if (learned - leaf.triedAt < gracePeriod) return undefined;
  leaf.triedAt = learned;
  if (leaf.isPure) return undefined;
  const candidates = leaf.candidates();
  const best = candidates?.at(-1);
  const bound = hoeffdingBound(greatestGain(leaf.labels.length), delta, learned);
  if (candidates !== undefined && leaf.features > 0) {
    const isAhead = best !== undefined && best.gain - (candidates.at(-2)?.gain ?? Number.NEGATIVE_INFINITY) > bound;
    if (!isAhead && bound >= tau) return undefined;
  }
  if (best === undefined) leaf.forgetObservers(budget);
  return best;
}
