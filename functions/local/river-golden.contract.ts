// What River learned from the first 5,000 flights (functions/lib/learners/fixtures), the pipeline that is written the same
// way, and whether a Wadi that was sent them has the same scores and weights.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { readScores } from "../lib/learners/model-set.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { LocalWadi } from "./start.ts";

const fixtures = join(import.meta.dirname, "../lib/learners/fixtures");

export const FLIGHTS_CSV = join(fixtures, "flights.csv");

interface Golden {
  readonly dataset: { readonly features: readonly object[] };
  readonly model: readonly unknown[];
  readonly n: number;
  readonly metrics: { readonly mae: number; readonly rmse: number; readonly r2: number };
  readonly state: readonly Record<string, { weights?: Record<string, number>; intercept?: number }>[];
}

const golden = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as Golden;

/** A pipeline file whose features and model are written just as the golden's are. */
export function riverPipeline(name: string): string {
  const { dataset, model } = golden(name);
  return JSON.stringify({
    name,
    event: {
      schemas: {
        1: {
          type: "record",
          name: "Flight",
          fields: [
            { name: "date", type: { type: "long", logicalType: "timestamp-millis" } },
            { name: "distance", type: "double" },
            { name: "origin", type: "string" },
            { name: "destination", type: "string" },
            { name: "delay", type: ["null", "double"], default: null },
          ],
        },
      },
      time: "date",
    },
    target: { field: "delay", task: "regression" },
    labelHorizon: "7d",
    features: dataset.features,
    models: { river: model },
    serve: "river",
    metrics: ["mae", "rmse", "r2"],
  });
}

interface Linear {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly intercept: number;
}

/** The linear model at the end of the chain, as it is stored. */
function linearState(text: string): { weights: Record<string, number>; intercept: number } {
  const { models } = JSON.parse(text) as ModelSetState;
  const { names, weights, intercept } = (models["river"]?.chain.parts.at(-1)?.state ?? {}) as Linear;
  return { weights: Object.fromEntries(names.map((name, i) => [name, weights[i] as number])), intercept };
}

const close = (ours: number, theirs: number) => Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs));

/** Once all is handled: each row learned once, in the order of the file, with River's errors and weights within 1e-9. */
export async function expectRiversNumbers(wadi: LocalWadi, name: string): Promise<void> {
  const river = golden(name);
  const { state } = await wadi.store.models.load(name);
  const { count, models } = readScores(wadi.pipelines.get(name) as Pipeline, state);

  expect([count, wadi.broker.status().deadLetters]).toEqual([river.n, 0]);
  const { mae, rmse, r2 } = (models["river"]?.metrics ?? {}) as Record<string, number>;
  for (const [ours, theirs] of [
    [mae, river.metrics.mae],
    [rmse, river.metrics.rmse],
    [r2, river.metrics.r2],
  ]) {
    expect(close(ours as number, theirs as number), `${ours} is ${theirs}`).toBe(true);
  }
  const theirs = river.state.at(-1)?.["linear-regression"] as { weights: Record<string, number>; intercept: number };
  const ours = linearState(state);
  expect(Object.keys(ours.weights).sort()).toEqual(Object.keys(theirs.weights).sort());
  for (const [feature, weight] of Object.entries(theirs.weights)) {
    const own = ours.weights[feature] as number;
    expect(close(own, weight), `${feature}: ${own} is ${weight}`).toBe(true);
  }
  expect(close(ours.intercept, theirs.intercept)).toBe(true);
}
