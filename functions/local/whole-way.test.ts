// Read this first: the whole way of an event, with nothing left out and nothing played. One process, one folder, HTTP
// in, the store and the journal on disk.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Event, PredictionData } from "../lib/events/vocabulary.ts";
import { readScores } from "../lib/learners/model-set.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");

let folder: string;
let wadi: LocalWadi;
let seen: Event[];

beforeEach(async () => {
  folder = mkdtempSync(join(TEMPORARY, "wadi-"));
  await start();
});

afterEach(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  wadi = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
  seen = [];
  wadi.broker.tap((event) => seen.push(event));
}

/** A departure, as a client sends it. */
function flight(id: string, fields: object = {}) {
  const data = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS", ...fields };
  return send({ "ce-type": "dev.wadi.observation", "ce-id": id, "ce-subject": id }, data);
}

/** Its truth, minutes late. */
function arrival(subject: string, delay: number, id = `${subject}-arrival`) {
  return send({ "ce-type": "dev.wadi.label", "ce-id": id, "ce-subject": subject }, { delay });
}

async function send(headers: Record<string, string>, data: object): Promise<number> {
  const response = await fetch(wadi.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-source": "/airport",
      "ce-pipeline": "flights",
      ...headers,
    },
    body: JSON.stringify(data),
  });
  return response.status;
}

/** Until every trigger has handled all that is in the log. */
async function scores() {
  const { state, version } = await wadi.store.models.load("flights");
  return { version, ...readScores(wadi.pipelines.get("flights") as Pipeline, state) };
}

const types = () => seen.map(({ type }) => type.replace("dev.wadi.", ""));

test("an observation is predicted when it comes and learned when its label comes", async () => {
  expect(await flight("flight-1")).toBe(202);
  await settled(wadi);
  expect(types()).toEqual(["observation", "observation.validated", "features.extracted", "prediction.made"]);
  expect((await scores()).count).toBe(0);

  expect(await arrival("flight-1", 12)).toBe(202);
  await settled(wadi);

  expect(types().slice(4)).toEqual(["label", "label.validated", "example.labelled", "model.updated"]);
  const { version, count, scoredOnServed, models } = await scores();
  expect({ version, count, scoredOnServed }).toEqual({ version: 1, count: 1, scoredOnServed: 1 });
  // The model knew nothing and said 0 minutes: the error is the whole delay.
  expect(models["linear"]?.metrics["mae"]).toBe(12);
});

test("an observation that bears its label is learned at once", async () => {
  await flight("flight-1", { delay: 12 });
  await settled(wadi);

  expect((await scores()).count).toBe(1);
  expect((await wadi.store.joins.counts("flights")).joined).toBe(1);
});

test("a label that overtakes its observation waits for it", async () => {
  await arrival("flight-1", 12);
  await settled(wadi);
  expect((await scores()).count).toBe(0);

  await flight("flight-1");
  await settled(wadi);

  expect((await scores()).count).toBe(1);
});

test("whatever a client sends twice is learned once, and predicted the same twice", async () => {
  for (const _time of [1, 2]) {
    await flight("flight-1");
    await settled(wadi);
    await arrival("flight-1", 12);
    await settled(wadi);
  }

  expect((await scores()).count).toBe(1);
  expect(await wadi.store.models.learnedCount("flights")).toBe(1);
  const [first, second] = seen.filter(({ type }) => type === "dev.wadi.prediction.made");
  expect([second?.id, second?.source, second?.data]).toEqual([first?.id, first?.source, first?.data]);
  expect(wadi.broker.status().deadLetters).toBe(0);
});

test("one observation can be followed through all its events by one id", async () => {
  await flight("flight-1");
  await settled(wadi);

  const derived = seen.slice(1);
  expect(new Set(derived.map(({ id }) => id)).size).toBe(1);
  expect(derived.map(({ source }) => source)).toEqual([
    "/wadi/flights/validate",
    "/wadi/flights/featurize",
    "/wadi/flights/predict",
  ]);
  expect(derived.every(({ subject }) => subject === "flight-1")).toBe(true);
});

test("what cannot be right is a dead letter with the reason, and what follows is learned", async () => {
  expect(await flight("bad", { distance: "far" })).toBe(202);
  await flight("flight-1", { delay: 12 });
  await settled(wadi);

  const [letter] = await wadi.broker.deadLetters.list({ limit: 10 });
  expect(letter?.reason).toBe("schema");
  expect(letter?.event).toMatchObject({ id: "bad", knativeerrorcode: "422" });
  expect(Buffer.from(String(letter?.event["knativeerrordata"]), "base64").toString()).toContain("distance");
  expect((await scores()).count).toBe(1);
});

test("two sources with one subject: the second is refused aloud", async () => {
  await flight("flight-1");
  await send(
    { "ce-type": "dev.wadi.observation", "ce-id": "9", "ce-source": "/other", "ce-subject": "flight-1" },
    {
      date: 0,
      distance: 1,
      origin: "A",
      destination: "B",
    },
  );
  await settled(wadi);

  expect((await wadi.broker.deadLetters.list({ limit: 10 })).map(({ reason }) => reason)).toEqual(["subject-taken"]);
});

test("a second and different label is not learned", async () => {
  await flight("flight-1");
  await arrival("flight-1", 12, "first");
  await arrival("flight-1", 99, "second");
  await settled(wadi);

  const { count, models } = await scores();
  expect([count, models["mean"]?.metrics["mae"]]).toEqual([1, 12]);
  expect(await (await fetch(`${wadi.url}/metrics`)).text()).toContain('outcome="conflict"} 1');
});

test("after a restart all is as it was, and goes on", async () => {
  await flight("flight-1", { delay: 12 });
  await flight("flight-2");
  await settled(wadi);
  await wadi.stop();
  await start();

  await arrival("flight-2", 20);
  await settled(wadi);

  const { count, version } = await scores();
  expect([count, version]).toEqual([2, 2]);
});

test("a caller who waits gets the prediction that an event would have got", async () => {
  for (let i = 0; i < 20; i++) await flight(`flight-${i}`, { delay: i });
  await settled(wadi);
  const record = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };

  const response = await fetch(`${wadi.url}/v2/models/flights/infer`, {
    method: "POST",
    body: JSON.stringify({ inputs: record }),
  });
  await flight("asked");
  await settled(wadi);

  const { outputs, model_version } = (await response.json()) as {
    outputs: { name: string; data: number[] }[];
    model_version: string;
  };
  const event = seen.filter(({ type }) => type === "dev.wadi.prediction.made").at(-1)?.data as PredictionData;
  expect(event.value).not.toBeNull();
  expect(outputs.find(({ name }) => name === "prediction")?.data).toEqual([event.value]);
  expect(model_version).toBe(String(event.version));
});

test("two processes cannot share a data folder", async () => {
  await expect(start()).rejects.toThrow(/used by another Wadi process/);
});
