// What the models of a set have learned of the fields of an observation, from the stored state: to hint at sensible values, and to tell a
// value that is far outside of them. Where nothing was learned there is nothing here.

import type { Features } from "../../lib/events/vocabulary.ts";
import { MAX_TEXT_LENGTH } from "../../lib/features/short-text.ts";
import { createModel } from "../../lib/learners/chain.ts";
import type { Seen, SeenNumber, ToldNumber } from "../../lib/learners/learner.ts";
import type { OneModelState } from "../../lib/learners/model-set-state.ts";
import type { FeatureOrigin, Pipeline } from "../../lib/pipeline/pipeline.ts";
import { figuresOf, type Loose, mapOf, parseLoose } from "../models/stored-state.ts";
import type { LearnedOfField, Unusual } from "../shapes/learned-fields.ts";

/** Before so many examples neither a mean nor a list of categories says what is usual. */
const FEWEST = 30;
/** Whatever the distribution, at most one value in 36 is farther from the mean (Chebyshev). */
const MOST_DEVIATIONS = 6;
const MOST_VALUES = 100;

export interface SeenSet {
  /** Examples that the set has learned. */
  readonly count: number;
  readonly numbers: ReadonlyMap<string, ToldNumber>;
  /** By a feature that is a text, or one of several indicators: the values that are known. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What the model that serves has learned goes before what others have. */
export function seenIn(state: string, pipeline: Pipeline): SeenSet {
  const { count, champion } = figuresOf({ state }, pipeline);
  const stored = mapOf((mapOf(parseLoose(state)) as { models?: unknown }).models);
  const names = Object.keys(pipeline.models).sort((a, b) => Number(b === champion) - Number(a === champion));
  const numbers = new Map<string, ToldNumber>();
  const values = new Map<string, Set<string>>();
  for (const name of names) {
    const seen = seenOf(pipeline, name, mapOf(stored[name]));
    for (const one of seen?.numbers.filter(tells) ?? []) {
      if (!numbers.has(one.feature)) numbers.set(one.feature, one);
    }
    for (const [feature, value] of seen === undefined ? [] : categoriesOf(seen, pipeline)) {
      values.set(feature, (values.get(feature) ?? new Set()).add(value));
    }
  }
  return { count, numbers, values };
}

/** People look at a state also where this process could not go on from it: undefined for what cannot be read. */
function seenOf(pipeline: Pipeline, name: string, { chain, digest }: Loose<OneModelState>): Seen | undefined {
  const parts = pipeline.models[name];
  // Of another digest it was another model, whose features may have been others.
  if (parts === undefined || digest !== pipeline.modelDigests[name]) return undefined;
  try {
    const model = createModel(parts, pipeline.context);
    return model.seenOf(model.read(chain));
  } catch {
    return undefined;
  }
}

function tells(number: SeenNumber): number is ToldNumber {
  if ("mean" in number) return Number.isFinite(number.mean) && Number.isFinite(number.deviation);
  return "least" in number && Number.isFinite(number.least) && Number.isFinite(number.most);
}

/** Each as its feature and the value. */
function* categoriesOf(seen: Seen, pipeline: Pipeline): Generator<readonly [feature: string, value: string]> {
  const prefixes = pipeline.featureOrigins
    .filter(isCategory)
    .map((origin) => ({ name: origin.name, prefix: prefixOf(origin) }))
    .sort((a, b) => b.prefix.length - a.prefix.length);
  for (const name of seen.names) {
    const found = prefixes.find(({ prefix }) => name.startsWith(prefix));
    if (found !== undefined) yield [found.name, name.slice(found.prefix.length)];
  }
  for (const { feature, values } of seen.texts) for (const value of values) yield [feature, value];
}

function isCategory({ as }: FeatureOrigin): boolean {
  return as === "one-hot" || as === "text";
}

/** What stands before the value in the name of its indicator. */
function prefixOf({ name, open }: FeatureOrigin): string {
  return open ? name : `${name}_`;
}

/** Undefined where nothing is known of the field itself: what is known of its logarithm is not. */
export function learnedOf(seen: SeenSet, field: string, pipeline: Pipeline): LearnedOfField | undefined {
  const origins = pipeline.featureOrigins.filter(({ from }) => from === field);
  const number = origins.filter(({ as }) => as === "number").map(({ name }) => seen.numbers.get(name));
  const [found] = number.filter((one) => one !== undefined);
  if (found !== undefined) {
    const { feature: _, ...figures } = found;
    return figures;
  }
  const known = origins.filter(isCategory).flatMap(({ name }) => [...(seen.values.get(name) ?? [])]);
  // What was shortened is no value that could come.
  const whole = [...new Set(known)].filter((value) => value.length < MAX_TEXT_LENGTH);
  return whole.length === 0 ? undefined : { values: whole.slice(0, MOST_VALUES), valuesInAll: whole.length };
}

/** The features of an observation that are far outside of what was learned, and those of categories that were never learned. */
export function unusualIn(seen: SeenSet, x: Features, pipeline: Pipeline): Unusual[] {
  if (seen.count < FEWEST) return [];
  const found = Object.entries(x).map(([feature, value]) => {
    const origin = originOf(feature, pipeline);
    if (origin === undefined) return undefined;
    return isCategory(origin) ? newCategory(seen, origin, feature, value) : farNumber(seen, origin, feature, value);
  });
  return found.filter((one) => one !== undefined);
}

function newCategory(seen: SeenSet, origin: FeatureOrigin, feature: string, value: number | string) {
  const category = origin.open ? feature.slice(origin.name.length) : String(value);
  const known = seen.values.get(origin.name);
  if (known === undefined || known.has(category)) return undefined;
  return { field: origin.from, feature, value: category, valuesInAll: known.size };
}

function farNumber(seen: SeenSet, origin: FeatureOrigin, feature: string, value: number | string) {
  const number = seen.numbers.get(feature);
  if (number === undefined || typeof value !== "number" || !isFar(number, value)) return undefined;
  const { feature: _, ...figures } = number;
  return { field: origin.from, feature, value, ...figures };
}

function originOf(feature: string, { featureOrigins }: Pipeline): FeatureOrigin | undefined {
  const exact = featureOrigins.find(({ name, open }) => !open && name === feature);
  const [longest] = featureOrigins
    .filter(({ name, open }) => open && feature.startsWith(name))
    .sort((a, b) => b.name.length - a.name.length);
  return exact ?? longest;
}

function isFar(number: ToldNumber, value: number): boolean {
  if ("mean" in number) {
    const { n = FEWEST, mean, deviation } = number;
    return n >= FEWEST && Math.abs(value - mean) > MOST_DEVIATIONS * deviation;
  }
  const { least, most } = number;
  // By more than the whole width.
  return value < least - (most - least) || value > most + (most - least);
}
