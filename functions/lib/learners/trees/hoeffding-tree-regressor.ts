// River's tree.HoeffdingTreeRegressor: Ikonomovska, Gama, Dzeroski 2011, "Learning model trees from evolving data streams" (FIMT).
// A leaf predicts the mean of its targets where the file does not say otherwise; in River it is `adaptive`.
// How it grows: regressor-tree.ts.

import type { Explanation, Target } from "../../events/vocabulary.ts";
import { explainedPath, unexplained } from "../explanation.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { object, type StateForm, texts } from "../state-form.ts";
import { numberOf } from "../vector.ts";
import { checkTree, nodesList, readValues, TREE_OPTIONS } from "./nodes.ts";
import { checkRegressorLeaf, leafPredictionSchema } from "./regressor-leaf.ts";
import { type NumberNodeState, RegressorTree, type RegressorTreeOptions } from "./regressor-tree.ts";

interface TreeState extends State {
  readonly names: readonly string[];
  /** The root first; empty before the first example. */
  readonly nodes: readonly NumberNodeState[];
}

const OPTIONS = {
  ...TREE_OPTIONS,
  leafPrediction: leafPredictionSchema("mean"),
};

const FORM: StateForm = {
  schema: 1,
  check: object<TreeState>({ names: texts, nodes: nodesList(checkRegressorLeaf) }, ({ names, nodes }) =>
    checkTree(nodes, names.length),
  ),
};

export const hoeffdingTreeRegressor: LearnerType = {
  name: "hoeffding-tree-regressor",
  role: "predictor",
  tasks: ["regression"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreeState> {
    const options = withDefaults(OPTIONS, given) as unknown as RegressorTreeOptions;
    return {
      role: "predictor",
      form: FORM,
      init: () => ({ schema: 1, names: [], nodes: [] }),
      open: (state, budget) => new OpenTree(state, options, budget),
    };
  },
};

class OpenTree implements OpenPredictor<TreeState> {
  readonly #slots: Slots;
  readonly #tree: RegressorTree;

  constructor({ names, nodes }: TreeState, options: RegressorTreeOptions, budget = new StateBudget()) {
    this.#slots = new Slots(names, { budget, numbersPerName: 0 });
    this.#tree = new RegressorTree(nodes, options, budget);
  }

  learnOne(x: Vector, y: Target): void {
    const target = numberOf(y);
    this.#slots.claim(x.names);
    this.#tree.learn(readValues(x, this.#slots), target);
  }

  predictOne(x: Vector): number {
    return this.#tree.predict(readValues(x, this.#slots));
  }

  explain(x: Vector): Explanation {
    const values = readValues(x, this.#slots);
    const found = this.#tree.find(values);
    if (found === undefined) return unexplained("it has learned nothing yet");
    return explainedPath(this.#tree.way(values, this.#slots.names), found.leaf.weight, this.predictOne(x));
  }

  close(): TreeState {
    return { schema: 1, names: [...this.#slots.names], nodes: this.#tree.close() };
  }
}
