// The nodes of a Hoeffding adaptive tree: each has an ADWIN of its errors, and a branch may have an alternate, which grows beside what is
// below it.

import { type AdwinState, createAdwin, type OpenAdwin } from "../drift/adwin.ts";
import type { StateBudget } from "../state-budget.ts";
import { type Check, count, flag, list, number, object, readState, unsound } from "../state-form.ts";
import { type Candidate, ClassifierLeaf, checkClassifierLeaf, type LeafState } from "./classifier-leaf.ts";
import type { Weights } from "./gaussian-observer.ts";
import { isKnown, TREE_OPTIONS, type Values } from "./nodes.ts";

interface AdaptiveBranchState {
  /** The place of its feature among the tree's names. An example goes left where its value is at most the threshold. */
  readonly feature: number;
  readonly threshold: number;
  readonly errors: AdwinState;
  readonly hasAlternate: boolean;
}

interface AdaptiveLeafState extends LeafState {
  readonly errors: AdwinState;
}

/** Each branch before what is left below it, then what is right below it, then its alternate. */
export type AdaptiveNodeState = AdaptiveBranchState | AdaptiveLeafState;

export type AdaptiveNode = AdaptiveBranch | AdaptiveLeaf;

export const errorDetector = createAdwin();

/** Numbers of the state that a branch takes without its ADWIN. */
const NUMBERS_PER_BRANCH = 4;

/** Of a node that has learned nothing, beside its leaf. */
export const NUMBERS_OF_NEW_ADWIN = errorDetector.open(errorDetector.init()).numbers;

/** A node whose errors are followed. */
abstract class Followed {
  readonly errors: OpenAdwin;

  constructor(errors: AdwinState) {
    this.errors = errorDetector.open(errors);
  }

  /** Takes an error: 1 for a wrong label, 0 for a right one. True where the errors have risen. What the ADWIN takes is charged. */
  follow(error: 0 | 1, budget: StateBudget): boolean {
    const { errors } = this;
    const [before, numbers] = [errors.mean, errors.numbers];
    const isChange = errors.update(error);
    budget.chargeNumbers(errors.numbers - numbers);
    return isChange && errors.mean > before;
  }
}

export class AdaptiveLeaf extends Followed {
  readonly leaf: ClassifierLeaf;

  constructor({ errors, ...leaf }: AdaptiveLeafState) {
    super(errors);
    this.leaf = new ClassifierLeaf(leaf);
  }

  static of(weights: Weights, depth: number): AdaptiveLeaf {
    return new AdaptiveLeaf({ ...ClassifierLeaf.of(weights, depth).close(), errors: errorDetector.init() });
  }

  get weight(): number {
    return this.leaf.weight;
  }

  get numbers(): number {
    return this.leaf.numbers + this.errors.numbers;
  }

  write(to: AdaptiveNodeState[]): void {
    to.push({ ...this.leaf.close(), errors: this.errors.close() });
  }
}

export class AdaptiveBranch extends Followed {
  readonly feature: number;
  readonly threshold: number;
  readonly depth: number;
  left: AdaptiveNode;
  right: AdaptiveNode;
  alternate: AdaptiveNode | undefined;

  constructor(
    { feature, threshold, errors }: Omit<AdaptiveBranchState, "hasAlternate">,
    depth: number,
    left: AdaptiveNode,
    right: AdaptiveNode,
    alternate?: AdaptiveNode,
  ) {
    super(errors);
    this.feature = feature;
    this.threshold = threshold;
    this.depth = depth;
    this.left = left;
    this.right = right;
    this.alternate = alternate;
  }

  /** Of its leaves. */
  get weight(): number {
    return this.left.weight + this.right.weight;
  }

  /** Numbers of the state that it takes, with all below it. */
  get numbers(): number {
    const below = this.left.numbers + this.right.numbers + (this.alternate?.numbers ?? 0);
    return NUMBERS_PER_BRANCH + this.errors.numbers + below;
  }

  /** Where it lacks the feature an example goes where more weight is. */
  goesLeft(values: Values): boolean {
    const value = values[this.feature];
    return value === undefined ? this.left.weight >= this.right.weight : value <= this.threshold;
  }

  write(to: AdaptiveNodeState[]): void {
    const { feature, threshold, alternate } = this;
    to.push({ feature, threshold, errors: this.errors.close(), hasAlternate: alternate !== undefined });
    this.left.write(to);
    this.right.write(to);
    alternate?.write(to);
  }
}

const checkErrors: Check = (state) => readState(errorDetector.form, state);
const checkBranch = object({ feature: count, threshold: number, errors: checkErrors, hasAlternate: flag });
const checkErrorsOfLeaf = object({ errors: checkErrors });

export const adaptiveNodesList: Check = list((node) => {
  if (typeof node === "object" && node !== null && "hasAlternate" in node) return checkBranch(node);
  checkErrorsOfLeaf(node);
  checkClassifierLeaf(node);
});

/**
 * That the list is one tree whose alternates have none of their own, and that all places are there.
 * @throws UnsoundStateError
 */
export function checkAdaptiveTree(nodes: readonly AdaptiveNodeState[], features: number, labels: number): void {
  if (nodes.length === 0) return;
  // What is still to come, the next one last: its depth, and whether it is in an alternate.
  const due = [{ depth: 0, isAlternate: false }];
  for (const [place, node] of nodes.entries()) {
    const fail = (problem: string) => unsound(`nodes[${place}]`, problem);
    const here = due.pop();
    if (here === undefined) throw fail("hangs below no branch");
    const { depth, isAlternate } = here;
    if (depth > TREE_OPTIONS.maxDepth.maximum) throw fail("is too deep");
    if (!("hasAlternate" in node)) {
      if (node.depth !== depth) throw fail(`has the depth ${node.depth}, and is at ${depth}`);
      if (!isKnown(node, features, labels)) throw fail("knows a feature or a label that the tree does not have");
      continue;
    }
    if (node.feature >= features) throw fail("goes by a feature that the tree does not have");
    if (node.hasAlternate && isAlternate) throw fail("has an alternate, and is in one");
    if (node.hasAlternate) due.push({ depth, isAlternate: true });
    due.push({ depth: depth + 1, isAlternate }, { depth: depth + 1, isAlternate });
  }
  if (due.length > 0) throw unsound("nodes", "ends before all of its branches have two nodes");
}

/** Of a list that was checked. Undefined for an empty one. */
export function readAdaptiveTree(nodes: readonly AdaptiveNodeState[]): AdaptiveNode | undefined {
  let place = 0;
  const read = (depth: number): AdaptiveNode => {
    const node = nodes[place++] as AdaptiveNodeState;
    if (!("hasAlternate" in node)) return new AdaptiveLeaf(node);
    const left = read(depth + 1);
    const right = read(depth + 1);
    return new AdaptiveBranch(node, depth, left, right, node.hasAlternate ? read(depth) : undefined);
  };
  return nodes.length === 0 ? undefined : read(0);
}

/** A branch in the place of a leaf. */
export function branchOf({ leaf }: AdaptiveLeaf, { feature, threshold, of }: Candidate): AdaptiveBranch {
  const [left, right] = of.split(threshold);
  const depth = leaf.depth + 1;
  const errors = errorDetector.init();
  return new AdaptiveBranch(
    { feature, threshold, errors },
    leaf.depth,
    AdaptiveLeaf.of(left, depth),
    AdaptiveLeaf.of(right, depth),
  );
}
