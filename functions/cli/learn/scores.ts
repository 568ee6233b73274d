// The scores of the models of a file: all metrics of the pipeline file so far, and the main one over the last rows, as a curve.

import type { Target } from "../../lib/events/vocabulary.ts";
import { createMetric, readMetric } from "../../lib/learners/metrics/index.ts";
import type { Metric, OpenMetric } from "../../lib/learners/metrics/metric.ts";
import type { MetricSpec } from "../../lib/learners/task.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { OpenSets } from "./model-sets.ts";
import type { Predictions } from "./trial.ts";

export type Scores = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A metric over the last rows, point by point. */
export interface Curve {
  readonly metric: string;
  /** Rows in its window. */
  readonly over: number;
  readonly points: readonly { readonly n: number; readonly scores: Readonly<Record<string, number>> }[];
}

export interface ScoreBook {
  /** By which the models are compared: that of `serve: { best: ... }`, else the first of the file. */
  readonly main: Metric;
  add(y: Target | undefined, predictions: Predictions): void;
  /** By model and metric. */
  scores(): Scores;
  curve(): Curve;
}

const DEFAULT_WINDOW = 1000;
/** Of a curve; past that every other one is left out. */
const MOST_POINTS = 600;
const FIRST_STEP = 10;

export function createScoreBook(pipeline: Pipeline, sets: OpenSets): ScoreBook {
  const [first = "mae"] = pipeline.metrics;
  const spec = pipeline.best?.best ?? (isRolling(first) ? first.rolling : first);
  const { target } = pipeline;
  const main = createMetric(spec, target);
  const over = windowOf(pipeline, main.name);
  const rolling = createMetric({ rolling: spec, over }, target);
  const models = Object.keys(pipeline.models);
  const open = (metric: Metric) => models.map((model) => ({ model, live: metric.open(metric.init()) }));
  const window = open(rolling);
  // One set keeps the scores of its models; those of many are counted here.
  const several =
    pipeline.modelPer === undefined ? undefined : pipeline.metrics.map((one) => createMetric(one, target));
  const overall = several?.map((metric) => ({ metric, models: open(metric) })) ?? [];
  const mainLive = pipeline.metrics.some((one) => createMetric(one).name === main.name) ? [] : open(main);
  let points: { n: number; scores: Record<string, number> }[] = [];
  let n = 0;
  let step = FIRST_STEP;
  const point = () => ({ n, scores: valuesOf(window) });

  return {
    main,
    add(y, predictions) {
      n++;
      add(rolling, window, y, predictions);
      add(main, mainLive, y, predictions);
      for (const one of overall) add(one.metric, one.models, y, predictions);
      if (n % step !== 0) return;
      points.push(point());
      if (points.length < MOST_POINTS) return;
      points = points.filter((_, i) => i % 2 === 1);
      step *= 2;
    },
    scores() {
      const [only] = sets.all().values();
      const all = several === undefined ? only?.scores() : scoresOf(models, overall);
      const own = valuesOf(mainLive);
      const scored = models.map((model) => {
        const found = all?.[model] ?? {};
        return [model, model in own ? { [main.name]: own[model] as number, ...found } : found];
      });
      return Object.fromEntries(scored);
    },
    curve: () => ({
      metric: main.name,
      over,
      points: n > 0 && points.at(-1)?.n !== n ? [...points, point()] : points,
    }),
  };
}

/** Without a truth only what looks at predictions alone. */
function add({ of }: Metric, models: readonly OfModel[], y: Target | undefined, predictions: Predictions): void {
  if (y === undefined && of === "truths") return;
  for (const { model, live } of models) live.update(y ?? false, predictions[model] ?? null);
}

function isRolling(spec: MetricSpec): spec is Extract<MetricSpec, { readonly over: number }> {
  return typeof spec !== "string" && "rolling" in spec;
}

/** As the file has it for this metric. */
function windowOf({ metrics }: Pipeline, main: string): number {
  for (const spec of metrics) {
    if (isRolling(spec) && createMetric(spec.rolling).name === main) return readMetric(spec).over ?? DEFAULT_WINDOW;
  }
  return DEFAULT_WINDOW;
}

interface OfModel {
  readonly model: string;
  readonly live: OpenMetric;
}

function valuesOf(all: readonly OfModel[]): Record<string, number> {
  return Object.fromEntries(all.map(({ model, live }) => [model, live.get()]));
}

function scoresOf(
  names: readonly string[],
  all: readonly { readonly metric: Metric; readonly models: readonly OfModel[] }[],
): Scores {
  return Object.fromEntries(
    names.map((name) => {
      const values = all.map(({ metric, models }) => [
        metric.name,
        models.find(({ model }) => model === name)?.live.get() ?? 0,
      ]);
      return [name, Object.fromEntries(values)];
    }),
  );
}
