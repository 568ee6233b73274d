// How a Hoeffding tree of numbers grows, alone or in a forest: examples come as values by the slot of their feature.
//
//   An example goes down as in classifier-tree.ts. Each gracePeriod examples a leaf looks for a split: the value up to which
//   the variance of the targets is reduced most, with five examples on either side. It splits where the second best feature's
//   reduction is below 1 - e of the best one's, e = sqrt(ln(1 / delta) / (2 n)), or where e < tau. Where it does not, values are
//   forgotten that are worse than the best by more than the second best is, and 2 e.
//   Features are compared at one decimal place, so they want a range of ten or more: scale small ones up.
//
// The state grows by four numbers for each distinct value of a feature in a leaf, and one for each feature of a linear model, until its
// limit: then no value is added.

import type { PathTest } from "../../events/vocabulary.ts";
import { NonFiniteError } from "../learner.ts";
import type { StateBudget } from "../state-budget.ts";
import { areFinite, noMoments } from "./moments.ts";
import { type Branch, type Found, hoeffdingBound, isBranch, Nodes, type Subspaces, type Values } from "./nodes.ts";
import { type LeafPrediction, NO_LINEAR, RegressorLeaf, type RegressorLeafState } from "./regressor-leaf.ts";
import type { NumberCandidate } from "./search-tree-observer.ts";

export interface RegressorTreeOptions {
  readonly gracePeriod: number;
  readonly maxDepth: number;
  readonly delta: number;
  readonly tau: number;
  readonly leafPrediction: LeafPrediction;
}

export type NumberNodeState = Branch | RegressorLeafState;

export class RegressorTree {
  readonly #options: RegressorTreeOptions;
  readonly #budget: StateBudget;
  readonly #subspaces: Subspaces | undefined;
  readonly #nodes: Nodes<RegressorLeaf>;

  /**
   * @param nodes the root first; empty before the first example.
   * @param subspaces default: leaves look at all features.
   */
  constructor(
    nodes: readonly NumberNodeState[],
    options: RegressorTreeOptions,
    budget: StateBudget,
    subspaces?: Subspaces | undefined,
  ) {
    this.#options = options;
    this.#budget = budget;
    this.#subspaces = subspaces;
    this.#nodes = new Nodes(nodes.map((node) => (isBranch(node) ? node : new RegressorLeaf(node))));
    for (const leaf of this.#nodes.leaves) budget.chargeNumbers(leaf.numbers);
  }

  /** Undefined before the first example. */
  find(values: Values): Found<RegressorLeaf> | undefined {
    return this.#nodes.list.length === 0 ? undefined : this.#nodes.find(values);
  }

  /** 0 before the first example. */
  predict(values: Values): number {
    return this.find(values)?.leaf.predict(values, this.#options.leafPrediction) ?? 0;
  }

  /** @throws NonFiniteError */
  learn(values: Values, target: number, weight = 1): void {
    const found = this.find(values) ?? this.#planted();
    if (found === undefined) return;
    const { leaf, place, isComplete } = found;
    const mayGrow = leaf.depth < this.#options.maxDepth;
    leaf.learn(values, target, mayGrow, this.#budget, weight, this.#subspaces);
    if (!mayGrow || !isComplete || leaf.weight - leaf.triedAt < this.#options.gracePeriod) return;
    leaf.triedAt = leaf.weight;
    this.#trySplit(leaf, place);
  }

  /** The tests on the way to the leaf of an example. */
  way(values: Values, names: readonly string[]): readonly PathTest[] {
    return this.#nodes.way(values, names);
  }

  close(): NumberNodeState[] {
    return this.#nodes.list.map((node) => (isBranch(node) ? { ...node } : node.close()));
  }

  /** The first leaf, where there is room for it. */
  #planted(): Found<RegressorLeaf> | undefined {
    const isLinear = this.#options.leafPrediction !== "mean";
    const leaf = RegressorLeaf.of(noMoments, 0, isLinear ? NO_LINEAR : undefined);
    if (!this.#budget.takeNumbers(leaf.numbers)) return undefined;
    this.#nodes.list.push(leaf);
    return { leaf, place: 0, isComplete: true };
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
    if (!this.#budget.takeNumbers(2 * leaf.numbersOfChild - leaf.numbers)) return;
    const added = sides.map((side) => leaf.child(side));
    this.#nodes.split(place, { feature, threshold }, added);
  }
}
