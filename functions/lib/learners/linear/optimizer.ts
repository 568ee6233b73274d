// Optimizers (River's optim): what a gradient does to a weight.

import type { Part } from "../learner.ts";
import type { Options, Registry } from "../named-part.ts";
import { createSchedule, type Schedule, scheduleSchema } from "./schedule.ts";

/** A step on one weight; `memory` has what the optimizer keeps of each weight (0 at first), `rate` is of this example. */
export interface Optimizer {
  /** The learning rate over time, by which the l1 penalty goes too. */
  readonly schedule: Schedule;
  /** The `rate` of a step over time. Default: the schedule. */
  readonly stepRate?: Schedule;
  /** Numbers of memory a weight. */
  readonly width: number;
  /** The value of the weight at which the gradient is taken. Default: the weight itself. */
  lookAhead?(weight: number, memory: Float64Array, at: number): number;
  /** Answers the new weight. Its memory begins at `at`. */
  step(weight: number, gradient: number, rate: number, memory: Float64Array, at: number): number;
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
      step: (weight, gradient, rate) => weight - rate * gradient,
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
    create: ({ eps, ...options }) => ({
      schedule: scheduleOf(options),
      width: 1,
      step(weight, gradient, rate, memory, at) {
        const sum = (memory[at] as number) + gradient * gradient;
        memory[at] = sum;
        return weight - (rate / Math.sqrt(sum + (eps as number))) * gradient;
      },
    }),
  },
  /** G = rho G + (1 - rho) g^2; w -= rate / sqrt(G + eps) g. Hinton 2012, lecture 6e of Neural Networks for Machine Learning. */
  rmsprop: {
    properties: { learningRate: rateOf(0.1), rho: share(0.9), eps },
    create: ({ rho, eps, ...options }) => ({
      schedule: scheduleOf(options),
      width: 1,
      step(weight, gradient, rate, memory, at) {
        const mean = (rho as number) * (memory[at] as number) + (1 - (rho as number)) * gradient * gradient;
        memory[at] = mean;
        return weight - (rate / Math.sqrt(mean + (eps as number))) * gradient;
      },
    }),
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
        step(weight, gradient, rate, memory, at) {
          const mean = beta1 * (memory[at] as number) + (1 - beta1) * gradient;
          const square = beta2 * (memory[at + 1] as number) + (1 - beta2) * gradient * gradient;
          memory[at] = mean;
          memory[at + 1] = square;
          return weight - (rate * mean) / (Math.sqrt(square) + eps);
        },
      };
    },
  },
};

function momentum({ rho, ...options }: Options): Optimizer {
  return {
    schedule: scheduleOf(options),
    width: 1,
    step(weight, gradient, rate, memory, at) {
      const velocity = (rho as number) * (memory[at] as number) + rate * gradient;
      memory[at] = velocity;
      return weight - velocity;
    },
  };
}

function rateOf(standard: number) {
  return { ...scheduleSchema, default: standard };
}

function scheduleOf({ learningRate }: Options): Schedule {
  return createSchedule(learningRate as number | Part);
}
