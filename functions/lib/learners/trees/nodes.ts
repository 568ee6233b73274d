// The nodes of a Hoeffding tree in one list, the root first: branches, and leaves of one kind.

import type { PathTest } from "../../events/vocabulary.ts";
import type { Vector } from "../learner.ts";
import type { Slots } from "../slots.ts";
import type { StateBudget } from "../state-budget.ts";
import { type Check, count, list, number, object, unsound } from "../state-form.ts";
import { numberAt } from "../vector.ts";

export interface Branch {
  /** The place of its feature among the tree's names. An example goes left where its value is at most the threshold. */
  readonly feature: number;
  readonly threshold: number;
  /** The place of the left child in the list; the right one comes after it. */
  readonly left: number;
}

export interface Leaf {
  /** Examples that it has learned, or that its side of a split was given. */
  readonly weight: number;
}

/** What is read of an example: values by the slot of their feature; undefined for an absent one. */
export type Values = readonly (number | undefined)[];

export function readValues(x: Vector, slots: Slots): Values {
  const found = slots.find(x.names);
  const values = new Array<number | undefined>(slots.size).fill(undefined);
  for (let i = 0; i < x.names.length; i++) {
    const value = numberAt(x, i);
    const slot = found[i] as number;
    if (slot >= 0) values[slot] = value;
  }
  return values;
}

/** Draws the features that a leaf looks at, in a forest. */
export interface Subspaces {
  /** Places among the features that the example has. Undefined where it has none, or there is no room for them. */
  draw(values: Values, budget: StateBudget): readonly number[] | undefined;
}

/** Where an example goes. */
export interface Found<L extends Leaf> {
  readonly leaf: L;
  readonly place: number;
  /** Whether it had each feature on the way; else it went where more weight is. */
  readonly isComplete: boolean;
}

export class Nodes<L extends Leaf> {
  readonly list: (Branch | L)[];

  constructor(list: readonly (Branch | L)[]) {
    this.list = [...list];
  }

  get leaves(): L[] {
    return this.list.filter((node): node is L => !isBranch(node));
  }

  find(values: Values): Found<L> {
    let place = 0;
    let isComplete = true;
    for (;;) {
      const node = this.list[place] as Branch | L;
      if (!isBranch(node)) return { leaf: node, place, isComplete };
      if (values[node.feature] === undefined) isComplete = false;
      place = this.#next(node, values);
    }
  }

  /** The tests on the way to the leaf of an example. */
  way(values: Values, names: readonly string[]): readonly PathTest[] {
    const tests: PathTest[] = [];
    for (let node = this.list[0]; node !== undefined && isBranch(node); ) {
      const { feature, threshold, left } = node;
      const next = this.#next(node, values);
      const went = next === left ? "at most" : "above";
      tests.push({ feature: names[feature] as string, threshold, value: values[feature] ?? null, went });
      node = this.list[next];
    }
    return tests;
  }

  /** Puts a branch in the place of a leaf. */
  split(place: number, { feature, threshold }: Omit<Branch, "left">, leaves: readonly L[]): void {
    this.list[place] = { feature, threshold, left: this.list.length };
    this.list.push(...leaves);
  }

  /** The place of the child that an example goes to. */
  #next({ feature, threshold, left }: Branch, values: Values): number {
    const value = values[feature];
    const goesLeft = value === undefined ? this.#weight(left) >= this.#weight(left + 1) : value <= threshold;
    return goesLeft ? left : left + 1;
  }

  #weight(place: number): number {
    const node = this.list[place] as Branch | L;
    return isBranch(node) ? this.#weight(node.left) + this.#weight(node.left + 1) : node.weight;
  }
}

export function isBranch(node: object): node is Branch {
  return "left" in node;
}

const checkBranch = object({ feature: count, threshold: number, left: count });

/** What a leaf says of the features and labels that it knows, by their places. */
interface KnownByLeaf {
  readonly depth: number;
  readonly labels?: readonly number[];
  readonly observers: readonly { readonly feature: number; readonly labels?: readonly number[] }[];
  readonly subspace?: readonly number[];
}

/** The nodes in a state, each of its own form. */
export function nodesList(checkLeaf: Check): Check {
  return list((node) => (typeof node === "object" && node !== null && isBranch(node) ? checkBranch : checkLeaf)(node));
}

/**
 * That each node but the root hangs below one branch before it, so that every way ends, and that all places are there.
 * @throws UnsoundStateError
 */
export function checkTree(nodes: readonly (Branch | KnownByLeaf)[], features: number, labels = 0): void {
  const depths = new Int32Array(nodes.length).fill(-1);
  if (nodes.length > 0) depths[0] = 0;
  const atNode = (place: number, problem: string) => unsound(`nodes[${place}]`, problem);
  for (const [place, node] of nodes.entries()) {
    const depth = depths[place] as number;
    if (depth < 0) throw atNode(place, "hangs below no branch");
    if (depth > TREE_OPTIONS.maxDepth.maximum) throw atNode(place, "is too deep");
    if (!isBranch(node)) {
      if (node.depth !== depth) throw atNode(place, `has the depth ${node.depth}, and is at ${depth}`);
      if (!isKnown(node, features, labels))
        throw atNode(place, "knows a feature or a label that the tree does not have");
      continue;
    }
    const { left, feature } = node;
    if (feature >= features) throw atNode(place, "goes by a feature that the tree does not have");
    if (!(left > place && left + 1 < nodes.length)) throw atNode(place, "has no two nodes after it");
    if (depths[left] !== -1 || depths[left + 1] !== -1) throw atNode(place, `shares a node with another branch`);
    depths.fill(depth + 1, left, left + 2);
  }
}

/** Whether a tree with so many features and labels has all that a leaf speaks of. */
export function isKnown(
  { observers, labels: own = [], subspace = [] }: KnownByLeaf,
  features: number,
  labels: number,
): boolean {
  const places = [own, ...observers.map((one) => one.labels ?? [])].flat();
  const seen = [...subspace, ...observers.map(({ feature }) => feature)];
  return seen.every((feature) => feature < features) && places.every((label) => label < labels);
}

/** Hoeffding 1963: how far the mean of n numbers in a range is off its expectation, but for a chance of delta. */
export function hoeffdingBound(range: number, delta: number, n: number): number {
  return Math.sqrt((range * range * Math.log(1 / delta)) / (2 * n));
}

/** Options of all Hoeffding trees. */
export const TREE_OPTIONS = {
  gracePeriod: {
    type: "integer",
    minimum: 1,
    default: 200,
    description: "Examples in a leaf between two searches for a split.",
  },
  maxDepth: { type: "integer", minimum: 1, maximum: 900, default: 900, description: "Leaves this deep do not split." },
  delta: {
    type: "number",
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 1e-7,
    description: "Chance that a split is not the best one.",
  },
  tau: {
    type: "number",
    minimum: 0,
    default: 0.05,
    description: "A leaf splits at the latest where the bound is below this.",
  },
};
