// River's neighbors.KNNClassifier with the engine LazySearch: the shares of the labels among the nearest examples in a window, each
// weighted by 1 / distance; the label of an example at distance 0 alone. A label that has left the window has a share of 0.
// With softmax: exp of the weights, over the sum of all. Where all are too far for doubles, each counts as 1 (River divides by 0).
// Its state is the window: about eleven bytes for each example and feature.

import type { Prediction, Target } from "../../events/vocabulary.ts";
import { type Label, Labels, labelsList } from "../labels.ts";
import type { LearnerType, OpenPredictor, Predictor, Vector } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import type { StateBudget } from "../state-budget.ts";
import { at, counts, list, object, placeIn, type StateForm, text, texts, unsound } from "../state-form.ts";
import { checkWindow, type Neighbor, WINDOW_OPTIONS, Window, type WindowState } from "./window.ts";

interface KnnState extends WindowState {
  readonly labels: readonly Label[];
  /** Places among the labels, of all examples, oldest first. */
  readonly targets: readonly number[];
}

interface Options {
  readonly nNeighbors: number;
  readonly windowSize: number;
  readonly weighted: boolean;
  readonly softmax: boolean;
}

const OPTIONS = {
  ...WINDOW_OPTIONS,
  weighted: { type: "boolean", default: true, description: "Weight each neighbor by 1 / distance." },
  softmax: {
    type: "boolean",
    default: false,
    description: "Take the softmax of the labels' weights for their shares.",
  },
};

export const knnClassifier: LearnerType = {
  name: "knn-classifier",
  role: "predictor",
  tasks: ["binary", "multiclass"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<KnnState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return {
      role: "predictor",
      form: formOf(options),
      init: () => ({ schema: 1, names: [], window: "", labels: [], targets: [] }),
      open: (state, budget) => new OpenKnn(state, options, budget),
    };
  },
};

function formOf({ windowSize }: Options): StateForm {
  return {
    schema: 1,
    check: object<KnnState>({ names: texts, window: text, labels: labelsList, targets: counts }, (state) => {
      at("targets", () => list(placeIn(state.labels.length))(state.targets));
      checkWindow(state, state.targets.length, windowSize);
      // A window that held an example never empties.
      if (state.targets.length === 0 && state.labels.length > 0)
        throw unsound("labels", "must be empty before the first example");
    }),
  };
}

class OpenKnn implements OpenPredictor<KnnState> {
  readonly #options: Options;
  readonly #window: Window;
  readonly #labels: Labels;
  /** By place in the window. */
  readonly #targets: number[];

  constructor(state: KnnState, options: Options, budget: StateBudget | undefined) {
    this.#options = options;
    this.#window = new Window(state, state.targets.length, options.windowSize, budget);
    this.#labels = new Labels(state.labels, budget);
    this.#targets = [...state.targets];
  }

  learnOne(x: Vector, y: Target): void {
    const label = this.#labels.claim(y);
    if (label < 0) return;
    this.#targets[this.#window.add(x)] = label;
  }

  predictOne(x: Vector): Prediction {
    const neighbors = this.#window.nearest(x, this.#options.nNeighbors);
    const weights = new Array<number>(this.#labels.size).fill(0);
    const isSure = neighbors[0]?.distance === 0;
    if (isSure) this.#add(weights, neighbors.slice(0, 1), () => 1);
    else if (this.#options.weighted) this.#add(weights, neighbors, ({ distance }) => 1 / distance);
    if (weights.every((weight) => weight === 0)) this.#add(weights, neighbors, () => 1);
    const shares = this.#options.softmax && !isSure ? softmax(weights) : weights;
    const total = shares.reduce((sum, share) => sum + share, 0);
    return this.#labels.prediction((slot) => (shares[slot] as number) / total);
  }

  close(): KnnState {
    return {
      schema: 1,
      ...this.#window.close(),
      labels: this.#labels.close(),
      targets: Array.from(this.#window.places(), (place) => this.#targets[place] as number),
    };
  }

  #add(weights: number[], neighbors: readonly Neighbor[], weightOf: (neighbor: Neighbor) => number): void {
    for (const neighbor of neighbors) {
      const label = this.#targets[neighbor.place] as number;
      weights[label] = (weights[label] as number) + weightOf(neighbor);
    }
  }
}

/** Of positive weights, not yet over their sum. */
function softmax(weights: readonly number[]): number[] {
  const most = weights.reduce((a, b) => Math.max(a, b), 0);
  return weights.map((weight) => Math.exp(weight - most));
}
