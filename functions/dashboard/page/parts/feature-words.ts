// A feature as a reader knows it: by the field that it is made of, and by what was made of that.

import type { FeatureOrigin } from "../../../admin/shapes/learned-fields.ts";
import { metricValue } from "../../../lib/learners/metrics/title.ts";

/** What is known of the features of one observation. */
export interface FeatureFacts {
  readonly origins: readonly FeatureOrigin[];
  /** The features before the chain of a model. */
  readonly x: Readonly<Record<string, number | string>>;
}

export const NO_FACTS: FeatureFacts = { origins: [], x: {} };

const CYCLES: Readonly<Record<string, string>> = { "hour-of-day": "hour", "day-of-week": "weekday" };

/** 700 and not 700.00. */
export function plain(value: number): string {
  return metricValue(value)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** @param value as the learner has it; null where it is absent. */
export function featureWords(feature: string, value: number | null, facts: FeatureFacts): string {
  const category = categoryOf(feature, facts.origins);
  if (category !== undefined)
    return `${category.from} is ${value === null || value === 0 ? "not " : ""}${category.value}`;
  const [, statistic, by] = /^target_(mean|count|variance)_by_(.+)$/.exec(feature) ?? [];
  if (by !== undefined) return valued(`${statistic} of the target where ${by} is ${facts.x[by] ?? "this"}`, value);
  const origin = originOf(feature, facts.origins);
  if (origin === undefined) return valued(feature, value);
  const { from, as } = origin;
  if (as === "hash") return `${from}, folded into number ${feature.slice(origin.name.length)}`;
  if (as === "bucket" && origin.kind === "indicator")
    return `${from} is ${value === null || value === 0 ? "not " : ""}in range ${feature.slice(feature.lastIndexOf("_") + 1)}`;
  return scaled(nameOf(feature, origin), value, facts.x[feature]);
}

/** Without its value: `origin is LAX`, `hour of date, as a sine`. */
export function featureTitle(feature: string, origins: readonly FeatureOrigin[]): string {
  const category = categoryOf(feature, origins);
  if (category !== undefined) return `${category.from} is ${category.value}`;
  const origin = originOf(feature, origins);
  return origin === undefined || origin.kind === "indicator" ? feature : nameOf(feature, origin);
}

function nameOf(feature: string, { from, as }: FeatureOrigin): string {
  const cycle = CYCLES[as];
  if (cycle !== undefined) {
    const [, wave] = /_(sin|cos)$/.exec(feature) ?? [];
    return `${cycle} of ${from}${wave === undefined ? "" : wave === "sin" ? ", as a sine" : ", as a cosine"}`;
  }
  if (as === "log") return `logarithm of ${from}`;
  if (as === "bucket") return `range of ${from}`;
  return from;
}

/** Both numbers, where the chain has made another one of it. */
function scaled(name: string, value: number | null, before: number | string | undefined): string {
  if (value === null || typeof before !== "number" || before === value) return valued(name, value);
  return `${name} = ${plain(before)}, scaled to ${plain(value)}`;
}

function valued(name: string, value: number | null): string {
  return value === null ? `${name} is absent` : `${name} = ${plain(value)}`;
}

/** Of an indicator: `carrier_AA` is the carrier AA. */
function categoryOf(feature: string, origins: readonly FeatureOrigin[]) {
  const found = origins
    .filter(({ as }) => as === "one-hot" || as === "text")
    .map(({ name, open, from }) => ({ from, prefix: open ? name : `${name}_` }))
    .filter(({ prefix }) => feature.startsWith(prefix))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return found && { from: found.from, value: feature.slice(found.prefix.length) };
}

function originOf(feature: string, origins: readonly FeatureOrigin[]): FeatureOrigin | undefined {
  return (
    origins.find(({ name, open }) => !open && name === feature) ??
    origins.find(({ name, open }) => open && feature.startsWith(name))
  );
}
