// Metrics as people read them.

import { count } from "../../figures.ts";

/** JSON has no infinity: an infinite score comes as the largest double. */
const INFINITE = Number.MAX_VALUE;

const ABBREVIATIONS = new Set(["mae", "mse", "rmse", "r2", "mape", "smape", "f1", "mcc", "roc", "auc"]);

/** `mae_rolling_1000` as `MAE, last 1,000`; `mae_rolling`, of windows that differ, as `MAE, lately`. */
export function metricTitle(metric: string): string {
  if (metric.endsWith("_rolling")) return `${metricTitle(metric.slice(0, -"_rolling".length))}, lately`;
  const [, name = metric, over] = /^(.+)_rolling_(\d+)$/.exec(metric) ?? [];
  const words = name.split("_").map((word) => (ABBREVIATIONS.has(word) ? word.toUpperCase() : word));
  return over === undefined ? words.join(" ") : `${words.join(" ")}, last ${count(Number(over))}`;
}

/** The values of one column with their points aligned: about five figures of the largest; INFINITE as `inf`. */
export function metricValues(values: readonly (number | undefined)[]): readonly string[] {
  const finite = values.filter((value) => value !== undefined).filter((value) => Math.abs(value) < INFINITE);
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const digits = largest === 0 ? 3 : digitsFor(largest);
  return values.map((value) => {
    if (value === undefined || Number.isNaN(value)) return "-";
    if (Math.abs(value) >= INFINITE) return value > 0 ? "inf" : "-inf";
    return digits === undefined ? value.toExponential(3) : grouped(value, digits);
  });
}

export function metricValue(value: number | undefined): string {
  return metricValues([value])[0] as string;
}

/** Digits after the point; undefined if there would be too many before or after it. */
function digitsFor(largest: number): number | undefined {
  const magnitude = Math.floor(Math.log10(largest));
  if (magnitude > 11 || magnitude < -6) return undefined;
  return magnitude < -2 ? 2 - magnitude : Math.min(4, Math.max(0, 4 - magnitude));
}

function grouped(value: number, digits: number): string {
  const [whole = "", part] = value.toFixed(digits).split(".");
  const text = part === undefined ? "" : `.${part}`;
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + text;
}

/** All names, in the order of their first appearance. */
export function metricNames(all: readonly Readonly<Record<string, number>>[]): readonly string[] {
  return [...new Set(all.flatMap((metrics) => Object.keys(metrics)))];
}
