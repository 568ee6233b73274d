// How good the model that serves is, in one sentence for each metric: against the best baseline, as far as both were scored on the same
// examples.

import { count } from "../../lib/figures.ts";
import { createMetric, readMetric } from "../../lib/learners/metrics/index.ts";
import { INFINITE } from "../../lib/learners/metrics/metric.ts";
import { metricTitle, metricValue } from "../../lib/learners/metrics/title.ts";
import { tasks } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { ModelFigures } from "../shapes/shapes.ts";
import type { Verdict } from "../shapes/verdict.ts";

/** Before so many scores a mean says little. */
const FEWEST = 30;

interface Judged {
  readonly name: string;
  /** Without its options and its window. */
  readonly base: string;
  readonly over: number | undefined;
  readonly better: "lower" | "higher";
}

/** By metric; none for a metric that makes no model better, and where nothing serves. */
export function verdictsOf(models: readonly ModelFigures[], pipeline: Pipeline | undefined): Record<string, Verdict> {
  const champion = models.find(({ serves }) => serves);
  if (pipeline === undefined || champion === undefined) return {};
  const judged = pipeline.metrics.flatMap((spec): Judged[] => {
    const { name, better } = createMetric(spec);
    const { name: base, over } = readMetric(spec);
    return better === "neither" || champion.metrics[name] === undefined ? [] : [{ name, base, over, better }];
  });
  const isScoredByAll = tasks[pipeline.task].learns === "labels";
  return Object.fromEntries(judged.map((metric) => [metric.name, verdictOf(metric, champion, models, isScoredByAll)]));
}

function verdictOf(
  metric: Judged,
  champion: ModelFigures,
  models: readonly ModelFigures[],
  isScoredByAll: boolean,
): Verdict {
  const { name, better, over } = metric;
  const value = champion.metrics[name] as number;
  const own = { better, value };
  // Where labels only score, n does not count them.
  if (isScoredByAll && champion.n < FEWEST) return { ...own, text: tooFew(champion.n) };
  const window =
    over === undefined ? "" : `, over the last ${count(isScoredByAll ? Math.min(champion.n, over) : over)}`;
  const said = `${inWords(metric, value)}${window}`;
  const baselines = models.filter(({ isBaseline, challenges }) => isBaseline === true && challenges === undefined);
  if (champion.isBaseline === true)
    return { ...own, text: `The serving model, ${champion.name}, is itself a baseline; it ${said}.` };
  if (baselines.length === 0)
    return { ...own, text: `The serving model ${said}. There is no baseline to compare it with.` };
  const comparable = baselines.filter((one) => isComparable(one, champion, over) && one.metrics[name] !== undefined);
  const [best] = comparable.sort((a, b) => errorOf(metric, a) - errorOf(metric, b));
  if (best === undefined)
    return { ...own, text: `The serving model ${said}. No baseline was scored on the same examples yet.` };
  const theirs = best.metrics[name] as number;
  return {
    ...own,
    baseline: { model: best.name, value: theirs },
    ...(isBetter(metric, value, theirs)
      ? { isBetter: true, text: `The serving model ${said}, ${comparedWith(metric, value, best.name, theirs)}.` }
      : {
          isBetter: false,
          text: `No better than the baseline yet: the serving model ${said}; the best baseline, ${best.name}, ${inWords(metric, theirs)}.`,
        }),
  };
}

function tooFew(n: number): string {
  return `Too few examples to tell yet how good the serving model is: ${count(n)} of ${count(FEWEST)}.`;
}

/** A model that was added later was scored on other examples, unless the window holds only what both have seen. */
function isComparable(baseline: ModelFigures, champion: ModelFigures, over: number | undefined): boolean {
  return baseline.n === champion.n || (over !== undefined && Math.min(baseline.n, champion.n) >= over);
}

function errorOf({ name, better }: Judged, { metrics }: ModelFigures): number {
  const value = metrics[name] as number;
  return better === "lower" ? value : -value;
}

/** What is said is rounded, and a difference that nobody sees in it is none. */
function isBetter(metric: Judged, value: number, theirs: number): boolean {
  if (metric.better === "higher") return value > theirs && shown(metric, value) !== shown(metric, theirs);
  return value < theirs && (theirs <= 0 ? shown(metric, value) !== shown(metric, theirs) : lessBy(value, theirs) > 0);
}

/** In whole percent. */
function lessBy(value: number, theirs: number): number {
  return Math.round(100 * (1 - value / theirs));
}

function comparedWith(metric: Judged, value: number, model: string, theirs: number): string {
  if (metric.better === "higher" || theirs <= 0)
    return `against ${shown(metric, theirs)} of the best baseline, ${model}`;
  const less = lessBy(value, theirs);
  return `${less === 100 && value > 0 ? "over 99" : less} % less than the best baseline, ${model}`;
}

function inWords(metric: Judged, value: number): string {
  const figure = shown(metric, value);
  switch (metric.base) {
    case "mae":
      return `errs by ${figure} on average`;
    case "rmse":
      return `errs by ${figure}, where large errors count more (RMSE)`;
    case "mape":
    case "smape":
      return `errs by ${figure} on average`;
    case "accuracy":
      return `is right in ${figure} of all cases`;
    // As one number it is the share of wrong classes.
    case "confusion_matrix":
      return `is wrong in ${figure} of all cases`;
    default:
      return `scores ${figure} by ${metricTitle(metric.name.replace(/_rolling_\d+$/, ""))} (${metric.better} is better)`;
  }
}

function shown({ base }: Judged, value: number): string {
  if (Math.abs(value) >= INFINITE) return metricValue(value);
  if (base === "accuracy" || base === "confusion_matrix") return `${(100 * value).toFixed(1)} %`;
  const figure = Math.abs(value) >= 1000 ? count(Math.round(value)) : String(Number(value.toPrecision(3)));
  return base === "mape" || base === "smape" ? `${figure} %` : figure;
}
