// Every metric that a pipeline file can name. To add one: its file, and a line here.

import { entryOf } from "../named-part.ts";
import type { MetricSpec } from "../task.ts";
import type { Metric, MetricType } from "./metric.ts";
import { r2 } from "./r2.ts";
import { rolling } from "./rolling.ts";
import { runningMean } from "./running-mean.ts";

const square = (error: number) => error * error;

export const metricTypes: Readonly<Record<string, MetricType>> = Object.fromEntries(
  [
    runningMean("mae", Math.abs, (mean) => mean),
    runningMean("mse", square, (mean) => mean),
    runningMean("rmse", square, Math.sqrt),
    r2,
  ].map((type) => [type.name, type]),
);

/** @throws ConfigurationError for a metric that is not there. */
export function createMetric(spec: MetricSpec): Metric {
  const name = typeof spec === "string" ? spec : spec.rolling;
  const type = entryOf(metricTypes, name);
  const metric = typeof spec === "string" ? type.create(name) : rolling(type, spec.over);
  return { ...metric, better: type.better };
}
