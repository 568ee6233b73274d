// Every transformer and predictor that a pipeline file can name. To add one: its file, and a line here.

import { halfSpaceTrees } from "./anomaly/half-space-trees.ts";
import { meanRegressor } from "./baselines/mean-regressor.ts";
import { medianRegressor } from "./baselines/median-regressor.ts";
import { noChangeClassifier } from "./baselines/no-change-classifier.ts";
import { priorClassifier } from "./baselines/prior-classifier.ts";
import { gaussianNaiveBayes } from "./bayes/gaussian-naive-bayes.ts";
import { adaptiveRandomForestClassifier } from "./ensembles/adaptive-random-forest-classifier.ts";
import { adaptiveRandomForestRegressor } from "./ensembles/adaptive-random-forest-regressor.ts";
import { adwinBaggingOf } from "./ensembles/adwin-bagging-classifier.ts";
import type { LearnerType } from "./learner.ts";
import { bayesianLinearRegression } from "./linear/bayesian-linear-regression.ts";
import { linearRegression } from "./linear/linear-regression.ts";
import { logisticRegression } from "./linear/logistic-regression.ts";
import { passiveAggressiveClassifier, passiveAggressiveRegressor } from "./linear/passive-aggressive.ts";
import { perceptron } from "./linear/perceptron.ts";
import { softmaxRegression } from "./linear/softmax-regression.ts";
import { knnClassifier } from "./neighbors/knn-classifier.ts";
import { knnRegressor } from "./neighbors/knn-regressor.ts";
import { adaptiveStandardScaler } from "./transformers/adaptive-standard-scaler.ts";
import { bagOfWords } from "./transformers/bag-of-words.ts";
import { featureHasher } from "./transformers/feature-hasher.ts";
import { hashedNGrams } from "./transformers/hashed-n-grams.ts";
import { impute } from "./transformers/impute.ts";
import { maxAbsScaler } from "./transformers/max-abs-scaler.ts";
import { minMaxScaler } from "./transformers/min-max-scaler.ts";
import { missingIndicator } from "./transformers/missing-indicator.ts";
import { oneHotEncoder } from "./transformers/one-hot-encoder.ts";
import { polynomialExtender } from "./transformers/polynomial-extender.ts";
import { robustScaler } from "./transformers/robust-scaler.ts";
import { standardScaler } from "./transformers/standard-scaler.ts";
import { targetCount } from "./transformers/target-count.ts";
import { targetMean } from "./transformers/target-mean.ts";
import { targetVariance } from "./transformers/target-variance.ts";
import { hoeffdingAdaptiveTreeClassifier } from "./trees/hoeffding-adaptive-tree-classifier.ts";
import { hoeffdingTreeClassifier } from "./trees/hoeffding-tree-classifier.ts";
import { hoeffdingTreeRegressor } from "./trees/hoeffding-tree-regressor.ts";

const transformers = [
  standardScaler,
  minMaxScaler,
  maxAbsScaler,
  robustScaler,
  adaptiveStandardScaler,
  oneHotEncoder,
  targetMean,
  targetCount,
  targetVariance,
  featureHasher,
  bagOfWords,
  hashedNGrams,
  polynomialExtender,
  missingIndicator,
  impute,
];

const predictors = [
  linearRegression,
  passiveAggressiveRegressor,
  bayesianLinearRegression,
  logisticRegression,
  perceptron,
  passiveAggressiveClassifier,
  softmaxRegression,
  gaussianNaiveBayes,
  hoeffdingTreeClassifier,
  hoeffdingTreeRegressor,
  hoeffdingAdaptiveTreeClassifier,
  adaptiveRandomForestClassifier,
  adaptiveRandomForestRegressor,
  adwinBaggingOf([hoeffdingTreeClassifier, gaussianNaiveBayes, softmaxRegression]),
  knnClassifier,
  knnRegressor,
  meanRegressor,
  medianRegressor,
  priorClassifier,
  noChangeClassifier,
  halfSpaceTrees,
];

export const learnerTypes: Readonly<Record<string, LearnerType>> = Object.fromEntries(
  [...transformers, ...predictors].map((type) => [type.name, type]),
);
