// One tree of an adaptive random forest: Gomes et al. 2017, "Adaptive random forests for evolving data stream classification".
//
//   Two ADWINs follow its error. Where the sensitive one (warning) tells of a change, a background tree begins, which learns what the
//   tree learns. Where the other one (drift) does, the background tree takes the tree's place, or a new one where there is none.
//   As in River a fall of the error counts as a change too.
//
// Each tree and each background tree has an equal share of the room for the state, so none can take it from the others.
// An ADWIN grows by ten numbers each time that its window doubles: 330 at four billion examples.

import { createAdwin } from "../drift/adwin.ts";
import type { Detector, OpenDetector } from "../drift/detector.ts";
import type { State } from "../learner.ts";
import type { StateBudget } from "../state-budget.ts";
import { type Check, count, object, optional, readState } from "../state-form.ts";

export interface ForestTreeState<N> {
  /** The root first; empty before the first example. */
  readonly nodes: readonly N[];
  /** Absent where there is none. */
  readonly background?: { readonly nodes: readonly N[] };
  readonly warning: State;
  readonly drift: State;
  /** How often a background tree began, and how often the tree was replaced. */
  readonly warnings: number;
  readonly drifts: number;
}

/** A tree, and the room that it takes. */
export interface Growing<N, T> {
  readonly tree: T & { close(): N[] };
  readonly room: StateBudget;
}

/** Options of its detectors, as a pipeline file gives them. */
export const DETECTOR_OPTIONS = {
  warningDelta: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.01,
    description: "Chance of a false warning, at which a background tree begins to grow: the smaller, the rarer.",
  },
  driftDelta: {
    type: "number",
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.001,
    description: "Chance of a false drift, at which the background tree takes the place of its tree.",
  },
} as const;

export interface Detectors {
  readonly warning: Detector;
  readonly drift: Detector;
}

export function detectorsOf({ warningDelta, driftDelta }: { warningDelta: number; driftDelta: number }): Detectors {
  return { warning: createAdwin({ delta: warningDelta }), drift: createAdwin({ delta: driftDelta }) };
}

export function newForestTree<N>({ warning, drift }: Detectors): ForestTreeState<N> {
  return { nodes: [], warning: warning.init(), drift: drift.init(), warnings: 0, drifts: 0 };
}

/** @param nodes the form of the list of its nodes. */
export function checkForestTree({ warning, drift }: Detectors, nodes: Check): Check {
  return object({
    nodes,
    background: optional(object({ nodes })),
    warning: (state) => readState(warning.form, state),
    drift: (state) => readState(drift.form, state),
    warnings: count,
    drifts: count,
  });
}

/** The room of one tree, or background tree, of so many trees. */
export function shareOf(budget: StateBudget, trees: number): StateBudget {
  return budget.share(2 * trees);
}

export class ForestTree<N, T> {
  #growing: Growing<N, T>;
  #background: Growing<N, T> | undefined;
  readonly #grow: (nodes: readonly N[]) => Growing<N, T>;
  readonly #detectors: Detectors;
  #warning: OpenDetector<State>;
  #drift: OpenDetector<State>;
  #warnings: number;
  #drifts: number;

  /** @param grow makes a tree of its nodes. */
  constructor(state: ForestTreeState<N>, detectors: Detectors, grow: (nodes: readonly N[]) => Growing<N, T>) {
    this.#grow = grow;
    this.#detectors = detectors;
    this.#growing = grow(state.nodes);
    this.#background = state.background && grow(state.background.nodes);
    this.#warning = detectors.warning.open(state.warning);
    this.#drift = detectors.drift.open(state.drift);
    this.#warnings = state.warnings;
    this.#drifts = state.drifts;
  }

  get tree(): T {
    return this.#growing.tree;
  }

  get background(): T | undefined {
    return this.#background?.tree;
  }

  /**
   * Takes the tree's error of an example that it has learned. True where the tree was replaced.
   * @throws NonFiniteError
   */
  follow(error: number): boolean {
    if (this.#warning.update(error)) {
      this.#background?.room.release();
      this.#background = this.#grow([]);
      this.#warnings++;
    }
    if (!this.#drift.update(error)) return false;
    this.#growing.room.release();
    this.#growing = this.#background ?? this.#grow([]);
    if (this.#background !== undefined) this.#warning = this.#detectors.warning.open(this.#detectors.warning.init());
    this.#background = undefined;
    this.#drift = this.#detectors.drift.open(this.#detectors.drift.init());
    this.#drifts++;
    return true;
  }

  close(): ForestTreeState<N> {
    return {
      nodes: this.#growing.tree.close(),
      ...(this.#background && { background: { nodes: this.#background.tree.close() } }),
      warning: this.#warning.close(),
      drift: this.#drift.close(),
      warnings: this.#warnings,
      drifts: this.#drifts,
    };
  }
}
