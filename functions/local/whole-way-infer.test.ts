// The whole way of an observation that a caller waits for: asked with an id, answered at once, and from then on like any
// other: predicted as it was answered, joined with its label, learned once.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { observationKey } from "../lib/events/identity.ts";
import type { Event, ExampleData, PredictionData } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import type { InferAnswer } from "../predict/answer.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const record = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };

let folder: string;
let wadi: LocalWadi | undefined;
let seen: Event[];

beforeEach(() => {
  folder = mkdtempSync(join(TEMPORARY, "wadi-infer-"));
});

afterEach(async () => {
  await wadi?.stop();
  wadi = undefined;
  rmSync(folder, { recursive: true });
});

async function start(): Promise<LocalWadi> {
  const started = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
  wadi = started;
  seen = [];
  started.broker.tap((event) => seen.push(event));
  return started;
}

async function ask({ url }: LocalWadi, request: object) {
  const response = await fetch(`${url}/v2/models/flights/infer`, { method: "POST", body: JSON.stringify(request) });
  return { status: response.status, body: (await response.json()) as InferAnswer & { code?: string; error?: string } };
}

async function send({ url }: LocalWadi, type: string, id: string, subject: string, data: object): Promise<void> {
  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-source": "/airport",
    "ce-pipeline": "flights",
    "ce-type": `dev.wadi.${type}`,
    "ce-id": id,
    "ce-subject": subject,
  };
  const { status } = await fetch(url, { method: "POST", headers, body: JSON.stringify(data) });
  expect(status).toBe(202);
}

/** Twenty flights with their delays, so that the models have something to say. */
async function taught(here: LocalWadi, name = "taught"): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await send(here, "observation", `${name}-${i}`, `${name}-${i}`, { ...record, distance: 100 * i, delay: i });
  }
  await settled(here);
}

async function scores({ store, pipelines }: LocalWadi) {
  return readScores(pipelines.get("flights") as Pipeline, (await store.models.load("flights")).state);
}

const dataOf = <T>(type: string) => seen.findLast((event) => event.type === `dev.wadi.${type}`)?.data as T;
const output = ({ outputs }: InferAnswer, name: string) => outputs.find((each) => each.name === name)?.data[0];

test("the event's own way says what was answered, and a late label is scored on it and learned", async () => {
  const here = await start();
  await taught(here);

  const { body } = await ask(here, { id: "flight-1", inputs: record });
  await taught(here, "meanwhile");

  const prediction = dataOf<PredictionData>("prediction.made");
  const made = seen.filter(({ type, subject }) => type === "dev.wadi.prediction.made" && subject === "flight-1");
  expect(made.map(({ data }) => data)).toEqual([
    {
      set: "flights",
      value: output(body, "prediction"),
      model: output(body, "champion"),
      generation: output(body, "generation"),
      version: output(body, "version"),
      values: Object.fromEntries(["linear", "mean", "median"].map((model) => [model, output(body, `model:${model}`)])),
      stalenessMs: (body as { parameters: { staleness_ms: number } }).parameters.staleness_ms,
    },
  ]);
  expect(prediction.version).toBeGreaterThan(Number(output(body, "version")));
  const { count, scoredOnServed } = await scores(here);

  await send(here, "label", "arrival", "flight-1", { delay: 12 });
  await settled(here);

  const { x, served, y } = dataOf<ExampleData>("example.labelled");
  const features = seen.find(({ type, subject }) => type.endsWith("features.extracted") && subject === "flight-1");
  expect(features?.data).toMatchObject({ x });
  expect(y).toBe(12);
  expect(made[0]?.data).toMatchObject({ values: served?.values });
  const after = await scores(here);
  expect([after.count - count, after.scoredOnServed - scoredOnServed]).toEqual([1, 1]);
  expect(here.broker.status().deadLetters).toBe(0);
});

test("asked twice with its target it is learned once", async () => {
  const here = await start();
  await taught(here);
  const request = { id: "flight-1", inputs: { ...record, delay: 12 } };

  const first = await ask(here, request);
  await settled(here);
  const second = await ask(here, request);
  await settled(here);

  expect(second).toEqual(first);
  expect((await scores(here)).count).toBe(21);
  expect(here.broker.status().deadLetters).toBe(0);
});

test("each row of a batch has a label of its own", async () => {
  const here = await start();

  const { body } = await ask(here, { id: "day", inputs: [record, { ...record, origin: "LAX" }] });
  const second = String(body.outputs.find(({ name }) => name === "subject")?.data[1]);
  await send(here, "label", "arrival", second, { delay: 12 });
  await settled(here);

  expect(second).toBe("day/1");
  expect(dataOf<ExampleData>("example.labelled").x).toHaveProperty("origin_LAX");
  expect(await here.store.joins.counts("flights")).toMatchObject({ opened: 2, joined: 1 });
});

test("a subject belongs to whoever brought it first, caller or event", async () => {
  const here = await start();
  await send(here, "observation", "1", "event", record);
  await settled(here);
  await ask(here, { id: "caller", inputs: record });

  const { status, body } = await ask(here, { id: "event", inputs: record });
  await send(here, "observation", "2", "caller", record);
  await settled(here);

  expect([status, body.code]).toEqual([422, "subject-taken"]);
  expect(body.error).toContain("/airport");
  expect((await here.broker.deadLetters.list({ limit: 10 })).map(({ reason }) => reason)).toEqual(["subject-taken"]);
});

test.each(["observed", "served", "published"])(
  "killed when it is %s, the same request again heals it: one observation, one prediction, learned once",
  async (point) => {
    const first = await start();
    await taught(first);
    const { version } = await first.store.models.head("flights");
    await first.stop();
    const request = { id: "flight-1", inputs: record };
    const program = join(root, "functions/local/fixtures/asked-and-killed.ts");
    const child = spawn(process.execPath, [program, folder, point, JSON.stringify(request)], { stdio: "inherit" });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    const here = await start();
    // What was learned since must not show in the answer where one had been stored.
    await taught(here, "meanwhile");

    const { status, body } = await ask(here, request);
    await settled(here);
    await send(here, "label", "arrival", "flight-1", { delay: 12 });
    await settled(here);

    expect([status, output(body, "version")]).toEqual([200, point === "observed" ? expect.any(Number) : version]);
    const made = seen.filter(({ type, subject }) => type === "dev.wadi.prediction.made" && subject === "flight-1");
    expect(new Set(made.map(({ data }) => (data as PredictionData).value))).toEqual(
      new Set([output(body, "prediction")]),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(dataOf<ExampleData>("example.labelled").served?.version).toBe(output(body, "version"));
    expect((await scores(here)).count).toBe(41);
    const stored = await here.store.joins.read("flights", observationKey("flights", "flight-1"));
    expect(stored?.observation).toMatchObject({ source: "/wadi/flights/infer", id: "flight-1" });
    expect(here.broker.status().deadLetters).toBe(0);
  },
  30_000,
);
