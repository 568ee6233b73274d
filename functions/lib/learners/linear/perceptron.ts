// River's linear_model.Perceptron: a logistic regression with hinge loss at threshold 0 whose rates are all 1. So each
// example on the wrong side adds itself to the weights, or takes itself off. Rosenblatt 1958.

import type { LearnerType } from "../learner.ts";
import { make, withDefaults } from "../named-part.ts";
import { sigmoid, signOf } from "./binary.ts";
import { createGlm } from "./glm.ts";
import { CLIP, L2 } from "./glm-type.ts";
import { binaryLosses } from "./loss.ts";
import { optimizers } from "./optimizer.ts";

const OPTIONS = { l2: L2, clipGradient: CLIP };

export const perceptron: LearnerType = {
  name: "perceptron",
  role: "predictor",
  isGradient: true,
  tasks: ["binary"],
  options: { type: "object", additionalProperties: false, properties: OPTIONS },
  create(given) {
    const options = withDefaults(OPTIONS, given);
    return createGlm({
      truthOf: signOf,
      link: sigmoid,
      unit: "log-odds",
      gradient: make(binaryLosses, { hinge: { threshold: 0 } }),
      optimizer: make(optimizers, { sgd: { learningRate: 1 } }),
      interceptRate: () => 1,
      interceptInit: 0,
      l1: 0,
      l2: options["l2"] as number,
      clip: options["clipGradient"] as number,
    });
  },
};
