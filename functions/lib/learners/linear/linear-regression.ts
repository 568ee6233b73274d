// River's linear_model.LinearRegression: a GLM whose prediction is the sum itself.

import type { LearnerType, Part } from "../learner.ts";
import { make, partSchema, withDefaults } from "../named-part.ts";
import { numberOf } from "../vector.ts";
import { createGlm } from "./glm.ts";
import { losses } from "./loss.ts";
import { optimizers } from "./optimizer.ts";
import { createSchedule, scheduleSchema } from "./schedule.ts";

const penalty = { type: "number", minimum: 0, default: 0 };

const OPTIONS = {
  loss: { ...partSchema(losses, "What an error costs. Default: squared."), default: "squared" },
  optimizer: {
    ...partSchema(optimizers, "How a gradient changes a weight. Default: sgd with rate 0.01."),
    default: "sgd",
  },
  interceptLearningRate: { ...scheduleSchema, default: 0.01, description: "0 keeps the intercept as it is." },
  interceptInit: { type: "number", default: 0 },
  l1: penalty,
  l2: penalty,
  clipGradient: { type: "number", exclusiveMinimum: 0, default: 1e12, description: "Bound of dL/dp." },
};

export const linearRegression: LearnerType = {
  name: "linear-regression",
  role: "predictor",
  tasks: ["regression"],
  options: {
    type: "object",
    additionalProperties: false,
    properties: OPTIONS,
    not: { required: ["l1", "l2"], properties: { l1: { exclusiveMinimum: 0 }, l2: { exclusiveMinimum: 0 } } },
  },
  create(given) {
    const options = withDefaults(OPTIONS, given);
    return createGlm({
      truthOf: numberOf,
      link: (p) => p,
      gradient: make(losses, options["loss"] as Part),
      optimizer: make(optimizers, options["optimizer"] as Part),
      interceptRate: createSchedule(options["interceptLearningRate"] as number | Part),
      interceptInit: options["interceptInit"] as number,
      l1: options["l1"] as number,
      l2: options["l2"] as number,
      clip: options["clipGradient"] as number,
    });
  },
};
