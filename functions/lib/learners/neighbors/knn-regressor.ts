// River's neighbors.KNNRegressor with the engine LazySearch: the mean of the targets of the nearest examples in a window, their
// median, or their mean weighted by 1 / distance; the target of an example at distance 0 alone; 0 before the first.
// Its state is the window: about eleven bytes for each example and feature.

import { decode, encode } from "../float64s.ts";
import type { LearnerType, OpenPredictor, Predictor } from "../learner.ts";
import { withDefaults } from "../named-part.ts";
import type { StateBudget } from "../state-budget.ts";
import { at, checkFloat64s, object, type StateForm, text, texts } from "../state-form.ts";
import { numberOf } from "../vector.ts";
import { checkWindow, type Neighbor, WINDOW_OPTIONS, Window, type WindowState } from "./window.ts";

interface KnnState extends WindowState {
  /** Of all examples, oldest first. */
  readonly targets: { readonly window: string };
}

interface Options {
  readonly nNeighbors: number;
  readonly windowSize: number;
  readonly aggregationMethod: keyof typeof aggregations;
}

const aggregations = { mean, median, "weighted-mean": weightedMean };

const OPTIONS = {
  ...WINDOW_OPTIONS,
  aggregationMethod: {
    enum: Object.keys(aggregations),
    default: "mean",
    description: "What is made of the neighbors' targets; weighted by 1 / distance, or not.",
  },
};

export const knnRegressor: LearnerType = {
  name: "knn-regressor",
  role: "predictor",
  tasks: ["regression"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given): Predictor<KnnState> {
    const options = withDefaults(OPTIONS, given) as unknown as Options;
    return {
      role: "predictor",
      form: formOf(options),
      init: () => ({ schema: 1, names: [], window: "", targets: { window: "" } }),
      open: (state, budget) => openKnn(state, options, budget),
    };
  },
};

function formOf({ windowSize }: Options): StateForm {
  return {
    schema: 1,
    check: object<KnnState>({ names: texts, window: text, targets: object({ window: text }) }, (state) =>
      checkWindow(
        state,
        at("targets.window", () => checkFloat64s(state.targets.window)),
        windowSize,
      ),
    ),
  };
}

function openKnn(state: KnnState, options: Options, budget: StateBudget | undefined): OpenPredictor<KnnState> {
  const { nNeighbors, windowSize, aggregationMethod } = options;
  const kept = decode(state.targets.window);
  const window = new Window(state, kept.length, windowSize, budget);
  const targets = new Float64Array(windowSize);
  targets.set(kept);
  return {
    predictOne(x) {
      const neighbors = window.nearest(x, nNeighbors);
      const [first] = neighbors;
      if (first === undefined) return 0;
      if (first.distance === 0) return targets[first.place] as number;
      return aggregations[aggregationMethod](neighbors, targets);
    },
    learnOne(x, y) {
      const target = numberOf(y);
      targets[window.add(x)] = target;
    },
    close: () => ({
      schema: 1,
      ...window.close(),
      targets: { window: encode(Float64Array.from(window.places(), (place) => targets[place] as number)) },
    }),
  };
}

function mean(neighbors: readonly Neighbor[], targets: Float64Array): number {
  return neighbors.reduce((sum, { place }) => sum + (targets[place] as number), 0) / neighbors.length;
}

function median(neighbors: readonly Neighbor[], targets: Float64Array): number {
  const sorted = neighbors.map(({ place }) => targets[place] as number).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

function weightedMean(neighbors: readonly Neighbor[], targets: Float64Array): number {
  const weights = neighbors.reduce((sum, { distance }) => sum + 1 / distance, 0);
  // All are too far for doubles.
  if (weights === 0) return mean(neighbors, targets);
  return neighbors.reduce((sum, { place, distance }) => sum + (targets[place] as number) / distance, 0) / weights;
}
