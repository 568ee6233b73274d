// River's tree.HoeffdingTreeClassifier with its defaults: Domingos, Hulten 2000, "Mining High-Speed Data Streams".
// How it grows: classifier-tree.ts.

import type { Explanation, Prediction, Target } from "../../events/vocabulary.ts";
import { explainedPath, unexplained } from "../explanation.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Predictor, State, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import { Slots } from "../slots.ts";
import { StateBudget } from "../state-budget.ts";
import { object, type StateForm, texts } from "../state-form.ts";
import { checkClassifierLeaf, LEAF_PREDICTION } from "./classifier-leaf.ts";
import { ClassifierTree, type ClassifierTreeOptions, type NodeState } from "./classifier-tree.ts";
import { checkTree, nodesList, readValues, TREE_OPTIONS } from "./nodes.ts";

interface TreeState extends State {
  readonly names: readonly string[];
  readonly labels: readonly Label[];
  /** The root first; empty before the first example. */
  readonly nodes: readonly NodeState[];
}

const OPTIONS = {
  ...TREE_OPTIONS,
  leafPrediction: LEAF_PREDICTION,
};

const FORM: StateForm = {
  schema: 1,
  check: object<TreeState>(
    { names: texts, labels: labelsList, nodes: nodesList(checkClassifierLeaf) },
    ({ names, labels, nodes }) => checkTree(nodes, names.length, labels.length),
  ),
};

export const hoeffdingTreeClassifier: LearnerType = {
  name: "hoeffding-tree-classifier",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<TreeState> {
    const options = withDefaults(OPTIONS, given) as unknown as ClassifierTreeOptions;
    return {
      role: "predictor",
      form: FORM,
      init: () => ({ schema: 1, names: [], labels: [], nodes: [] }),
      open: (state, budget) => new OpenTree(state, options, budget),
    };
  },
};

class OpenTree implements OpenPredictor<TreeState> {
  readonly #slots: Slots;
  readonly #labels: Labels;
  readonly #tree: ClassifierTree;

  constructor({ names, labels, nodes }: TreeState, options: ClassifierTreeOptions, budget = new StateBudget()) {
    this.#slots = new Slots(names, { budget, numbersPerName: 0 });
    this.#labels = new Labels(labels, budget);
    this.#tree = new ClassifierTree(nodes, options, budget);
  }

  learnOne(x: Vector, y: Target): void {
    const label = this.#labels.claim(y);
    if (label < 0) return;
    this.#slots.claim(x.names);
    this.#tree.learn(readValues(x, this.#slots), label);
  }

  predictOne(x: Vector): Prediction {
    const values = readValues(x, this.#slots);
    const found = this.#tree.find(values);
    if (found === undefined) return null;
    const shares = this.#tree.shares(found, values);
    return this.#labels.prediction((label) => shares[found.leaf.labels.indexOf(label)] ?? 0);
  }

  explain(x: Vector): Explanation {
    const values = readValues(x, this.#slots);
    const found = this.#tree.find(values);
    if (found === undefined) return unexplained("it has learned nothing yet");
    return explainedPath(this.#tree.way(values, this.#slots.names), found.leaf.weight, this.predictOne(x));
  }

  close(): TreeState {
    return { schema: 1, names: [...this.#slots.names], labels: this.#labels.close(), nodes: this.#tree.close() };
  }
}
