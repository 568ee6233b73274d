// River's linear_model.LinearRegression: a GLM whose prediction is the sum itself.

import { numberOf } from "../vector.ts";
import { glmType } from "./glm-type.ts";
import { losses } from "./loss.ts";

export const linearRegression = glmType({
  name: "linear-regression",
  task: "regression",
  losses,
  loss: "squared",
  truthOf: numberOf,
  link: (p) => p,
  unit: "target",
});
