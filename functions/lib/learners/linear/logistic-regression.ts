// River's linear_model.LogisticRegression: a GLM that predicts P(true), the sigmoid of the sum.

import { sigmoid, signOf } from "./binary.ts";
import { glmType } from "./glm-type.ts";
import { binaryLosses } from "./loss.ts";

export const logisticRegression = glmType({
  name: "logistic-regression",
  task: "binary",
  losses: binaryLosses,
  loss: "log",
  truthOf: signOf,
  link: sigmoid,
  unit: "log-odds",
});
