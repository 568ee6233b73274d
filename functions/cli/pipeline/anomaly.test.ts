// `wadi pipeline new --task anomaly`.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parsePipeline } from "../../lib/pipeline/parse.ts";
import { run } from "../program-under-test.contract.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wadi-pipeline-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const ROWS = Array.from(
  { length: 40 },
  (_, i) => `${(i * 7) % 13},${i % 3 ? "north" : "south"},${i % 9 ? "no" : "yes"},${i}`,
);

function create(...args: readonly string[]) {
  const csv = join(folder, "pumps.csv");
  writeFileSync(csv, ["flow,zone,broken,level", ...ROWS].join("\n"));
  return run(["pipeline", "new", "pumps", "--from", csv, "--out", folder, ...args]);
}
const drafted = () => parsePipeline(readFileSync(join(folder, "pumps.yaml"), "utf8"), "pumps.yaml");

test("without a target it learns each row as it comes, from the numbers in it, and says so", async () => {
  const { code, out } = await create("--task", "anomaly");

  expect([code, out]).toEqual([0, expect.stringMatching(/tells what is unusual from \d features/)]);
  expect(out).toMatch(/zone: not a feature: half-space trees look at numbers alone/);
  expect(drafted()).toMatchObject({ task: "anomaly", targetField: undefined, labelHorizonMs: 0, serve: "forest" });
  expect(drafted().metrics).toEqual(["alarm_rate", "mean_score", { rolling: "alarm_rate", over: 1000 }]);
});

test("with a target its labels score, and the rarer value is what is unusual", async () => {
  const { code } = await create("--task", "anomaly", "--target", "broken");

  expect(code).toBe(0);
  const { task, targetField, target, metrics } = drafted();
  expect([task, targetField, target.alarm]).toEqual(["anomaly", "broken", 0.99]);
  expect(metrics.slice(0, 3)).toEqual(["roc_auc", "precision", "recall"]);
});

test.each<[string, string[], RegExp]>([
  [
    "labels that are numbers",
    ["--task", "anomaly", "--target", "level"],
    /the labels of an anomaly task are true or false/,
  ],
  [
    "another task than the column's",
    ["--task", "regression", "--target", "broken"],
    /broken is what a binary task predicts/,
  ],
  ["no target", [], /add --target <column>, or --task anomaly, which needs none/],
  ["a task that is none", ["--task", "anomalies"], /anomalies/],
])("%s are refused with the cure", async (_, args, words) => {
  const { code, err } = await create(...args);

  expect([code, err]).toEqual([2, expect.stringMatching(words)]);
});
