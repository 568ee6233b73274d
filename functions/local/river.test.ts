// River's numbers, through everything: 5,000 real flights go over HTTP into the broker, each in a request of its own, through the
// four functions and into the store, and what was learned is what River learned from the same rows. In batches, and with
// another chain: cli/emit/river.test.ts.

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
