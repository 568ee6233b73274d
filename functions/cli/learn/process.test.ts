// `wadi learn` as a process: standard input, Ctrl-C, a reader that goes away; and beside `wadi emit` into a running Wadi.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { readScores } from "../../lib/learners/model-set.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { TEMPORARY } from "../../lib/temporary.contract.ts";
import { startLocal } from "../../local/start.ts";
import { settled } from "../../local/wadi-under-test.contract.ts";
import { run } from "../program-under-test.contract.ts";
import type { LearnResult } from "./result.ts";

const root = join(import.meta.dirname, "../../..");
const flights = join(root, "functions/lib/learners/fixtures/flights.csv");
const folder = mkdtempSync(join(TEMPORARY, "wadi-learn-process-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SLOW = 60_000;

function learn(...args: readonly string[]) {
  const env = { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" };
  const child = spawn(process.execPath, [join(root, "functions/cli/wadi.ts"), "learn", ...args], { env });
  child.stdin.on("error", () => {}); // the process may have ended
  const code = once(child, "close").then(([status]) => status as number | null);
  return { child, code };
}

const line = (i: number) => `${JSON.stringify({ x: (i % 20) / 10 - 1, y: (i % 20) / 5 - 2 })}\n`;
const lines = (n: number) => Array.from({ length: n }, (_, i) => line(i)).join("");

test("standard input is read, compressed too, and to its end", { timeout: SLOW }, async () => {
  for (const bytes of [Buffer.from(lines(300)), gzipSync(lines(300))]) {
    const { child, code } = learn("-", "--format", "ndjson", "--pipeline", "line", "--json");
    child.stdin.end(bytes);
    const out = await text(child.stdout);

    expect(await code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ file: "-", rows: 300, learned: 300, outcome: "done" });
  }
});

test("after Ctrl-C the table of what was learned, the predictions so far, and 130", { timeout: SLOW }, async () => {
  const predictions = join(folder, "interrupted.ndjson");
  const args = ["-", "--format", "ndjson", "--pipeline", "line", "--predictions", predictions];
  const { child, code } = learn(...args);
  child.stdin.write(lines(700));
  let out = "";
  let interrupted = false;
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
    // The last checkpoint that 700 rows reach: there is nothing more to read.
    if (!interrupted && / 500 /.test(out)) {
      interrupted = true;
      child.kill("SIGINT");
    }
  });

  expect(await code).toBe(130);
  const [, learned = ""] = /interrupted: (\d+) rows learned/.exec(out) ?? [];
  expect(Number(learned)).toBeGreaterThanOrEqual(500);
  expect(out).toMatch(/▸ linear|> linear/);
  expect(readFileSync(predictions, "utf8").trim().split("\n")).toHaveLength(Number(learned));
});

test("a reader that goes away ends it quietly, and leaves nothing half written", { timeout: SLOW }, async () => {
  const plot = join(folder, "gone.svg");
  const many = join(folder, "many.ndjson");
  writeFileSync(many, lines(200_000));
  const { child, code } = learn(many, "--pipeline", "line", "--predictions", "-", "--plot", plot);
  const errors = text(child.stderr);
  await once(child.stdout, "data");
  child.stdout.destroy();

  expect(await code).toBe(0);
  expect(await errors).not.toMatch(/EPIPE|Error/);
  expect([existsSync(plot), existsSync(`${plot}.part`)]).toEqual([false, false]);
});

test("its scores are those of the same file sent by emit to a Wadi that runs", { timeout: 2 * SLOW }, async () => {
  const wadi = await startLocal({
    dataFolder: join(folder, "data"),
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
  try {
    const args = [flights, "--pipeline", "flights", "--time", "date", "--limit", "2000", "--json"];
    const sent = await run(["emit", ...args], { env: { WADI_URL: wadi.url } });
    expect(sent.code, sent.err).toBe(0);
    await settled(wadi);
    const { state } = await wadi.store.models.load("flights");
    const { count, models } = readScores(wadi.pipelines.get("flights") as Pipeline, state);

    const found = await run(["learn", ...args]);
    const result = JSON.parse(found.out) as LearnResult;
    expect([count, result.learned]).toEqual([2000, 2000]);
    expect(Object.keys(result.models)).toEqual(Object.keys(models));
    for (const [model, { metrics }] of Object.entries(models)) {
      for (const [metric, value] of Object.entries(metrics)) {
        const ours = result.models[model]?.metrics[metric] as number;
        expect(Math.abs(ours - value), `${model}: ${metric}`).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(value)));
      }
    }
  } finally {
    await wadi.stop();
  }
});
