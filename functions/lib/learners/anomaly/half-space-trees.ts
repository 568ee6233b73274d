// River's anomaly.HalfSpaceTrees: Tan, Ting, Liu 2011, "Fast anomaly detection for streaming data". High scores are anomalies.
//
//   Trees of full height are drawn before any data: each node halves the range of one feature of the first example, at a
//   random place that is off both ends by 15 % of the range; features are drawn by the width of their ranges.
//   learn:   each node on the way of x counts it; after `windowSize` examples these counts become the masses, and start at 0
//   score:   1 - (sum over nodes on the way of mass 2^depth) / (nTrees windowSize (2^(height + 1) - 1)); a way ends early where
//            the mass is below a tenth of the window. It is 0 until the first window is full.
//   A feature that x lacks: the way goes where more of this window's examples went, to the left of two equals.
//
// Python's generator draws River's trees, another one ours, so scores are River's only on River's trees. The trees are part of
// the state, and the same seed draws the same ones. The state has a fixed size: about 35 bytes for each of nTrees 2^height.
// Features that the first example lacks are never looked at.

import { ConfigurationError } from "../../errors.ts";
import { decode, encode } from "../float64s.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { SeededRandom, seedSchema } from "../seeded-random.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import {
  at,
  checkFloat64s,
  checkLength,
  checkLengths,
  count,
  counts,
  flag,
  list,
  object,
  placeIn,
  type StateForm,
  text,
  texts,
} from "../state-form.ts";
import { numberAt } from "../vector.ts";
import { drawTrees, type Limits } from "./random-trees.ts";

/** Lists hold the nodes of tree after tree, each tree as a heap: the children of node i are 2i + 1 and 2i + 2. */
interface TreesState extends State {
  /** The features of the first example; empty before it. */
  readonly names: readonly string[];
  /** Of each inner node: the place of its feature among the names, and where it halves (see float64s.ts). */
  readonly features: readonly number[];
  readonly window: string;
  /** Of each node: its mass, and its count in this window. */
  readonly masses: readonly number[];
  readonly counts: readonly number[];
  /** Examples in this window. */
  readonly n: number;
  readonly isFirstWindow: boolean;
}

interface Options {
  readonly nTrees: number;
  readonly height: number;
  readonly windowSize: number;
  readonly limits: Readonly<Record<string, Limits>>;
  readonly seed: number;
}

/** Of the paper: a way ends at a node with less than this share of a window. */
const LEAST_SHARE = 0.1;

const OPTIONS = {
  nTrees: { type: "integer", minimum: 1, maximum: 200, default: 10, description: "Trees." },
  height: { type: "integer", minimum: 1, maximum: 12, default: 8, description: "Height of each tree." },
  windowSize: { type: "integer", minimum: 1, default: 250, description: "Examples from which the masses are taken." },
  limits: {
    type: "object",
    additionalProperties: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
    default: {},
    description: "Range of a feature by its name, [0, 1] for the others. A min-max-scaler before it makes such ranges.",
  },
  seed: seedSchema,
};

export const halfSpaceTrees: LearnerType = {
  name: "half-space-trees",
  role: "predictor",
  tasks: ["anomaly"],
  keepsFirstFeatures: true,
  small: { nTrees: 2, height: 3 },
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreesState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    for (const [name, [low, high]] of Object.entries(options.limits)) {
      if (!(low < high)) throw new ConfigurationError(`the limits of ${name} are [low, high], the lower one first`);
    }
    return {
      role: "predictor",
      form: formOf(options),
      init: () => ({
        schema: 1,
        names: [],
        features: [],
        window: "",
        masses: [],
        counts: [],
        n: 0,
        isFirstWindow: true,
      }),
      open: (state, budget) => new OpenTrees(state, options, budget),
    };
  },
};

function formOf({ nTrees, height, windowSize }: Options): StateForm {
  const inner = 2 ** height - 1;
  return {
    schema: 1,
    check: object<TreesState>(
      { names: texts, features: counts, window: text, masses: counts, counts, n: count, isFirstWindow: flag },
      ({ names, features, window, masses, counts: passed, n }) => {
        const trees = names.length > 0 ? nTrees : 0;
        at("features", () => list(placeIn(names.length))(features));
        checkLengths(new Array(trees), { features }, inner);
        checkLength("window", { length: at("window", () => checkFloat64s(window)) }, trees * inner);
        checkLengths(new Array(trees), { masses, counts: passed }, 2 * inner + 1);
        // Masses and counts of a window are kept as 32 bits.
        for (const [name, kept] of Object.entries({ masses, counts: passed }))
          at(name, () => list(placeIn(windowSize + 1))(kept));
        at("n", () => placeIn(windowSize)(n));
      },
    ),
  };
}

class OpenTrees implements OpenPredictor<TreesState> {
  readonly #options: Options;
  readonly #budget: StateBudget;
  #slots: Slots;
  #features: readonly number[];
  #thresholds: Float64Array;
  #masses: Int32Array;
  #counts: Int32Array;
  #n: number;
  #isFirstWindow: boolean;
  /** Of the example at hand, by slot; NaN for a feature that it lacks. */
  #values: Float64Array;

  constructor(state: TreesState, options: Options, budget = new StateBudget()) {
    this.#options = options;
    this.#budget = budget;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 0 });
    this.#features = state.features;
    this.#thresholds = decode(state.window);
    this.#masses = Int32Array.from(state.masses);
    this.#counts = Int32Array.from(state.counts);
    this.#n = state.n;
    this.#isFirstWindow = state.isFirstWindow;
    this.#values = new Float64Array(state.names.length);
  }

  learnOne(x: Vector): void {
    for (let i = 0; i < x.names.length; i++) numberAt(x, i);
    if (this.#slots.size === 0) this.#draw(x);
    if (this.#slots.size === 0) return;
    this.#read(x);
    const { nTrees, height, windowSize } = this.#options;
    for (let tree = 0; tree < nTrees; tree++) {
      let node = 0;
      for (let depth = 0; depth < height; depth++) {
        this.#count(tree, node);
        node = this.#next(tree, node);
      }
      this.#count(tree, node);
    }
    this.#n++;
    if (this.#n < windowSize) return;
    this.#masses = this.#counts;
    this.#counts = new Int32Array(this.#masses.length);
    this.#n = 0;
    this.#isFirstWindow = false;
  }

  predictOne(x: Vector): number {
    if (this.#isFirstWindow) return 0;
    this.#read(x);
    const { nTrees, height, windowSize } = this.#options;
    const nodes = 2 ** (height + 1) - 1;
    let sum = 0;
    for (let tree = 0; tree < nTrees; tree++) {
      let node = 0;
      for (let depth = 0; depth <= height; depth++) {
        const mass = this.#masses[tree * nodes + node] as number;
        sum += mass * 2 ** depth;
        if (depth === height || mass < LEAST_SHARE * windowSize) break;
        node = this.#next(tree, node);
      }
    }
    return 1 - sum / (nTrees * windowSize * nodes);
  }

  close(): TreesState {
    return {
      schema: 1,
      names: [...this.#slots.names],
      features: [...this.#features],
      window: encode(this.#thresholds),
      masses: [...this.#masses],
      counts: [...this.#counts],
      n: this.#n,
      isFirstWindow: this.#isFirstWindow,
    };
  }

  /** Draws the trees over those features of the first example that fit into the budget. */
  #draw(x: Vector): void {
    const names = x.names.filter((name) => this.#budget.take(name, 0));
    if (names.length === 0) return;
    const { nTrees, height, limits, seed } = this.#options;
    const ranges = names.map((name): Limits => (Object.hasOwn(limits, name) ? (limits[name] as Limits) : [0, 1]));
    const drawn = drawTrees(ranges, nTrees, height, new SeededRandom(seed));
    this.#slots = new Slots(names);
    this.#features = drawn.features;
    this.#thresholds = drawn.thresholds;
    this.#masses = new Int32Array(nTrees * (2 ** (height + 1) - 1));
    this.#counts = new Int32Array(this.#masses.length);
    this.#values = new Float64Array(names.length);
  }

  #read(x: Vector): void {
    const found = this.#slots.find(x.names);
    this.#values.fill(Number.NaN);
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) this.#values[slot] = numberAt(x, i);
    }
  }

  #count(tree: number, node: number): void {
    const at = tree * (2 ** (this.#options.height + 1) - 1) + node;
    this.#counts[at] = (this.#counts[at] as number) + 1;
  }

  /** The child of an inner node on the way of the example at hand. */
  #next(tree: number, node: number): number {
    const inner = 2 ** this.#options.height - 1;
    const at = tree * inner + node;
    const left = 2 * node + 1;
    const value = this.#values[this.#features[at] as number] as number;
    if (!Number.isNaN(value)) return value < (this.#thresholds[at] as number) ? left : left + 1;
    const first = tree * (2 * inner + 1) + left;
    return (this.#counts[first] as number) < (this.#counts[first + 1] as number) ? left + 1 : left;
  }
}
