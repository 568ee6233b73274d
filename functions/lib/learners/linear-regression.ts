// River's linear_model.LinearRegression.
//
//   p = sum of w x in the order of x, + b          g = clamp(dL/dp, -clip, clip)
//   b -= intercept rate(t) g, before the weights   w: optimizer step on g x + l2 w, for the features of x alone
//   l1: cumulative penalty (Tsuruoka, Tsujii, Ananiadou 2009), with the rate after t has moved on

import {
  type LearnerType,
  NonFiniteError,
  type OpenPredictor,
  type Part,
  type Predictor,
  type State,
  type Vector,
} from "./learner.ts";
import { type Gradient, losses } from "./loss.ts";
import { make, partSchema } from "./named-part.ts";
import { type Optimizer, optimizers } from "./optimizer.ts";
import { createSchedule, type Schedule, scheduleSchema } from "./schedule.ts";
import { Column, Slots } from "./slots.ts";
import { numberAt, numberOf } from "./vector.ts";

interface LinearState extends State {
  /** Examples learned: the t of every schedule. */
  readonly n: number;
  readonly intercept: number;
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** What the optimizer keeps a weight; empty where it keeps nothing. */
  readonly memory: readonly number[];
  /** l1 that each weight could have been charged, and has been, so far. */
  readonly l1: { readonly due: number; readonly charged: readonly number[] };
}

interface Options {
  readonly gradient: Gradient;
  readonly optimizer: Optimizer;
  readonly interceptRate: Schedule;
  readonly interceptInit: number;
  readonly l1: number;
  readonly l2: number;
  readonly clip: number;
}

const SCHEMA = 1;
const penalty = { type: "number", minimum: 0, default: 0 };

export const linearRegression: LearnerType = {
  name: "linear-regression",
  role: "predictor",
  tasks: ["regression"],
  options: {
    type: "object",
    additionalProperties: false,
    properties: {
      loss: partSchema(losses, "What an error costs. Default: squared."),
      optimizer: partSchema(optimizers, "How a gradient changes a weight. Default: sgd with rate 0.01."),
      interceptLearningRate: { ...scheduleSchema, default: 0.01, description: "0 keeps the intercept as it is." },
      interceptInit: { type: "number", default: 0 },
      l1: penalty,
      l2: penalty,
      clipGradient: { type: "number", exclusiveMinimum: 0, default: 1e12, description: "Bound of dL/dp." },
    },
    not: { required: ["l1", "l2"], properties: { l1: { exclusiveMinimum: 0 }, l2: { exclusiveMinimum: 0 } } },
  },
  create(given) {
    return create({
      gradient: make(losses, (given["loss"] ?? "squared") as Part),
      optimizer: make(optimizers, (given["optimizer"] ?? "sgd") as Part),
      interceptRate: createSchedule((given["interceptLearningRate"] ?? 0.01) as number | Part),
      interceptInit: (given["interceptInit"] ?? 0) as number,
      l1: (given["l1"] ?? 0) as number,
      l2: (given["l2"] ?? 0) as number,
      clip: (given["clipGradient"] ?? 1e12) as number,
    });
  },
};

function create(options: Options): Predictor<LinearState> {
  return {
    role: "predictor",
    init: () => ({
      schema: SCHEMA,
      n: 0,
      intercept: options.interceptInit,
      names: [],
      weights: [],
      memory: [],
      l1: { due: 0, charged: [] },
    }),
    open: (state) => open(state, options),
  };
}

function open(state: LinearState, options: Options): OpenPredictor<LinearState> {
  const { gradient, optimizer, interceptRate, l1, l2, clip } = options;
  const slots = new Slots(state.names);
  const weights = new Column(state.weights);
  const memory = new Column(state.memory);
  const charged = new Column(state.l1.charged);
  let { n, intercept } = state;
  let { due } = state.l1;

  function raw(x: Vector, found: readonly number[], weight: Float64Array): number {
    let sum = 0;
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      if (slot >= 0) sum += (weight[slot] as number) * numberAt(x, i);
    }
    return sum + intercept;
  }

  /** Pulls the weights of x towards 0 by what they have not been charged yet. */
  function charge(x: Vector, found: readonly number[], weight: Float64Array): void {
    due += l1 * optimizer.schedule(n);
    const paid = charged.upTo(slots.size);
    for (let i = 0; i < x.names.length; i++) {
      const slot = found[i] as number;
      const before = weight[slot] as number;
      const open = paid[slot] as number;
      let after = before;
      if (before > 0) after = Math.max(0, before - (due + open));
      else if (before < 0) after = Math.min(0, before + (due - open));
      weight[slot] = after;
      paid[slot] = open + after - before;
    }
  }

  return {
    predictOne: (x) => raw(x, slots.find(x.names), weights.upTo(slots.size)),
    learnOne(x, y) {
      const found = slots.claim(x.names);
      const weight = weights.upTo(slots.size);
      const kept = memory.upTo(optimizer.remembers ? slots.size : 0);
      // Reads every value, so from here on all are numbers.
      const g = Math.max(-clip, Math.min(clip, gradient(numberOf(y), raw(x, found, weight))));
      intercept -= interceptRate(n) * g;
      const rate = optimizer.schedule(n);
      let sound = intercept;
      for (let i = 0; i < x.names.length; i++) {
        const slot = found[i] as number;
        const before = weight[slot] as number;
        const after = optimizer.step(before, (x.values[i] as number) * g + l2 * before, rate, kept, slot);
        weight[slot] = after;
        sound += after + (optimizer.remembers ? (kept[slot] as number) : 0);
      }
      n++;
      if (!Number.isFinite(sound)) throw new NonFiniteError("a weight");
      if (l1 > 0) charge(x, found, weight);
    },
    close: () => ({
      schema: SCHEMA,
      n,
      intercept,
      names: [...slots.names],
      weights: weights.list(slots.size),
      memory: memory.list(optimizer.remembers ? slots.size : 0),
      l1: { due, charged: charged.list(l1 > 0 ? slots.size : 0) },
    }),
  };
}
