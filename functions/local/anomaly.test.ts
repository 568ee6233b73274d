// An anomaly task, through everything: real rows go over HTTP into the broker, through the four functions and into the store. The
// trees are River's, and so are scores, alarms and metrics.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lifeOf } from "../admin/life.ts";
import type { Event, PredictionData } from "../lib/events/vocabulary.ts";
import { encode } from "../lib/learners/float64s.ts";
import { createModelSet, readScores } from "../lib/learners/model-set.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import type { InferAnswer } from "../predict/answer.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const learners = join(root, "functions/lib/learners");

interface Golden {
  readonly options: { readonly nTrees: number; readonly height: number; readonly windowSize: number };
  readonly quantile: number;
  readonly positive: string;
  readonly n: number;
  /** Of each tree, node by node: feature and threshold. */
  readonly trees: readonly (readonly (readonly [string, number])[])[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: readonly { i: number; score: number; threshold: number | null; alarm: boolean }[];
}

const golden = JSON.parse(
  readFileSync(join(learners, "anomaly/fixtures/half-space-trees-alarm.json"), "utf8"),
) as Golden;
const NAMES = ["f0", "f1", "f2", "f3"];
const rows = readFileSync(join(learners, "fixtures/rbf.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => {
    const cells = line.split(",");
    const record = Object.fromEntries(NAMES.map((name, i) => [name, Number(cells[i])]));
    return { record, label: cells[4] as string };
  });

/** `field`: whether labels may come. */
function pipelineOf(name: string, field: boolean): string {
  const fields = NAMES.map((feature) => ({ name: feature, type: "double" }));
  const label = { name: "label", type: ["null", "string"], default: null };
  const alarm = golden.quantile;
  return JSON.stringify({
    name,
    event: { schemas: { 1: { type: "record", name: "Row", fields: field ? [...fields, label] : fields } } },
    target: field ? { task: "anomaly", field: "label", positive: golden.positive, alarm } : { task: "anomaly", alarm },
    ...(field && { labelHorizon: "1d" }),
    features: NAMES.map((from) => ({ from, as: "number" })),
    models: { forest: [{ "half-space-trees": golden.options }] },
    metrics: [...(field ? ["roc_auc", "precision", "recall", "f1"] : []), "alarm_rate", "mean_score"],
  });
}

const pipelines = { inline: true, late: true, unlabelled: false };
const folder = mkdtempSync(join(TEMPORARY, "wadi-anomaly-"));
let wadi: LocalWadi;
const made: Event<PredictionData>[] = [];

beforeAll(async () => {
  const pipelinesFolder = join(folder, "pipelines");
  mkdirSync(pipelinesFolder);
  for (const [name, field] of Object.entries(pipelines)) {
    writeFileSync(join(pipelinesFolder, `${name}.yaml`), pipelineOf(name, field));
  }
  const valuesFile = join(root, "helm/values.yaml");
  wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder,
    valuesFile,
    logLevel: "error",
  });
  for (const name of Object.keys(pipelines)) await plantTrees(wadi.pipelines.get(name) as Pipeline);
  wadi.broker.tap((event) => {
    if (event.type === "dev.wadi.prediction.made") made.push(event as Event<PredictionData>);
  });
}, 30_000);
afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

/** Commits River's trees, with nothing learned: ours would be drawn by another generator. */
async function plantTrees(pipeline: Pipeline): Promise<void> {
  const { models } = wadi.store;
  const revision = await models.pipelineRevision(pipeline.name, pipeline.digest);
  const state = createModelSet(pipeline).init(revision);
  const forest = state.models["forest"] as ModelSetState["models"][string];
  const [part] = forest.chain.parts;
  const inner = golden.trees.flat();
  const { nTrees, height } = golden.options;
  const zeros = new Array<number>(nTrees * (2 ** (height + 1) - 1)).fill(0);
  const trees = {
    ...part?.state,
    names: NAMES,
    features: inner.map(([feature]) => NAMES.indexOf(feature)),
    window: encode(Float64Array.from(inner.map(([, threshold]) => threshold))),
    masses: zeros,
    counts: zeros,
  };
  const planted = {
    ...state,
    models: { forest: { ...forest, chain: { ...forest.chain, parts: [{ ...part, state: trees }] } } },
  };
  const { generation, revision: expectedRevision } = await models.load(pipeline.name);
  const { outcome } = await models.commit(pipeline.name, {
    generation,
    expectedRevision,
    revision: "planted",
    state: JSON.stringify(planted),
    history: JSON.stringify({ time: 0, count: 0, metrics: {} }),
    ids: [],
  });
  expect(outcome).toBe("committed");
}

interface Sent {
  readonly type: "dev.wadi.observation" | "dev.wadi.label";
  readonly id: string;
  readonly subject: string;
  readonly data: unknown;
}

async function post(pipeline: string, events: readonly Sent[]) {
  const headers = { "content-type": "application/cloudevents-batch+json" };
  for (let at = 0; at < events.length; at += 100) {
    const batch = events
      .slice(at, at + 100)
      .map((event) => ({ specversion: "1.0", source: "/rows", pipeline, ...event }));
    const { status } = await fetch(wadi.url, { method: "POST", headers, body: JSON.stringify(batch) });
    expect(status).toBe(202);
  }
  await settled(wadi);
}

const observations = (labelled: boolean) =>
  rows.map(({ record, label }, i): Sent => {
    const data = labelled ? { ...record, label } : record;
    return { type: "dev.wadi.observation", id: String(i), subject: String(i), data };
  });
const labels = (delivery: string) =>
  rows.map(({ label }, i): Sent => {
    return { type: "dev.wadi.label", id: `${delivery}-${i}`, subject: String(i), data: { label } };
  });

async function stateOf(name: string) {
  const { state } = await wadi.store.models.load(name);
  const { onlyScored } = JSON.parse(state) as ModelSetState;
  return { onlyScored, ...readScores(wadi.pipelines.get(name) as Pipeline, state) };
}

async function traceOf(name: string, subject: string) {
  const sources = { store: wadi.store, broker: wadi.broker, alone: false, namesMaySpoil: false };
  return lifeOf(sources, wadi.pipelines.get(name) as Pipeline, subject);
}

function near(ours: number | undefined, theirs: number, what: string): void {
  expect(Math.abs((ours as number) - theirs), `${what}: ${ours}`).toBeLessThan(1e-9);
}

const ids = (name: string) => wadi.store.models.learnedCount(name);

describe("observations that bear their labels", () => {
  test("are each scored and learned once, sent twice or not, with River's scores", { timeout: 120_000 }, async () => {
    await post("inline", observations(true));
    await post("inline", observations(true));

    const { count, models } = await stateOf("inline");
    expect([count, await ids("inline"), wadi.broker.status().deadLetters]).toEqual([golden.n, golden.n, 0]);
    expect(models["forest"]?.n).toBe(golden.n);
    for (const [metric, value] of Object.entries(golden.metrics)) {
      near(models["forest"]?.metrics[metric], value, metric);
    }
  });
});

describe("observations without labels", () => {
  test("are learned as they come, and what is said of each is a score and whether it is an alarm", {
    timeout: 120_000,
  }, async () => {
    await post("unlabelled", observations(false));

    const { count, models } = await stateOf("unlabelled");
    const metrics = models["forest"]?.metrics;
    expect([count, await ids("unlabelled")]).toEqual([golden.n, golden.n]);
    expect(Object.keys(metrics ?? {})).toEqual(["alarm_rate", "mean_score"]);
    near(metrics?.["alarm_rate"], golden.metrics["alarm_rate"] as number, "alarm_rate");
    near(metrics?.["mean_score"], golden.metrics["mean_score"] as number, "mean_score");
    const said = made.filter(({ pipeline }) => pipeline === "unlabelled").map(({ data }) => data as PredictionData);
    expect(said.length).toBe(golden.n);
    for (const { value, alarm } of said) {
      const { score = 0, threshold = Number.POSITIVE_INFINITY } = value as Record<string, number>;
      expect(alarm).toBe(score >= threshold);
    }
  });

  test("a caller is told the score and the alarm, and a trace ends with what was learned", async () => {
    const request = { method: "POST", body: JSON.stringify({ id: "asked", inputs: rows[0]?.record }) };
    const answer = (await (await fetch(`${wadi.url}/v2/models/unlabelled/infer`, request)).json()) as InferAnswer;
    await settled(wadi);

    const said = Object.fromEntries(answer.outputs.map(({ name, datatype, data }) => [name, [datatype, data[0]]]));
    const event = made.find(({ subject }) => subject === "asked")?.data as PredictionData;
    const { score, threshold = 0 } = event.value as Record<string, number>;
    expect(said["prediction"]).toEqual(["FP64", score]);
    expect(said["alarm"]).toEqual(["BOOL", event.alarm]);
    expect(event.alarm).toBe((score as number) >= threshold);
    const { steps, state, labelUntil } = await traceOf("unlabelled", "asked");
    expect([state, labelUntil]).toEqual(["learned", undefined]);
    expect(steps.map(({ what }) => what)).toEqual(["observed", "predicted", "learned"]);
    expect(steps[1]?.detail).toMatch(/^forest said score 0\.\d+, threshold 0\.\d+, (an|no) alarm \(version \d+\)$/);
  });

  test("a label is a dead letter with its cure, since the target has no field for it", async () => {
    await post("unlabelled", [{ type: "dev.wadi.label", id: "odd", subject: "0", data: { label: "c3" } }]);

    const [letter] = await wadi.broker.deadLetters.list({ subject: "0", limit: 1 });
    expect(letter?.reason).toBe("schema");
    expect((await stateOf("unlabelled")).onlyScored).toBeUndefined();
  });
});

describe("labels that come late", () => {
  test("change scores alone, once each, and are scored on what was served", { timeout: 120_000 }, async () => {
    await post("late", observations(false));
    const before = JSON.parse((await wadi.store.models.load("late")).state) as ModelSetState;
    await post("late", labels("first"));
    await post("late", labels("first"));
    await post("late", labels("other")); // another event with the same label

    const after = JSON.parse((await wadi.store.models.load("late")).state) as ModelSetState;
    const { chain, alarm, n } = after.models["forest"] as ModelSetState["models"][string];
    expect({ chain, alarm, n }).toEqual({
      chain: before.models["forest"]?.chain,
      alarm: before.models["forest"]?.alarm,
      n: golden.n,
    });
    expect([after.count, after.onlyScored, after.scoredOnServed]).toEqual([golden.n, golden.n, golden.n]);
    expect(await ids("late")).toBe(2 * golden.n);
    const served = made
      .filter(({ pipeline }) => pipeline === "late")
      .map(({ subject, data }) => [subject, data] as const);
    const alarms = new Map(
      served.map(([subject, data]) => [subject as string, (data as PredictionData).alarm === true]),
    );
    const raised = rows.filter((_, i) => alarms.get(String(i)));
    const right = raised.filter(({ label }) => label === golden.positive);
    expect(raised.length).toBeGreaterThan(0);
    const metrics = (await stateOf("late")).models["forest"]?.metrics;
    near(metrics?.["precision"], right.length / raised.length, "precision");
    // Scores of observations are River's: labels did not teach.
    near(metrics?.["alarm_rate"], golden.metrics["alarm_rate"] as number, "alarm_rate");
  });

  test("a trace tells that the label scores, and that the observation was learned", async () => {
    const { steps, state, y } = await traceOf("late", "7");

    expect([state, y]).toEqual(["learned", rows[7]?.label === golden.positive]);
    expect(steps.find(({ what }) => what === "labelled")?.detail).toMatch(/it scores the models, and is not learned/);
  });
});
