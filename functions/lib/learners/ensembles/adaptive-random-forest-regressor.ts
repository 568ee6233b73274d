// River's forest.ARFRegressor: Gomes et al. 2018, "Adaptive random forests for data stream regression".
//
//   Trees of numbers learn and are replaced as in adaptive-random-forest-classifier.ts. What their detectors follow is their error e,
//   brought to about 0 to 1 as (e + 3 s) / (6 s), s the deviation of the tree's errors so far; 0.5 where s is 0. The prediction is the
//   median of what the trees say, or their mean. River's weighted mean divides by the number of trees once more; here it does not.
//
// What its random numbers, its features and its limit are: as in adaptive-random-forest-classifier.ts. Nothing learned predicts 0.

import type { Target } from "../../events/vocabulary.ts";
import {
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Predictor,
  type State,
  type Vector,
} from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { SEEDS, SeededRandom } from "../seeded-random.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { at, checkLength, count, list, numberFromZero, object, placeIn, type StateForm, texts } from "../state-form.ts";
import { areFinite, checkMoments, type MomentsState, noMoments, varianceOf, withValue } from "../trees/moments.ts";
import { checkTree, nodesList, readValues, type Values } from "../trees/nodes.ts";
import { checkRegressorLeaf, leafPredictionSchema } from "../trees/regressor-leaf.ts";
import { type NumberNodeState, RegressorTree, type RegressorTreeOptions } from "../trees/regressor-tree.ts";
import { numberOf } from "../vector.ts";
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

interface MemberState extends ForestTreeState<NumberNodeState> {
  /** Examples since the tree began, and the mean of their squared errors. */
  readonly n: number;
  readonly squaredError: number;
  /** Of the errors that the detectors followed, of earlier trees in this place too. */
  readonly errors: MomentsState;
}

interface ForestState extends State {
  readonly names: readonly string[];
  /** Where the random numbers stand. */
  readonly random: number;
  readonly trees: readonly MemberState[];
}

interface Options extends ForestOptions, RegressorTreeOptions {
  readonly vote: "median" | "mean" | "weighted-mean";
}

const OPTIONS = {
  ...FOREST_OPTIONS,
  leafPrediction: leafPredictionSchema("adaptive"),
  vote: {
    enum: ["median", "mean", "weighted-mean"],
    default: "median",
    description:
      "What is made of the predictions of the trees; weighted: the smaller the squared error of a tree, the more it counts.",
  },
};

export const adaptiveRandomForestRegressor: LearnerType = {
  name: "adaptive-random-forest-regressor",
  role: "predictor",
  tasks: ["regression"],
  small: { trees: 2 },
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<ForestState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    const detectors = detectorsOf(options);
    const tree = (): MemberState => ({ ...newForestTree(detectors), n: 0, squaredError: 0, errors: noMoments });
    return {
      role: "predictor",
      form: formOf(options, detectors),
      init: () => ({
        schema: 1,
        names: [],
        random: options.seed,
        trees: Array.from({ length: options.trees }, tree),
      }),
      open: (state, budget) => new OpenForest(state, options, detectors, budget),
    };
  },
};

function formOf(options: Options, detectors: Detectors): StateForm {
  const checkErrors = object({ n: count, squaredError: numberFromZero, errors: checkMoments });
  const checkTrees = checkForestTree(detectors, nodesList(checkRegressorLeaf));
  return {
    schema: 1,
    check: object<ForestState>(
      {
        names: texts,
        random: placeIn(SEEDS),
        trees: list((tree) => {
          checkErrors(tree);
          checkTrees(tree);
        }),
      },
      ({ names, trees }) => {
        checkLength("trees", trees, options.trees);
        for (const [i, { nodes, background }] of trees.entries()) {
          at(`trees[${i}]`, () => checkTree(nodes, names.length));
          if (background !== undefined) at(`trees[${i}].background`, () => checkTree(background.nodes, names.length));
        }
      },
    ),
  };
}

type Grow = (nodes: readonly NumberNodeState[]) => Growing<NumberNodeState, RegressorTree>;

class Member {
  readonly grown: ForestTree<NumberNodeState, RegressorTree>;
  #n: number;
  #squaredError: number;
  #errors: MomentsState;

  constructor({ n, squaredError, errors, ...state }: MemberState, detectors: Detectors, grow: Grow) {
    this.grown = new ForestTree(state, detectors, grow);
    this.#n = n;
    this.#squaredError = squaredError;
    this.#errors = { ...errors };
  }

  get squaredError(): number {
    return this.#squaredError;
  }

  /** @throws NonFiniteError */
  learn(values: Values, target: number, lambda: number, random: SeededRandom): void {
    const { grown } = this;
    const error = target - grown.tree.predict(values);
    this.#n++;
    this.#squaredError += (error * error - this.#squaredError) / this.#n;
    if (!Number.isFinite(this.#squaredError)) throw new NonFiniteError("the error of a tree");
    const weight = random.poisson(lambda);
    if (weight === 0) return;
    grown.background?.learn(values, target, weight);
    grown.tree.learn(values, target, weight);
    if (!grown.follow(this.#scaled(error))) return;
    this.#n = 0;
    this.#squaredError = 0;
  }

  close(): MemberState {
    return { ...this.grown.close(), n: this.#n, squaredError: this.#squaredError, errors: { ...this.#errors } };
  }

  #scaled(error: number): number {
    this.#errors = withValue(this.#errors, error);
    if (!areFinite(this.#errors)) throw new NonFiniteError("the errors of a tree");
    const deviation = Math.sqrt(varianceOf(this.#errors));
    return deviation > 0 ? (error + 3 * deviation) / (6 * deviation) : 0.5;
  }
}

class OpenForest implements OpenPredictor<ForestState> {
  readonly #options: Options;
  readonly #slots: Slots;
  readonly #random: SeededRandom;
  readonly #members: readonly Member[];

  constructor(state: ForestState, options: Options, detectors: Detectors, budget = new StateBudget()) {
    this.#options = options;
    this.#slots = new Slots(state.names, { budget, numbersPerName: 0 });
    this.#random = new SeededRandom(state.random);
    const subspaces = new RandomSubspaces(options.maxFeatures, this.#random);
    const grow: Grow = (nodes) => {
      const room = shareOf(budget, options.trees);
      return { tree: new RegressorTree(nodes, options, room, subspaces), room };
    };
    this.#members = state.trees.map((member) => new Member(member, detectors, grow));
  }

  learnOne(x: Vector, y: Target): void {
    const target = numberOf(y);
    this.#slots.claim(x.names);
    const values = readValues(x, this.#slots);
    for (const member of this.#members) member.learn(values, target, this.#options.lambda, this.#random);
  }

  predictOne(x: Vector): number {
    const values = readValues(x, this.#slots);
    const said = this.#members.map(({ grown }) => grown.tree.predict(values));
    if (this.#options.vote === "median") return medianOf(said);
    return this.#options.vote === "mean" ? meanOf(said) : this.#weightedMeanOf(said);
  }

  close(): ForestState {
    return {
      schema: 1,
      names: [...this.#slots.names],
      random: this.#random.state,
      trees: this.#members.map((member) => member.close()),
    };
  }

  /** A tree weighs as much as the squared errors of all others. */
  #weightedMeanOf(said: readonly number[]): number {
    const all = meanOf(this.#members.map(({ squaredError }) => squaredError));
    const weights = this.#members.map(({ squaredError }) => all - squaredError / this.#members.length);
    const sum = weights.reduce((a, b) => a + b, 0);
    if (!(sum > 0)) return meanOf(said);
    return said.reduce((mean, one, i) => mean + one * ((weights[i] as number) / sum), 0);
  }
}

/** Without a sum, which might be infinite. */
function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((mean, number) => mean + number / numbers.length, 0);
}

/** Of two middle ones their mean. */
function medianOf(numbers: number[]): number {
  numbers.sort((a, b) => a - b);
  const low = numbers[(numbers.length - 1) >> 1] as number;
  const high = numbers[numbers.length >> 1] as number;
  return low / 2 + high / 2;
}
