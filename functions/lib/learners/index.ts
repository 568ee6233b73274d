// Every transformer and predictor that a pipeline file can name. To add one: its file, and a line here.

import { meanRegressor } from "./baselines/mean-regressor.ts";
import { medianRegressor } from "./baselines/median-regressor.ts";
import { noChangeClassifier } from "./baselines/no-change-classifier.ts";
import { priorClassifier } from "./baselines/prior-classifier.ts";
import { gaussianNaiveBayes } from "./bayes/gaussian-naive-bayes.ts";
import type { LearnerType } from "./learner.ts";
import { linearRegression } from "./linear/linear-regression.ts";
import { passiveAggressiveRegressor } from "./linear/passive-aggressive.ts";
import { standardScaler } from "./transformers/standard-scaler.ts";
import { targetMean } from "./transformers/target-mean.ts";

export const learnerTypes: Readonly<Record<string, LearnerType>> = Object.fromEntries(
  [
    ...[standardScaler, targetMean],
    ...[linearRegression, passiveAggressiveRegressor],
    ...[gaussianNaiveBayes],
    ...[meanRegressor, medianRegressor, priorClassifier, noChangeClassifier],
  ].map((type) => [type.name, type]),
);
