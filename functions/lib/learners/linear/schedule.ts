// Learning rates over time (River's optim.schedulers). t counts the examples learned before, from 0.

import { ConfigurationError } from "../../errors.ts";
import type { Part } from "../learner.ts";
import { make, type Options, partSchema, type Registry } from "../named-part.ts";
import { allLosses } from "./loss.ts";

export type Schedule = (t: number) => number;

const rate = { type: "number", minimum: 0 };

export const schedules: Registry<Schedule> = {
  constant: {
    properties: { learningRate: rate },
    create: (options) => {
      const learningRate = rateOf(options);
      return () => learningRate;
    },
  },
  /** learningRate / (t + 1)^power */
  "inverse-scaling": {
    properties: { learningRate: rate, power: { type: "number", default: 0.5 } },
    create: (options) => {
      const learningRate = rateOf(options);
      const { power } = options;
      return (t) => learningRate / (t + 1) ** (power as number);
    },
  },
  /** Bottou 2012: 1 / (alpha (t0 + t)), with t0 such that the first step fits weights of size alpha^(-1/4). */
  optimal: {
    properties: {
      alpha: { type: "number", exclusiveMinimum: 0, default: 1e-4 },
      loss: { ...partSchema(allLosses, "The loss to start from."), default: "squared" },
    },
    create: ({ alpha, loss }) => {
      const a = alpha as number;
      const typical = Math.sqrt(1 / Math.sqrt(a));
      const initial = typical / Math.max(1, make(allLosses, loss as Part)(1, -typical));
      const t0 = 1 / (initial * a);
      return (t) => 1 / (a * (t0 + t));
    },
  },
};

function rateOf({ learningRate }: Options): number {
  if (typeof learningRate !== "number") throw new ConfigurationError("the schedule needs a learningRate");
  return learningRate;
}

/** A number is a constant rate. */
export function createSchedule(spec: number | Part): Schedule {
  return typeof spec === "number" ? () => spec : make(schedules, spec);
}

export const scheduleSchema = { anyOf: [rate, partSchema(schedules, "A schedule.")] };
