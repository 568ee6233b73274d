// Every metric that a pipeline file can name. To add one: its file, and a line here.

import { entryOf, type Options, readPart, withDefaults } from "../named-part.ts";
import type { MetricPart, MetricSpec } from "../task.ts";
import { alarmRate, meanScore } from "./anomaly-scores.ts";
import { atThreshold } from "./at-threshold.ts";
import { confusionMatrix } from "./confusion-matrix.ts";
import { balancedAccuracy, f1, kappa, macroF1, mcc, precision, recall } from "./label-metrics.ts";
import type { Metric, MetricType, Scoring } from "./metric.ts";
import { accuracy, crossEntropy, logLoss, microF1 } from "./probability.ts";
import { r2 } from "./r2.ts";
import { mape, pinball, smape } from "./relative-error.ts";
import { rocAuc } from "./roc-auc.ts";
import { rolling } from "./rolling.ts";
import { meanError } from "./running-mean.ts";

const square = (error: number) => error * error;

const ofRegression = [
  meanError("mae", Math.abs),
  meanError("mse", square),
  meanError("rmse", square, Math.sqrt),
  r2,
  mape,
  smape,
  pinball,
];

const ofClassification = [
  accuracy,
  balancedAccuracy,
  precision,
  recall,
  f1,
  macroF1,
  microF1,
  kappa,
  mcc,
  logLoss,
  crossEntropy,
  rocAuc,
  confusionMatrix,
];

const ofAnomaly = [alarmRate, meanScore];

export const metricTypes: Readonly<Record<string, MetricType>> = Object.fromEntries(
  [...ofRegression, ...ofClassification, ...ofAnomaly].map((type) => [type.name, type]),
);

interface ReadMetric {
  readonly name: string;
  readonly options: Options;
  /** Scores in its window; undefined for all. */
  readonly over: number | undefined;
}

export function readMetric(spec: MetricSpec): ReadMetric {
  if (typeof spec === "string" || !("rolling" in spec)) return { ...readPart(spec as MetricPart), over: undefined };
  const { rolling: part, over } = spec as { rolling: MetricPart; over: number };
  return { ...readPart(part), over };
}

/** Of a binary target: the class is true where P(true) is above it. */
export interface AtThreshold {
  readonly threshold?: number;
}

/** What a metric does with its options, and with the threshold of a binary target: it counts where classes are scored. */
export function scoringOf(type: MetricType, options: Options, { threshold }: AtThreshold = {}): Scoring {
  const scoring = type.create(withDefaults(type.options ?? {}, options));
  return type.ofClasses === true && threshold !== undefined ? atThreshold(scoring, threshold) : scoring;
}

/**
 * A metric by what the file says. Its name has the options that are not as usual: `pinball_0.9_rolling_1000`.
 * @throws ConfigurationError for a metric that is not there.
 */
export function createMetric(spec: MetricSpec, target: AtThreshold = {}): Metric {
  const { name, options, over } = readMetric(spec);
  const type = entryOf(metricTypes, name);
  const schemas = type.options ?? {};
  const own = Object.entries(options).filter(([option, value]) => value !== schemas[option]?.["default"]);
  const scoring = scoringOf(type, options, target);
  const { form, init, open } = over === undefined ? scoring : rolling(scoring.window, over);
  return {
    name: [name, ...own.map(([, value]) => value), ...(over === undefined ? [] : ["rolling", over])].join("_"),
    better: type.better,
    of: type.of ?? "truths",
    form,
    init,
    open,
  };
}
