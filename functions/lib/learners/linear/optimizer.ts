// Optimizers (River's optim): what a gradient does to a weight.

import type { Part } from "../learner.ts";
import type { Registry } from "../named-part.ts";
import { createSchedule, type Schedule, scheduleSchema } from "./schedule.ts";

/** A step on one weight; `memory` has what the optimizer keeps of each weight (0 at first), `rate` is of this example. */
export interface Optimizer {
  readonly schedule: Schedule;
  /** Numbers of memory a weight. */
  readonly width: number;
  /** Answers the new weight. Its memory begins at `at`. */
  step(weight: number, gradient: number, rate: number, memory: Float64Array, at: number): number;
}

export const optimizers: Registry<Optimizer> = {
  /** w -= rate g */
  sgd: {
    properties: { learningRate: { ...scheduleSchema, default: 0.01 } },
    create: ({ learningRate }) => ({
      schedule: createSchedule(learningRate as number | Part),
      width: 0,
      step: (weight, gradient, rate) => weight - rate * gradient,
    }),
  },
  /** G += g^2; w -= rate / sqrt(G + eps) g. Duchi, Hazan, Singer 2011. */
  adagrad: {
    properties: {
      learningRate: { ...scheduleSchema, default: 0.1 },
      eps: { type: "number", exclusiveMinimum: 0, default: 1e-8 },
    },
    create: ({ learningRate, eps }) => ({
      schedule: createSchedule(learningRate as number | Part),
      width: 1,
      step(weight, gradient, rate, memory, at) {
        const sum = (memory[at] as number) + gradient * gradient;
        memory[at] = sum;
        return weight - (rate / Math.sqrt(sum + (eps as number))) * gradient;
      },
    }),
  },
};
