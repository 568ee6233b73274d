// River's numbers, through everything: 5,000 real flights go over HTTP into the broker, through the four functions and
// into the store, with their labels inline, and what was learned is what River learned from the same rows.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readScores } from "../lib/learners/model-set.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const fixtures = join(root, "functions/lib/learners/fixtures");
const folder = mkdtempSync(join(tmpdir(), "wadi-river-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Golden {
  readonly dataset: { readonly features: readonly object[] };
  readonly model: readonly unknown[];
  readonly n: number;
  readonly metrics: { readonly mae: number; readonly rmse: number; readonly r2: number };
  readonly state: readonly Record<string, { weights?: Record<string, number>; intercept?: number }>[];
}

const golden = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as Golden;

/** A pipeline file whose features and model are written just as the golden's are. */
function pipelineFile(name: string, { dataset, model }: Golden): string {
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

const rows = readFileSync(join(fixtures, "flights.csv"), "utf8").trim().split("\n").slice(1);

async function sendAll(wadi: LocalWadi, pipeline: string): Promise<void> {
  for (const [i, row] of rows.entries()) {
    const [date, distance, origin, destination, delay] = row.split(",");
    const response = await fetch(wadi.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "ce-specversion": "1.0",
        "ce-type": "dev.wadi.observation",
        "ce-source": "/flights",
        "ce-id": String(i),
        "ce-subject": `flight-${i}`,
        "ce-pipeline": pipeline,
      },
      body: JSON.stringify({ date, distance: Number(distance), origin, destination, delay: Number(delay) }),
    });
    await response.arrayBuffer();
    expect(response.status).toBe(202);
  }
  await settled(wadi);
}

/** The linear model at the end of the chain, as it is stored. */
function linearState(text: string): { weights: Record<string, number>; intercept: number } {
  const { models } = JSON.parse(text) as ModelSetState;
  const { names, weights, intercept } = (models["river"]?.chain.parts.at(-1)?.state ?? {}) as Linear;
  return { weights: Object.fromEntries(names.map((name, i) => [name, weights[i] as number])), intercept };
}

interface Linear {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  readonly intercept: number;
}

const close = (ours: number, theirs: number) => Math.abs(ours - theirs) <= 1e-9 * Math.max(1, Math.abs(theirs));

test.each(["flights-adagrad", "flights-target-mean"])(
  "%s: errors and weights are River's within 1e-9",
  async (name) => {
    const river = golden(name);
    const pipelines = join(folder, name, "pipelines");
    mkdirSync(pipelines, { recursive: true });
    writeFileSync(join(pipelines, `${name}.yaml`), pipelineFile(name, river));
    const wadi = await startLocal({
      dataFolder: join(folder, name, "data"),
      port: 0,
      pipelinesFolder: pipelines,
      valuesFile: join(root, "helm/values.yaml"),
      logLevel: "error",
    });

    await sendAll(wadi, name);
    const { state } = await wadi.store.models.load(name);
    const { count, models } = readScores(wadi.pipelines.get(name) as Pipeline, state);
    const { deadLetters } = wadi.broker.status();
    await wadi.stop();

    expect([count, deadLetters]).toEqual([river.n, 0]);
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
      expect(close(ours.weights[feature] as number, weight), `${feature}: ${ours.weights[feature]} is ${weight}`).toBe(
        true,
      );
    }
    expect(close(ours.intercept, theirs.intercept)).toBe(true);
  },
  120_000,
);
