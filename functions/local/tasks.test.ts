// A classification, through everything: real rows go over HTTP into the broker, through the four functions and into the store;
// the scores are River's for the same rows, a caller is told the class, and a trace tells it again.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lifeOf } from "../admin/life.ts";
import type { Event, Prediction, PredictionData } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import type { InferAnswer } from "../predict/answer.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const fixtures = join(root, "functions/lib/learners/fixtures");

interface Golden {
  readonly model: readonly unknown[];
  readonly n: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: readonly { readonly i: number; readonly prediction: unknown }[];
}

const goldenOf = (name: string) => JSON.parse(readFileSync(join(fixtures, `${name}.json`), "utf8")) as Golden;

const rowsOf = (csv: string) => {
  const [header = "", ...lines] = readFileSync(join(fixtures, csv), "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => Object.fromEntries(line.split(",").map((cell, i) => [names[i] as string, cell])));
};

interface Case {
  readonly csv: string;
  readonly numbers: readonly string[];
  /** Models by name, each with the golden that it is written like. */
  readonly goldens: Readonly<Record<string, string>>;
  readonly target: object;
  readonly type: unknown;
  /** The target's field of a row. */
  truth(label: string): unknown;
  readonly metrics: readonly string[];
  /** Of the tensors of prediction and class. */
  readonly datatypes: readonly [string, string];
  /** The class that a prediction says. */
  classOf(prediction: Prediction): unknown;
  /** What is learned of the target's field. */
  y(truth: unknown): unknown;
}

function pipelineOf(name: string, { numbers, goldens, target, type, metrics }: Case): string {
  const fields = numbers.map((field) => ({ name: field, type: "double" }));
  return JSON.stringify({
    name,
    event: {
      schemas: {
        1: { type: "record", name: "Row", fields: [...fields, { name: "label", type: ["null", type], default: null }] },
      },
    },
    target: { field: "label", ...target },
    labelHorizon: "1d",
    features: numbers.map((from) => ({ from, as: "number" })),
    models: Object.fromEntries(Object.entries(goldens).map(([model, golden]) => [model, goldenOf(golden).model])),
    serve: Object.keys(goldens)[0],
    metrics,
  });
}

const bananas = {
  csv: "bananas.csv",
  numbers: ["x1", "x2"],
  goldens: { logistic: "bananas-logistic-adagrad", bayes: "bananas-gaussian-nb" },
  metrics: ["accuracy", "f1", "precision", "recall", "log_loss"],
  datatypes: ["FP64", "BOOL"] as const,
};

const rbf = {
  csv: "rbf.csv",
  numbers: ["f0", "f1", "f2", "f3"],
  goldens: { bayes: "rbf-gaussian-nb", prior: "rbf-prior" },
  metrics: ["accuracy", "macro_f1", "cross_entropy"],
  datatypes: ["BYTES", "BYTES"] as const,
  classOf: (p: Prediction) => Object.entries(p as object).reduce((best, one) => (one[1] > best[1] ? one : best))[0],
};

const cases: Readonly<Record<string, Case>> = {
  "bananas-boolean": {
    ...bananas,
    target: { task: "binary" },
    type: "boolean",
    truth: (label) => label === "1",
    y: (truth) => truth,
    classOf: (p) => (p as number) > 0.5,
  },
  "bananas-text": {
    ...bananas,
    target: { task: "binary", positive: "ripe", threshold: 0.1 },
    type: "string",
    truth: (label) => (label === "1" ? "ripe" : "raw"),
    y: (truth) => truth === "ripe",
    classOf: (p) => (p as number) > 0.1,
    // River's metrics of classes count at 0.5.
    metrics: ["log_loss"],
  },
  "rbf-text": {
    ...rbf,
    target: { task: "multiclass" },
    type: "string",
    truth: (label) => label,
    y: (truth) => truth,
  },
  "rbf-enum": {
    ...rbf,
    target: { task: "multiclass" },
    type: { type: "enum", name: "Label", symbols: ["c0", "c1", "c2", "c3", "c4"] },
    truth: (label) => label,
    y: (truth) => truth,
  },
  "rbf-numbers": {
    ...rbf,
    // Without the prior: of labels that are equally frequent the smaller number counts, and River's is the first.
    goldens: { bayes: "rbf-gaussian-nb" },
    metrics: ["cross_entropy"],
    target: { task: "multiclass" },
    type: "int",
    truth: (label) => Number(label.slice(1)),
    y: String,
  },
};

const folder = mkdtempSync(join(TEMPORARY, "wadi-tasks-"));
let wadi: LocalWadi;
const made: Event[] = [];

beforeAll(async () => {
  const pipelinesFolder = join(folder, "pipelines");
  mkdirSync(pipelinesFolder);
  for (const [name, one] of Object.entries(cases))
    writeFileSync(join(pipelinesFolder, `${name}.yaml`), pipelineOf(name, one));
  wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder,
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "error",
  });
  wadi.broker.tap((event) => {
    if (event.type === "dev.wadi.prediction.made") made.push(event);
  });
}, 30_000);
afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

async function post(pipeline: string, events: readonly { type: string; id: string; subject: string; data: unknown }[]) {
  const headers = { "content-type": "application/cloudevents-batch+json" };
  const batch = events.map((event) => ({ specversion: "1.0", source: "/rows", pipeline, ...event }));
  const { status } = await fetch(wadi.url, { method: "POST", headers, body: JSON.stringify(batch) });
  expect(status).toBe(202);
}

describe.each(Object.entries(cases))("%s", (name, one) => {
  const rows = rowsOf(one.csv).map((row) => ({
    record: Object.fromEntries(one.numbers.map((field) => [field, Number(row[field])])),
    label: one.truth(row["label"] as string),
  }));

  test("every row is learned once, and the scores are River's within 1e-9", { timeout: 120_000 }, async () => {
    for (let at = 0; at < rows.length; at += 100) {
      const batch = rows.slice(at, at + 100).map(({ record, label }, i) => {
        const id = String(at + i);
        return { type: "dev.wadi.observation", id, subject: id, data: { ...record, label } };
      });
      await post(name, batch);
    }
    await settled(wadi);

    const { state } = await wadi.store.models.load(name);
    const { count, models } = readScores(wadi.pipelines.get(name) as Pipeline, state);
    expect([count, wadi.broker.status().deadLetters]).toEqual([rows.length, 0]);
    for (const [model, golden] of Object.entries(one.goldens)) {
      const { metrics } = goldenOf(golden);
      for (const metric of one.metrics) {
        const ours = models[model]?.metrics[metric] as number;
        expect(Math.abs(ours - (metrics[metric] as number)), `${model}'s ${metric}: ${ours}`).toBeLessThan(1e-9);
      }
    }
  });

  test("a caller is told the class, the event says the same, and a late label is learned and traced", async () => {
    const { record, label } = rows[0] as (typeof rows)[number];
    const request = { method: "POST", body: JSON.stringify({ id: "asked", inputs: record }) };
    const answer = (await (await fetch(`${wadi.url}/v2/models/${name}/infer`, request)).json()) as InferAnswer;
    await settled(wadi);
    await post(name, [{ type: "dev.wadi.label", id: "late", subject: "asked", data: { label } }]);
    await settled(wadi);

    const { datatype, data } = answer.outputs.find((output) => output.name === "class") ?? {};
    const prediction = answer.outputs.find((output) => output.name === "prediction");
    const event = made.find(({ subject, pipeline }) => subject === "asked" && pipeline === name);
    const { value, class: named } = (event as Event<PredictionData>).data as PredictionData;
    expect([prediction?.datatype, datatype]).toEqual(one.datatypes);
    expect(prediction?.data).toEqual([typeof value === "number" ? value : JSON.stringify(value)]);
    expect([named]).toEqual(data);
    expect(named).toBe(one.classOf(value));
    const trace = await lifeOf(
      { store: wadi.store, broker: wadi.broker, alone: false, namesMaySpoil: false },
      wadi.pipelines.get(name) as Pipeline,
      "asked",
    );
    expect(trace.steps.find(({ what }) => what === "predicted")?.detail).toMatch(new RegExp(`said .*, so ${named} `));
    expect(trace.steps.map(({ what }) => what)).toEqual(["observed", "predicted", "labelled", "learned"]);
    expect(trace.y).toBe(one.y(label));
  });
});
