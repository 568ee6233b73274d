// Ensembles and adaptive trees beside River's: the same numbers where River draws with our generator, and as good scores where each
// draws with its own. fixtures/README.md says how the files were made.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Prediction, Target } from "../../events/vocabulary.ts";
import { createModel, type OpenModel } from "../chain.ts";
import type { Part, Vector } from "../learner.ts";
import { likeliest } from "../likeliest.ts";
import { createMetric } from "../metrics/index.ts";
import { nearPrediction } from "../river-numbers.contract.ts";
import { toVector } from "../vector.ts";

interface Dataset {
  readonly file: string;
  readonly target: string;
  readonly rows: number;
}

interface Golden {
  readonly name: string;
  readonly dataset: Dataset;
  readonly model: readonly Part[];
  readonly tolerance: number;
  readonly metrics: { readonly accuracy?: number; readonly mae?: number };
  readonly warnings?: number;
  readonly drifts?: number;
  readonly replaced?: number;
  readonly leaves?: number;
  readonly checkpoints: readonly { readonly i: number; readonly prediction: Prediction }[];
}

interface Scores {
  readonly seeds: readonly number[];
  readonly cases: readonly {
    readonly river: string;
    readonly model: readonly Part[];
    readonly dataset: Dataset;
    readonly score: "accuracy" | "r2";
    readonly scores: readonly number[];
  }[];
}

interface Row {
  readonly x: Vector;
  readonly y: string;
}

const own = join(import.meta.dirname, "fixtures");
const shared = join(import.meta.dirname, "..", "fixtures");
const isShared = new Set(readdirSync(shared));
const readJson = <T>(file: string) => JSON.parse(readFileSync(join(own, file), "utf8")) as T;

function rowsOf({ file, target, rows }: Dataset): Row[] {
  const [head = "", ...lines] = readFileSync(join(isShared.has(file) ? shared : own, file), "utf8")
    .trim()
    .split("\n");
  const columns = head.split(",");
  return lines.slice(0, rows).map((line) => {
    const cells = line.split(",").map((cell, i) => [columns[i] as string, cell] as const);
    const x = cells.filter(([name, cell]) => name !== target && cell !== "");
    const [, y = ""] = cells.find(([name]) => name === target) ?? [];
    return { x: toVector(Object.fromEntries(x.map(([name, cell]) => [name, Number(cell)]))), y };
  });
}

function fresh(parts: readonly Part[]): OpenModel {
  const model = createModel(parts, { isIndicator: () => false });
  return model.open(model.init());
}

/** The share of right labels, or R2, each example predicted before it is learned. */
function scoreOf(score: "accuracy" | "r2", live: OpenModel, rows: readonly Row[]): number {
  const metric = createMetric(score);
  const open = metric.open(metric.init());
  for (const { x, y } of rows) {
    const truth: Target = score === "r2" ? Number(y) : y;
    const prediction = live.predictOne(x);
    if (prediction !== null) open.update(truth, prediction);
    live.learnOne(x, truth);
  }
  return open.get() as number;
}

interface Kept {
  readonly trees?: readonly { readonly warnings: number; readonly drifts: number }[];
  readonly members?: readonly { readonly replaced: number }[];
  readonly nodes?: readonly object[];
}

const totalOf = (numbers: readonly number[] | undefined) => numbers?.reduce((a, b) => a + b, 0);

describe("on the random numbers that River was given, predictions, warnings and drifts are River's", () => {
  const goldens = readdirSync(own)
    .filter((file) => file.endsWith(".json") && file !== "scores.json")
    .map((file) => readJson<Golden>(file));

  test("there are some of each", () => {
    expect(goldens.map(({ name }) => name.split("-")[0]).sort()).toEqual([
      "adaptive",
      "bagging",
      "bagging",
      "forest",
      "forest",
      "forest",
      "forest",
    ]);
  });

  test.each(goldens.map((golden) => [golden.name, golden] as const))("%s", (_name, golden) => {
    const rows = rowsOf(golden.dataset);
    const live = fresh(golden.model);
    const expected = new Map(golden.checkpoints.map(({ i, prediction }) => [i, prediction]));
    let right = 0;
    let error = 0;

    for (const [i, { x, y }] of rows.entries()) {
      const prediction = live.predictOne(x);
      const theirs = expected.get(i);
      if (theirs !== undefined) nearPrediction(prediction, theirs, `prediction of row ${i}`, golden.tolerance);
      if (typeof prediction === "number") error += Math.abs(prediction - Number(y)) / rows.length;
      else if (prediction !== null && likeliest(prediction) === y) right++;
      live.learnOne(x, golden.metrics.mae === undefined ? y : Number(y));
    }

    // Of two labels that are as likely but for the last digit either may be said.
    const apart = Math.abs(right - (golden.metrics.accuracy ?? 0) * rows.length);
    if (golden.metrics.mae === undefined) expect(apart).toBeLessThan(1.5);
    else expect(error).toBeCloseTo(golden.metrics.mae, 6);
    const { trees, members, nodes } = (live.close().parts.at(-1) as { readonly state: unknown }).state as Kept;
    expect(totalOf(trees?.map(({ warnings }) => warnings))).toBe(golden.warnings);
    expect(totalOf(trees?.map(({ drifts }) => drifts))).toBe(golden.drifts);
    expect(totalOf(members?.map(({ replaced }) => replaced))).toBe(golden.replaced);
    if (golden.leaves !== undefined) expect(nodes?.filter((node) => "depth" in node).length).toBe(golden.leaves);
  });
});

describe("with random numbers of its own, the mean score of five seeds is no more than a point below River's", () => {
  const { seeds, cases } = readJson<Scores>("scores.json");

  test.each(cases.map((one) => [`${one.river} on ${one.dataset.file}`, one] as const))("%s", (_name, one) => {
    const rows = rowsOf(one.dataset);
    const [name = "", options = {}] = Object.entries(one.model.at(-1) as object)[0] as [string, object];
    const chainOf = (seed: number) => [...one.model.slice(0, -1), { [name]: { ...options, seed } }];

    const scores = seeds.map((seed) => scoreOf(one.score, fresh(chainOf(seed)), rows));

    const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b / numbers.length, 0);
    expect(mean(scores)).toBeGreaterThan(mean(one.scores) - 0.01);
  });
});
