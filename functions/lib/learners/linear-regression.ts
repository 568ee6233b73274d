// River's linear_model.LinearRegression: a GLM that predicts what it is the sum of.

import { createGlm } from "./glm.ts";
import type { LearnerType, Part } from "./learner.ts";
import { losses } from "./loss.ts";
import { make, partSchema } from "./named-part.ts";
import { optimizers } from "./optimizer.ts";
import { createSchedule, scheduleSchema } from "./schedule.ts";
import { numberOf } from "./vector.ts";

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
    return createGlm({
      truthOf: numberOf,
      link: (p) => p,
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
