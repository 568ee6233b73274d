// The shipped examples of classification, streamed by the command that their pipeline files name: the scores are River's.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readScores } from "../../lib/learners/model-set.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { HOME } from "../../lib/program.ts";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";

type Scores = Readonly<Record<string, Readonly<Record<string, number>>>>;

const river = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/examples-river.json"), "utf8")) as Readonly<
  Record<string, Scores>
>;
const folder = mkdtempSync(join(TEMPORARY, "wadi-examples-"));
let wadi: LocalWadi;

beforeAll(async () => {
  wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder: join(HOME, "helm/pipelines"),
    valuesFile: join(HOME, "helm/values.yaml"),
    logLevel: "error",
  });
});
afterAll(async () => {
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

test.each(["phishing", "image-segments"])("%s: each model has River's scores", async (name) => {
  const file = join(HOME, "examples", `${name}.csv.gz`);

  const { code, err } = await run(["emit", file, "--pipeline", name, "--url", `${wadi.url}/`]);
  await settled(wadi);

  expect(code, err).toBe(0);
  const { state } = await wadi.store.models.load(name);
  const { models } = readScores(wadi.pipelines.get(name) as Pipeline, state);
  for (const [model, metrics] of Object.entries(river[name] as Scores)) {
    for (const [metric, value] of Object.entries(metrics)) {
      expect(models[model]?.metrics[metric], `${model}: ${metric}`).toBeCloseTo(value, 6);
    }
  }
});
