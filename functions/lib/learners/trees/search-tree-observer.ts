// River's TEBSTSplitter: what a leaf knows of one feature, to predict numbers. A binary search tree over the feature's values, rounded
// to one decimal place; each node has the moments of the targets of all values up to its own that came below it.
// Ikonomovska, Gama, Dzeroski 2011, "Learning model trees from evolving data streams" (E-BST).

import { NonFiniteError } from "../learner.ts";
import { type Check, checkLengths, count, countsFromOne, numbers, object } from "../state-form.ts";
import { areFinite, type MomentsState, minus, noMoments, plus, varianceOf, withValue } from "./moments.ts";

/** Lists have node after node, each before its left and then its right subtree: so the values alone tell the tree's shape. */
export interface SearchTreeState {
  /** The place of the feature among the tree's names. */
  readonly feature: number;
  readonly values: readonly number[];
  readonly counts: readonly number[];
  readonly means: readonly number[];
  readonly squares: readonly number[];
}

export const checkSearchTree: Check = object<SearchTreeState>(
  { feature: count, values: numbers, counts: countsFromOne, means: numbers, squares: numbers },
  ({ values, counts, means, squares }) => checkLengths(values, { counts, means, squares }),
);

/** Numbers of the state that a value takes. */
export const NUMBERS_PER_VALUE = 4;

/** Fewer examples than these make no side of a split. */
const LEAST_SIDE = 5;

interface Node {
  readonly value: number;
  moments: MomentsState;
  left: Node | undefined;
  right: Node | undefined;
}

export interface NumberCandidate {
  readonly gain: number;
  readonly feature: number;
  readonly threshold: number;
  readonly sides: readonly [MomentsState, MomentsState];
}

export class SearchTreeObserver {
  readonly feature: number;
  /** Distinct values. */
  size: number;
  #root: Node | undefined;

  constructor({ feature, values, counts, means, squares }: SearchTreeState) {
    this.feature = feature;
    this.size = values.length;
    const above: Node[] = [];
    for (const [i, value] of values.entries()) {
      const moments = { n: counts[i] as number, mean: means[i] as number, squares: squares[i] as number };
      const node: Node = { value, moments, left: undefined, right: undefined };
      let parent: Node | undefined;
      while (above.length > 0 && (above.at(-1) as Node).value < value) parent = above.pop();
      if (parent !== undefined) parent.right = node;
      else if (above.length > 0) (above.at(-1) as Node).left = node;
      else this.#root = node;
      above.push(node);
    }
  }

  static of(feature: number): SearchTreeObserver {
    return new SearchTreeObserver({ feature, values: [], counts: [], means: [], squares: [] });
  }

  has(value: number): boolean {
    const rounded = roundToTenths(value);
    let node = this.#root;
    while (node !== undefined && node.value !== rounded) node = rounded < node.value ? node.left : node.right;
    return node !== undefined;
  }

  update(value: number, target: number, weight = 1): void {
    const rounded = roundToTenths(value);
    let node = this.#root;
    let parent: Node | undefined;
    while (node !== undefined) {
      if (rounded <= node.value) node.moments = sound(withValue(node.moments, target, weight));
      if (rounded === node.value) return;
      parent = node;
      node = rounded < node.value ? node.left : node.right;
    }
    const added: Node = {
      value: rounded,
      moments: withValue(noMoments, target, weight),
      left: undefined,
      right: undefined,
    };
    if (parent === undefined) this.#root = added;
    else if (rounded < parent.value) parent.left = added;
    else parent.right = added;
    this.size++;
  }

  /** The split with the greatest reduction of variance; the first of equal ones, from the least value on. */
  best(before: MomentsState): NumberCandidate | undefined {
    let best: NumberCandidate | undefined;
    for (const { node, below } of this.#inOrder()) {
      const sides = sidesOf(node, below, before);
      const gain = reduction(before, sides);
      if (gain > (best?.gain ?? Number.NEGATIVE_INFINITY))
        best = { gain, feature: this.feature, threshold: node.value, sides };
    }
    return best;
  }

  /**
   * Removes nodes with nothing but bad splits below them whose own gain is below a share of the best one.
   * @param share of the best gain; below it a split is bad.
   */
  removeBad(before: MomentsState, bestGain: number, share: number): void {
    const frames: { node: Node; below: MomentsState; parent: Node | undefined; phase: number }[] = [];
    if (this.#root !== undefined) frames.push({ node: this.#root, below: noMoments, parent: undefined, phase: 0 });
    // Whether the subtree that was looked at last is gone.
    let isGone = true;
    while (frames.length > 0) {
      const frame = frames.at(-1) as (typeof frames)[number];
      const { node, below, parent } = frame;
      frame.phase++;
      if (frame.phase === 1) {
        if (node.left !== undefined) frames.push({ node: node.left, below, parent: node, phase: 0 });
        else isGone = true;
      } else if (frame.phase === 2 && isGone) {
        const belowRight = plus(below, node.moments);
        if (node.right !== undefined) frames.push({ node: node.right, below: belowRight, parent: node, phase: 0 });
      } else {
        frames.pop();
        isGone = isGone && reduction(before, sidesOf(node, below, before)) / bestGain < share;
        if (isGone) this.#remove(node, parent);
      }
    }
  }

  close(): SearchTreeState {
    const nodes: Node[] = [];
    const left = this.#root === undefined ? [] : [this.#root];
    while (left.length > 0) {
      const node = left.pop() as Node;
      nodes.push(node);
      if (node.right !== undefined) left.push(node.right);
      if (node.left !== undefined) left.push(node.left);
    }
    return {
      feature: this.feature,
      values: nodes.map(({ value }) => value),
      counts: nodes.map(({ moments }) => moments.n),
      means: nodes.map(({ moments }) => moments.mean),
      squares: nodes.map(({ moments }) => moments.squares),
    };
  }

  #remove(node: Node, parent: Node | undefined): void {
    if (parent === undefined) this.#root = undefined;
    else if (parent.left === node) parent.left = undefined;
    else parent.right = undefined;
    this.size--;
  }

  /** From the least value on, with the moments of what is below the subtree of the node. */
  *#inOrder(): Generator<{ readonly node: Node; readonly below: MomentsState }> {
    const waiting: { node: Node; below: MomentsState }[] = [];
    let node = this.#root;
    let below = noMoments;
    for (;;) {
      while (node !== undefined) {
        waiting.push({ node, below });
        node = node.left;
      }
      const next = waiting.pop();
      if (next === undefined) return;
      yield next;
      below = next.node.right === undefined ? next.below : plus(next.below, next.node.moments);
      node = next.node.right;
    }
  }
}

function sidesOf(node: Node, below: MomentsState, before: MomentsState): [MomentsState, MomentsState] {
  const left = plus(node.moments, below);
  return [left, minus(before, left)];
}

/** River's VarianceReductionSplitCriterion. */
function reduction(before: MomentsState, sides: readonly MomentsState[]): number {
  if (sides.some(({ n }) => n < LEAST_SIDE)) return 0;
  return sides.reduce((left, side) => left - (side.n / before.n) * varianceOf(side), varianceOf(before));
}

/** As Python rounds: the nearest number with one decimal place; halves, which only .25 and .75 are to the bit, to the even digit. */
function roundToTenths(value: number): number {
  const isHalf = Math.abs(value % 1) === 0.25;
  return Number((isHalf ? value - Math.sign(value) * 0.05 : value).toFixed(1)) + 0;
}

function sound(moments: MomentsState): MomentsState {
  if (!areFinite(moments)) throw new NonFiniteError("a variance in a leaf");
  return moments;
}
