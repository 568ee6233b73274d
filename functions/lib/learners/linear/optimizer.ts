// Optimizers (River's optim): what a gradient does to a weight.

import type { Part, Vector } from "../learner.ts";
import type { Options, Registry } from "../named-part.ts";
import { createSchedule, type Schedule, scheduleSchema } from "./schedule.ts";

/** A step on the weights of one example, each along its gradient, which is g x + l2 w. */
export interface Step {
  /** By slot, as are those at which the gradient is taken. */
  readonly weights: Float64Array;
  readonly ahead: Float64Array;
  /** What the optimizer keeps of each weight, 0 at first: from the slot times its width on. */
  readonly memory: Float64Array;
  /** The slots of so many values; there may be more of them. Below 0 there is no weight. */
  readonly slots: readonly number[];
  readonly values: Vector["values"];
  readonly count: number;
  readonly g: number;
  readonly l2: number;
  readonly rate: number;
}

export interface Optimizer {
  /** The learning rate over time, by which the l1 penalty goes too. */
  readonly schedule: Schedule;
  /** The `rate` of a step over time. Default: the schedule. */
  readonly stepRate?: Schedule;
  /** Numbers of memory a weight. */
  readonly width: number;
  /** The value of the weight at which the gradient is taken. Default: the weight itself. */
  lookAhead?(weight: number, memory: Float64Array, at: number): number;
  /**
   * Each optimizer has a loop of its own: a call for each weight takes more time than its step.
   * @returns a sum of what it has changed: not finite where any of it is not.
   */
  step(step: Step): number;
}

const eps = { type: "number", exclusiveMinimum: 0, default: 1e-8 };

/** How much of the past is kept in each step. */
const share = (standard: number) => ({ type: "number", minimum: 0, exclusiveMaximum: 1, default: standard });

export const optimizers: Registry<Optimizer> = {
  /** w -= rate g */
  sgd: {
    properties: { learningRate: rateOf(0.01) },
    create: (options) => ({
      schedule: scheduleOf(options),
      width: 0,
      step({ weights, ahead, slots, values, count, g, l2, rate }) {
        let sound = 0;
        for (let i = 0; i < count; i++) {
          const slot = slots[i] as number;
          if (slot < 0) continue;
          const gradient = (values[i] as number) * g + l2 * (ahead[slot] as number);
          const after = (weights[slot] as number) - rate * gradient;
          weights[slot] = after;
          sound += after;
        }
        return sound;
      },
    }),
  },
  /** s = rho s + rate g; w -= s. Polyak 1964. */
  momentum: { properties: { learningRate: rateOf(0.1), rho: share(0.9) }, create: momentum },
  /** As momentum, but the gradient is taken where the momentum alone would lead: at w - rho s. Nesterov 1983. */
  "nesterov-momentum": {
    properties: { learningRate: rateOf(0.1), rho: share(0.9) },
    create: (options) => ({
      ...momentum(options),
      lookAhead: (weight, memory, at) => weight - (options["rho"] as number) * (memory[at] as number),
    }),
  },
  /** G += g^2; w -= rate / sqrt(G + eps) g. Duchi, Hazan, Singer 2011. */
  adagrad: {
    properties: { learningRate: rateOf(0.1), eps },
    create({ eps: least, ...options }) {
      const eps = least as number;
      return {
        schedule: scheduleOf(options),
        width: 1,
        step({ weights, ahead, memory, slots, values, count, g, l2, rate }) {
          let sound = 0;
          for (let i = 0; i < count; i++) {
            const slot = slots[i] as number;
            if (slot < 0) continue;
            const gradient = (values[i] as number) * g + l2 * (ahead[slot] as number);
            const sum = (memory[slot] as number) + gradient * gradient;
            memory[slot] = sum;
            const after = (weights[slot] as number) - (rate / Math.sqrt(sum + eps)) * gradient;
            weights[slot] = after;
            sound = sound + after + sum;
          }
          return sound;
        },
      };
    },
  },
  /** G = rho G + (1 - rho) g^2; w -= rate / sqrt(G + eps) g. Hinton 2012, lecture 6e of Neural Networks for Machine Learning. */
  rmsprop: {
    properties: { learningRate: rateOf(0.1), rho: share(0.9), eps },
    create(options) {
      const { rho, eps } = options as Readonly<Record<"rho" | "eps", number>>;
      return {
        schedule: scheduleOf(options),
        width: 1,
        step({ weights, ahead, memory, slots, values, count, g, l2, rate }) {
          let sound = 0;
          for (let i = 0; i < count; i++) {
            const slot = slots[i] as number;
            if (slot < 0) continue;
            const gradient = (values[i] as number) * g + l2 * (ahead[slot] as number);
            const mean = rho * (memory[slot] as number) + (1 - rho) * gradient * gradient;
            memory[slot] = mean;
            const after = (weights[slot] as number) - (rate / Math.sqrt(mean + eps)) * gradient;
            weights[slot] = after;
            sound = sound + after + mean;
          }
          return sound;
        },
      };
    },
  },
  /**
   * m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; w -= rate c m / (sqrt(v) + eps), where
   * c = sqrt(1 - beta2^(t + 1)) / (1 - beta1^(t + 1)) makes up for m and v that begin at 0. Kingma, Ba 2014.
   * t counts all examples, whether they had the feature or not.
   */
  adam: {
    properties: { learningRate: rateOf(0.1), beta1: share(0.9), beta2: share(0.999), eps },
    create(options) {
      const { beta1, beta2, eps } = options as Readonly<Record<"beta1" | "beta2" | "eps", number>>;
      const schedule = scheduleOf(options);
      return {
        schedule,
        stepRate: (t) => (schedule(t) * Math.sqrt(1 - beta2 ** (t + 1))) / (1 - beta1 ** (t + 1)),
        width: 2,
        step({ weights, ahead, memory, slots, values, count, g, l2, rate }) {
          let sound = 0;
          for (let i = 0; i < count; i++) {
            const slot = slots[i] as number;
            if (slot < 0) continue;
            const gradient = (values[i] as number) * g + l2 * (ahead[slot] as number);
            const at = 2 * slot;
            const mean = beta1 * (memory[at] as number) + (1 - beta1) * gradient;
            const square = beta2 * (memory[at + 1] as number) + (1 - beta2) * gradient * gradient;
            memory[at] = mean;
            memory[at + 1] = square;
            const after = (weights[slot] as number) - (rate * mean) / (Math.sqrt(square) + eps);
            weights[slot] = after;
            sound = sound + after + mean + square;
          }
          return sound;
        },
      };
    },
  },
};

function momentum(options: Options): Optimizer {
  const rho = options["rho"] as number;
  return {
    schedule: scheduleOf(options),
    width: 1,
    step({ weights, ahead, memory, slots, values, count, g, l2, rate }) {
      let sound = 0;
      for (let i = 0; i < count; i++) {
        const slot = slots[i] as number;
        if (slot < 0) continue;
        const gradient = (values[i] as number) * g + l2 * (ahead[slot] as number);
        const velocity = rho * (memory[slot] as number) + rate * gradient;
        memory[slot] = velocity;
        const after = (weights[slot] as number) - velocity;
        weights[slot] = after;
        sound = sound + after + velocity;
      }
      return sound;
    },
  };
}

function rateOf(standard: number) {
  return { ...scheduleSchema, default: standard };
}

function scheduleOf({ learningRate }: Options): Schedule {
  return createSchedule(learningRate as number | Part);
}
