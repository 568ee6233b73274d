// Optimizers (River's optim): what a gradient does to a weight.

import type { Part } from "./learner.ts";
import type { Registry } from "./named-part.ts";
import { createSchedule, type Schedule, scheduleSchema } from "./schedule.ts";

/** A step on one weight; `memory` has what the optimizer keeps a weight (0 at first), `rate` is of this example. */
export interface Optimizer {
  readonly schedule: Schedule;
  /** True: `step` uses one number of memory a weight. */
  readonly remembers: boolean;
  /** Answers the new weight. */
  step(weight: number, gradient: number, rate: number, memory: Float64Array, slot: number): number;
}

export const optimizers: Registry<Optimizer> = {
  /** w -= rate g */
  sgd: {
    properties: { learningRate: scheduleSchema },
    create: ({ learningRate = 0.01 }) => ({
      schedule: createSchedule(learningRate as number | Part),
      remembers: false,
      step: (weight, gradient, rate) => weight - rate * gradient,
    }),
  },
  /** G += g^2; w -= rate / sqrt(G + eps) g. Duchi, Hazan, Singer 2011. */
  adagrad: {
    properties: { learningRate: scheduleSchema, eps: { type: "number", exclusiveMinimum: 0, default: 1e-8 } },
    create: ({ learningRate = 0.1, eps = 1e-8 }) => ({
      schedule: createSchedule(learningRate as number | Part),
      remembers: true,
      step(weight, gradient, rate, memory, slot) {
        const sum = (memory[slot] as number) + gradient * gradient;
        memory[slot] = sum;
        return weight - (rate / Math.sqrt(sum + (eps as number))) * gradient;
      },
    }),
  },
};
