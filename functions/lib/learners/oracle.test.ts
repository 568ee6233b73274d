// River's numbers, case by case: every prediction, metric and weight that its files hold, within 1e-9.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Features, Prediction, Target } from "../events/vocabulary.ts";
import { createModel, type ModelState, type OpenModel } from "./chain.ts";
import { createDetector } from "./drift/index.ts";
import { learnerTypes } from "./index.ts";
import type { Part, Predictor, Transformer, Vector } from "./learner.ts";
import { createMetric } from "./metrics/index.ts";
import { entryOf, readPart } from "./named-part.ts";
import { estimate, type Markers } from "./quantile.ts";
import { near, nearPrediction } from "./river-numbers.contract.ts";
import type { MetricSpec, Task } from "./task.ts";
import { toVector } from "./vector.ts";

const folder = join(import.meta.dirname, "fixtures");

interface FeatureSpec {
  readonly from: string;
  readonly as: string;
}

interface Golden {
  readonly name: string;
  readonly kind: "prequential" | "transform" | "delayed" | "measure" | "detect" | "hash";
  readonly dataset: {
    readonly file: string;
    readonly target?: string;
    readonly truth?: string;
    readonly task?: Task;
    readonly rows?: number;
    readonly column?: string;
    readonly features?: readonly FeatureSpec[];
  };
  readonly model: readonly Part[];
  readonly detector: Part;
  readonly detections: readonly number[];
  readonly warnings?: { readonly count: number; readonly first: readonly number[] };
  readonly extracted?: readonly Features[];
  readonly tolerance?: number;
  readonly n: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: readonly ({
    readonly i: number;
    readonly prediction?: Prediction;
    readonly input?: Features;
    readonly output?: Features;
  } & Record<string, unknown>)[];
  readonly murmur3_seed?: number;
  readonly hasher?: Part;
  readonly state: readonly Record<string, Record<string, unknown>>[];
  readonly results: readonly { readonly delay: number | "per-row"; readonly mae: number }[];
}

type Row = Readonly<Record<string, string>>;

const goldens = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden);
const ofKind = (kind: Golden["kind"]) =>
  goldens.filter((golden) => golden.kind === kind).map((golden) => [golden.name, golden] as const);

function rowsOf({ file, rows = Number.POSITIVE_INFINITY }: Golden["dataset"]): Row[] {
  const [head = "", ...lines] = readFileSync(join(folder, file), "utf8").trim().split("\n");
  const columns = head.split(",");
  return lines
    .slice(0, rows)
    .map((line) => Object.fromEntries(line.split(",").map((cell, i) => [columns[i] as string, cell])));
}

/** The features that the golden's own list names; without one every column but the target is a number. */
function featuresOf(row: Row, { target, features }: Golden["dataset"]): Features {
  const specs =
    features ??
    Object.keys(row)
      .filter((name) => name !== target)
      .map((from) => ({ from, as: "number" }));
  const x: Record<string, number | string> = {};
  for (const { from, as } of specs) {
    const cell = row[from] as string;
    if (as === "text") x[from] = cell;
    else if (as === "one-hot") x[`${from}_${cell}`] = 1;
    else if (as === "hour-of-day") cycle(x, "hour", new Date(cell).getUTCHours(), 24);
    else if (as === "day-of-week") cycle(x, "weekday", (new Date(cell).getUTCDay() + 6) % 7, 7);
    else if (cell !== "") x[from] = Number(cell);
  }
  return x;
}

function cycle(x: Record<string, number | string>, name: string, value: number, period: number): void {
  const angle = (2 * Math.PI * value) / period;
  x[`${name}_sin`] = Math.sin(angle);
  x[`${name}_cos`] = Math.cos(angle);
}

const context = { isIndicator: (name: string) => name.startsWith("origin_") };

function fresh(parts: readonly Part[]): OpenModel {
  const model = createModel(parts, context);
  return model.open(model.init());
}

/** A truth as the task has it. */
function truthOf(row: Row, { target = "", task = "regression" }: Golden["dataset"]): Target {
  const cell = row[target] as string;
  if (task === "multiclass") return cell;
  return task === "binary" ? cell === "1" : Number(cell);
}

/** The metrics of a task that the files have. */
const METRICS: Readonly<Partial<Record<Task, readonly MetricSpec[]>>> = {
  regression: ["mae", "mse", "rmse", "r2", { rolling: "mae", over: 100 }],
  binary: ["accuracy", "f1", "precision", "recall", "log_loss", "roc_auc"],
  multiclass: ["accuracy", "macro_f1", "cross_entropy"],
};

const failed = new Set<string>();
afterEach(({ task }) => {
  if (task.result?.state === "fail") failed.add(task.name.split(",")[0] as string);
});
afterAll(() => {
  const missed = goldens.filter(({ name, kind }) => failed.has(kind === "measure" ? "metrics" : name)).length;
  process.stdout.write(`River's numbers: ${goldens.length - missed} of ${goldens.length} cases are met\n`);
});

describe("progressive validation: predictions, metrics and state are River's", () => {
  test.each(ofKind("prequential"))("%s", (_name, golden) => {
    const rows = rowsOf(golden.dataset);
    const model = fresh(golden.model);
    const metrics = METRICS[golden.dataset.task ?? "regression"]?.map((spec) => createMetric(spec)) ?? [];
    const open = metrics.map((metric) => ({ name: metric.name, live: metric.open(metric.init()) }));
    const expected = new Map(golden.checkpoints.map((point) => [point.i, point]));

    for (const [i, row] of rows.entries()) {
      const x = featuresOf(row, golden.dataset);
      if (golden.extracted?.[i] !== undefined) expect(x).toEqual(golden.extracted[i]);
      const y = truthOf(row, golden.dataset);
      const prediction = model.predictOne(toVector(x));
      for (const { live } of open) live.update(y, prediction);
      model.learnOne(toVector(x), y);

      const point = expected.get(i);
      if (point?.prediction !== undefined)
        nearPrediction(prediction, point.prediction, `prediction of row ${i}`, golden.tolerance);
      for (const { name, live } of open)
        if (typeof point?.[name] === "number") near(live.get(), point[name], `${name} at row ${i}`, golden.tolerance);
    }

    expect(rows.length).toBe(golden.n);
    expect(open.map(({ name }) => name)).toEqual(Object.keys(golden.metrics));
    for (const { name, live } of open) near(live.get(), golden.metrics[name] as number, name, golden.tolerance);
    compareState(model.close(), golden);
  });
});

type Kept = Readonly<Record<string, unknown>>;
type Estimated = readonly Markers[];

/** What we keep under another name than River's, or in another form. */
const OWN: Readonly<Record<string, (state: Kept) => unknown>> = {
  n_iterations: ({ n }) => n,
  n_leaves: ({ nodes }) => leavesOf(nodes).length,
  height: ({ nodes }) => 1 + Math.max(...leavesOf(nodes).map(({ depth }) => depth)),
  abs_max: ({ absMax }) => absMax,
  vars: ({ vars, squares, means }) =>
    vars ?? (squares as number[]).map((square, i) => square - ((means as number[])[i] as number) ** 2),
  median: ({ middle }) => (middle as Estimated).map((markers) => estimate(markers, 0.5)),
  iqr: ({ lower, upper }) =>
    (upper as Estimated).map(
      (markers, i) =>
        (estimate(markers, 0.75) as number) - (estimate((lower as Estimated)[i] as Markers, 0.25) as number),
    ),
};

/** Of a tree: a branch has no depth. */
function leavesOf(nodes: unknown): readonly { readonly depth: number }[] {
  return (nodes as { readonly depth: number }[]).filter((node) => "depth" in node);
}

/** Weights and moments by feature, whatever form they are kept in; a target mean is what is handed on for the group. */
function compareState(state: ModelState, golden: Golden): void {
  for (const [i, theirs] of golden.state.entries()) {
    const { name, state: part } = state.parts[i] as ModelState["parts"][number];
    const ours = part as unknown as Record<string, unknown>;
    const values = Object.values(theirs)[0] as Record<string, unknown>;
    if (name === "target-mean") {
      const { options } = readPart(golden.model[i] as Part);
      const live = (entryOf(learnerTypes, name).create(options, context) as Transformer).open(part);
      for (const [group, mean] of Object.entries(values["means"] as Record<string, number>)) {
        near(
          live.transformOne({ names: [options["by"] as string], values: [group] }).values[0],
          mean,
          `mean of ${group}`,
        );
      }
      continue;
    }
    if (name === "gaussian-naive-bayes") {
      compareBayes(part as unknown as BayesState, values as unknown as BayesGolden);
      continue;
    }
    if (name === "softmax-regression") {
      const { labels, byLabel } = part as unknown as {
        labels: string[];
        byLabel: { names: string[]; weights: number[] }[];
      };
      const weightsByLabel = Object.entries(values["weights"] as Record<string, Record<string, number>>);
      expect([...labels].sort()).toEqual(weightsByLabel.map(([label]) => label).sort());
      for (const [label, weights] of weightsByLabel) {
        const own = byLabel[labels.indexOf(label)] as (typeof byLabel)[number];
        compareNamed(own.names, own.weights, weights, `weights of ${label}`);
      }
      continue;
    }
    if (name === "one-hot-encoder") {
      const theirs = Object.entries(values["categories"] as Record<string, string[]>);
      const { dropZeros } = readPart(golden.model[i] as Part).options;
      const names = theirs.flatMap(([text, categories]) => categories.map((category) => `${text}_${category}`));
      expect([...(ours["names"] as string[])].sort()).toEqual(dropZeros ? [] : names.sort());
      continue;
    }
    if (name === "bayesian-linear-regression") {
      const { options } = readPart(golden.model[i] as Part);
      const live = (entryOf(learnerTypes, name).create(options, context) as Predictor).open(part);
      for (const [feature, weight] of Object.entries(values["weights"] as Record<string, number>))
        near(live.predictOne(toVector({ [feature]: 1 })), weight, `weight of ${feature}`, golden.tolerance);
      continue;
    }
    for (const [key, value] of Object.entries(values)) {
      const own = (OWN[key] ?? ((state) => state[key]))(ours);
      if (typeof value === "number") near(own, value, `${name}.${key}`);
      else compareNamed(ours["names"] as string[], own as number[], value as Record<string, number>, `${name}.${key}`);
    }
  }
}

interface BayesState {
  readonly labels: readonly (string | boolean)[];
  readonly counts: readonly number[];
  readonly gaussians: readonly { names: string[]; counts: number[]; means: number[]; squares: number[] }[];
}

interface BayesGolden {
  readonly class_counts: Readonly<Record<string, number>>;
  readonly gaussians: Readonly<Record<string, Record<string, { n: number; mean: number; var: number }>>>;
}

function compareBayes({ labels, counts, gaussians }: BayesState, theirs: BayesGolden): void {
  const names = labels.map((label) => ({ true: "True", false: "False" })[String(label)] ?? String(label));
  compareNamed(names, [...counts], theirs.class_counts, "count");
  for (const [label, byFeature] of Object.entries(theirs.gaussians)) {
    const ours = gaussians[names.indexOf(label)] as BayesState["gaussians"][number];
    for (const [feature, { n, mean, var: variance }] of Object.entries(byFeature)) {
      const at = ours.names.indexOf(feature);
      near(ours.counts[at], n, `n of ${feature}`);
      near(ours.means[at], mean, `mean of ${feature}`);
      near((ours.squares[at] as number) / n, variance, `variance of ${feature}`);
    }
  }
}

function compareNamed(names: string[], values: number[], theirs: Record<string, number>, what: string): void {
  expect([...names].sort()).toEqual(Object.keys(theirs).sort());
  for (const [feature, value] of Object.entries(theirs))
    near(values[names.indexOf(feature)], value, `${what} of ${feature}`);
}

describe("transformers alone: what they hand on before a row is learned is River's", () => {
  test.each(ofKind("transform"))("%s", (_name, golden) => {
    const { name, options } = readPart(golden.model[0] as Part);
    const transformer = entryOf(learnerTypes, name).create(options, context) as Transformer;
    const live = transformer.open(transformer.init());
    const expected = new Map(golden.checkpoints.map((point) => [point.i, point.output as Features]));
    let checked = 0;

    for (const [i, row] of rowsOf(golden.dataset).entries()) {
      const x = toVector(featuresOf(row, golden.dataset));
      const theirs = expected.get(i);
      if (theirs !== undefined) {
        const ours = live.transformOne(x);
        expect([...ours.names].sort()).toEqual(Object.keys(theirs).sort());
        for (const [at, feature] of ours.names.entries())
          near(ours.values[at], theirs[feature] as number, `${feature} of row ${i}`);
        checked++;
      }
      live.learnOne(x, Number(row[golden.dataset.target as string]));
    }

    expect(checked).toBe(golden.checkpoints.length);
  });
});

describe("hashed features are in River's buckets", () => {
  test.each(ofKind("hash"))("%s", (_name, golden) => {
    const { name, options } = readPart(golden.hasher as Part);
    const seeded = { ...options, seed: golden.murmur3_seed };
    const hasher = entryOf(learnerTypes, name).create(seeded, context) as Transformer;

    for (const { input, output } of golden.checkpoints) {
      const { names, values } = hasher.open(hasher.init()).transformOne(toVector(input as Features));

      expect(Object.fromEntries(names.map((bucket, i) => [bucket, values[i]]))).toEqual(output);
    }
  });
});

describe("labels that come late: the stored prediction is scored, the stored features are learned", () => {
  const cases = goldens
    .filter(({ kind }) => kind === "delayed")
    .flatMap((golden) => golden.results.map((result) => [golden.name, result.delay, golden, result.mae] as const));

  test.each(cases)("%s, delay %s", (_name, delay, golden, mae) => {
    const rows = rowsOf(golden.dataset);
    const times = rows.map((row, i) =>
      row["date"] === undefined
        ? i
        : Math.floor((Date.parse(row["date"]) - Date.parse(rows[0]?.["date"] as string)) / 60_000),
    );
    const wait = (row: Row) =>
      delay === "per-row" ? Math.max(0, Math.floor(Number(row["distance"]) / 8) + Number(row["delay"])) : delay;
    const model = fresh(golden.model);
    const metric = createMetric("mae");
    const score = metric.open(metric.init());
    const open: { due: number; x: Vector; y: number; prediction: number }[] = [];
    const answer = (until: number) => {
      open.sort((a, b) => a.due - b.due);
      while (open[0] !== undefined && open[0].due <= until) {
        const { x, y, prediction } = open.shift() as (typeof open)[number];
        score.update(y, prediction);
        model.learnOne(x, y);
      }
    };

    for (const [i, row] of rows.entries()) {
      const now = times[i] as number;
      answer(now);
      const x = toVector(featuresOf(row, golden.dataset));
      const y = Number(row[golden.dataset.target ?? (golden.dataset.truth as string)]);
      open.push({ due: now + wait(row), x, y, prediction: model.predictOne(x) as number });
    }
    answer(Number.POSITIVE_INFINITY);

    near(score.get(), mae, "MAE");
  });
});

/** Metrics by River's name for them, and the columns of truth and prediction that they are of. */
const MEASURED: Readonly<Record<string, readonly [MetricSpec, "number" | "share" | "class"]>> = {
  mae: ["mae", "number"],
  mse: ["mse", "number"],
  rmse: ["rmse", "number"],
  r2: ["r2", "number"],
  smape: ["smape", "number"],
  mae_rolling_10: [{ rolling: "mae", over: 10 }, "number"],
  rmse_rolling_100: [{ rolling: "rmse", over: 100 }, "number"],
  r2_rolling_100: [{ rolling: "r2", over: 100 }, "number"],
  accuracy: ["accuracy", "share"],
  precision: ["precision", "share"],
  recall: ["recall", "share"],
  f1: ["f1", "share"],
  accuracy_rolling_100: [{ rolling: "accuracy", over: 100 }, "share"],
  log_loss: ["log_loss", "share"],
  roc_auc_10: ["roc_auc", "share"],
  roc_auc_50: [{ roc_auc: { thresholds: 50 } }, "share"],
  class_accuracy: ["accuracy", "class"],
  macro_f1: ["macro_f1", "class"],
  micro_f1: ["micro_f1", "class"],
  kappa: ["kappa", "class"],
};

const PAIRS: Readonly<Record<"number" | "share" | "class", (row: Row) => readonly [Target, Prediction]>> = {
  number: (row) => [Number(row["y"]), Number(row["prediction"])],
  share: (row) => [row["label"] === "1", Number(row["proba"])],
  class: (row) => [row["class"] as string, { [row["predicted"] as string]: 1 }],
};

test("metrics, their rolling forms and the P-square quantiles are River's at every checkpoint", () => {
  const golden = goldens.find(({ kind }) => kind === "measure") as Golden;
  const rows = rowsOf(golden.dataset);
  const open = Object.entries(MEASURED).map(([name, [spec, pair]]) => {
    const metric = createMetric(spec);
    return { name, pairOf: PAIRS[pair], live: metric.open(metric.init()) };
  });
  const expected = new Map(golden.checkpoints.map((point) => [point.i, point]));
  const median = fresh(["median-regressor"]);

  for (const [i, row] of rows.entries()) {
    for (const { live, pairOf } of open) live.update(...pairOf(row));
    median.learnOne(toVector({}), Number(row["y"]));
    const point = expected.get(i);
    if (point === undefined) continue;
    for (const { name, live } of open) near(live.get(), point[name] as number, `${name} at row ${i}`);
    near(median.predictOne(toVector({})), point["median_p2"] as number, `median at row ${i}`);
  }

  expect(rows.length).toBe(golden.n);
});

describe("drift: detectors tell it where River does, and their state is River's", () => {
  test.each(ofKind("detect"))("%s", (_name, golden) => {
    const detector = createDetector(golden.detector);
    const live = detector.open(detector.init());
    const expected = new Map((golden.checkpoints ?? []).map((point) => [point.i, point]));
    const detections: number[] = [];
    const warnings: number[] = [];
    const compare = (theirs: object) => {
      const ours = live.close() as unknown as Record<string, number>;
      const own = { ...ours, estimation: (ours["total"] as number) / (ours["width"] as number) } as Record<
        string,
        number
      >;
      for (const [key, value] of Object.entries(theirs)) {
        if (key !== "i") near(own[key.replace(/_./, (two) => two.slice(1).toUpperCase())], value as number, key);
      }
    };

    for (const [i, row] of rowsOf(golden.dataset).entries()) {
      if (live.update(Number(row[golden.dataset.column as string]))) detections.push(i);
      if (live.isWarning) warnings.push(i);
      compare(expected.get(i) ?? {});
    }

    expect(detections).toEqual(golden.detections);
    if (golden.warnings === undefined) expect(warnings).toEqual([]);
    else expect({ count: warnings.length, first: warnings.slice(0, 20) }).toEqual(golden.warnings);
    compare(golden.state ?? {});
  });
});

test("no golden is left out", () => {
  const replayed = ["prequential", "transform", "delayed", "measure", "detect", "hash"].flatMap((kind) =>
    ofKind(kind as Golden["kind"]),
  );

  expect(replayed.length).toBe(goldens.length);
  expect(replayed.length).toBeGreaterThanOrEqual(30);
});
