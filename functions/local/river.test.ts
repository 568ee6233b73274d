// River's numbers, through everything: 5,000 real flights go over HTTP into the broker, the first each in a request of its own, the
// others in batches, through the four functions and into the store, and what was learned is what River learned from the same rows.
// By the command, and with another chain: cli/emit/river.test.ts.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { expectRiversNumbers, FLIGHTS_CSV, riverPipeline } from "./river-golden.contract.ts";
import { type LocalWadi, startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(TEMPORARY, "wadi-river-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = readFileSync(FLIGHTS_CSV, "utf8").trim().split("\n").slice(1);

const SINGLE_ROWS = 500;
const BATCH_ROWS = 100;

async function sendAll(wadi: LocalWadi, pipeline: string): Promise<void> {
  const events = rows.map((row, i) => {
    const [date, distance, origin, destination, delay] = row.split(",");
    return {
      specversion: "1.0",
      type: "dev.wadi.observation",
      source: "/flights",
      id: String(i),
      subject: `flight-${i}`,
      pipeline,
      data: { date, distance: Number(distance), origin, destination, delay: Number(delay) },
    };
  });
  for (const event of events.slice(0, SINGLE_ROWS)) await post(wadi.url, "application/cloudevents+json", event);
  for (let at = SINGLE_ROWS; at < events.length; at += BATCH_ROWS) {
    await post(wadi.url, "application/cloudevents-batch+json", events.slice(at, at + BATCH_ROWS));
  }
  await settled(wadi);
}

async function post(url: string, contentType: string, body: unknown): Promise<void> {
  const headers = { "content-type": contentType };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  await response.arrayBuffer();
  expect(response.status).toBe(202);
}

test("flights-adagrad: errors and weights are River's within 1e-9", { timeout: 120_000 }, async () => {
  const name = "flights-adagrad";
  const pipelines = join(folder, "pipelines");
  mkdirSync(pipelines, { recursive: true });
  writeFileSync(join(pipelines, `${name}.yaml`), riverPipeline(name));
  const wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder: pipelines,
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "error",
  });

  await sendAll(wadi, name);
  await expectRiversNumbers(wadi, name);
  await wadi.stop();
});
