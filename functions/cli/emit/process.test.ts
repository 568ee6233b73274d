// `wadi emit` as a process: what only a process has, standard input, signals and pipes.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LocalWadi, startLocal } from "../../local/start.ts";
import type { EmitResult } from "./report.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "wadi-emit-process-"));
const children: ChildProcess[] = [];
let wadi: LocalWadi;

beforeAll(async () => {
  wadi = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "silent",
  });
});

afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await wadi.stop();
  rmSync(folder, { recursive: true });
});

function emit(...args: readonly string[]) {
  return program(process.execPath, [join(root, "functions/cli/wadi.ts"), "emit", ...args]);
}

function program(command: string, args: readonly string[]) {
  const env = { ...process.env, WADI_URL: wadi.url, NODE_OPTIONS: "" };
  const child = spawn(command, args, { cwd: root, env });
  children.push(child);
  const run = { child, out: "", err: "", code: once(child, "close").then(([code]) => code as number | null) };
  child.stdout.on("data", (chunk) => {
    run.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    run.err += chunk;
  });
  return run;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

const learned = () => wadi.store.models.learnedCount("line");

test("standard input is sent as it comes, and Ctrl-C ends the wait for more", async () => {
  const before = await learned();
  const run = emit("-", "--format", "ndjson", "--pipeline", "line");
  run.child.stdin.write('{"x":1,"y":2}\n{"x":2,"y":4}\n{"x":3');

  await until(async () => (await learned()) === before + 2);
  run.child.kill("SIGINT");

  expect(await run.code).toBe(130);
  expect(run.out).toContain("interrupted: 2 events accepted");
  // What was cut off is no row.
  expect(run.out).not.toContain("skipped");
}, 20_000);

test("Ctrl-C while events are under way: they are answered, and what was done is told", async () => {
  const run = emit("--generate", "line", "--n", "1000000", "--rate", "200", "--seed", "11", "--json");
  const before = await learned();

  await until(async () => (await learned()) > before + 10);
  run.child.kill("SIGINT");

  expect(await run.code).toBe(130);
  const result = JSON.parse(run.out) as EmitResult;
  expect(result).toMatchObject({ outcome: "interrupted", refused: 0 });
  expect(result.sent).toBe(result.accepted);
  await until(async () => (await learned()) === before + result.accepted);
}, 20_000);

test("killed with -9 on its way, the same command again has each row learned, and none twice", async () => {
  const rows = 1500;
  const path = join(folder, "killed.csv");
  writeFileSync(path, `x,y\n${Array.from({ length: rows }, (_, i) => `${i},${2 * i}`).join("\n")}\n`);
  const before = await learned();

  for (const kill of [1, 2]) {
    const run = emit(path, "--pipeline", "line", "--rate", "2000");
    await until(async () => (await learned()) >= before + kill * 300 || run.child.exitCode !== null);
    run.child.kill("SIGKILL");
    await run.code;
  }
  const last = emit(path, "--pipeline", "line");

  expect(await last.code).toBe(0);
  expect(last.out).toMatch(/\d+ were known already, and are not learned again/);
  await until(async () => wadi.broker.status().triggers.every(({ lag }) => lag === 0));
  expect(await learned()).toBe(before + rows);
}, 30_000);

test("a reader who has seen enough is no error", async () => {
  const run = program("bash", [
    "-c",
    `set -o pipefail; "${process.execPath}" functions/cli/wadi.ts emit --generate line --n 10000000 --dry-run | head -2`,
  ]);

  expect(await run.code).toBe(0);
  expect(run.out.trim().split("\n")).toHaveLength(2);
  expect(run.err).toBe("");
}, 20_000);

test("wrong use ends with 2 and the cure, an unknown option with the nearest one", async () => {
  const nothing = emit();
  const typo = emit("--generat", "line");

  expect([await nothing.code, await typo.code]).toEqual([2, 2]);
  expect(nothing.err).toContain("name a file, - for standard input, or --generate line");
  expect(typo.err).toContain("--generate");
}, 20_000);

test("help has every option that the examples use, and fits 120 columns", async () => {
  const run = emit("--help");

  expect(await run.code).toBe(0);
  const [options = "", examples = ""] = run.out.split("Examples:");
  for (const [option] of examples.matchAll(/--[a-z-]+/g)) expect(options).toContain(option);
  expect(Math.max(...run.out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
}, 20_000);
