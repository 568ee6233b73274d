// Every transformer and predictor that a pipeline file can name. To add one: its file, and a line here.

import type { LearnerType } from "./learner.ts";
import { linearRegression } from "./linear-regression.ts";
import { meanRegressor } from "./mean-regressor.ts";
import { medianRegressor } from "./median-regressor.ts";
import { standardScaler } from "./standard-scaler.ts";
import { targetMean } from "./target-mean.ts";

export const learnerTypes: Readonly<Record<string, LearnerType>> = Object.fromEntries(
  [standardScaler, targetMean, linearRegression, meanRegressor, medianRegressor].map((type) => [type.name, type]),
);
