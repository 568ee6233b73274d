// Every transformer and predictor that a pipeline file can name. To add one: its file, and a line here.

import { meanRegressor } from "./baselines/mean-regressor.ts";
import { medianRegressor } from "./baselines/median-regressor.ts";
import type { LearnerType } from "./learner.ts";
import { linearRegression } from "./linear/linear-regression.ts";
import { adaptiveStandardScaler } from "./transformers/adaptive-standard-scaler.ts";
import { featureHasher } from "./transformers/feature-hasher.ts";
import { maxAbsScaler } from "./transformers/max-abs-scaler.ts";
import { minMaxScaler } from "./transformers/min-max-scaler.ts";
import { oneHotEncoder } from "./transformers/one-hot-encoder.ts";
import { robustScaler } from "./transformers/robust-scaler.ts";
import { standardScaler } from "./transformers/standard-scaler.ts";
import { targetMean } from "./transformers/target-mean.ts";

const transformers = [
  standardScaler,
  minMaxScaler,
  maxAbsScaler,
  robustScaler,
  adaptiveStandardScaler,
  oneHotEncoder,
  targetMean,
  featureHasher,
];

const predictors = [linearRegression, meanRegressor, medianRegressor];

export const learnerTypes: Readonly<Record<string, LearnerType>> = Object.fromEntries(
  [...transformers, ...predictors].map((type) => [type.name, type]),
);
