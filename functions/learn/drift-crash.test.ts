// Killed for good (kill -9) between two commits and within them: the drift that is told is that of an undisturbed run, which is
// River's.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { DriftFound } from "../lib/events/vocabulary.ts";
import { freePort } from "../lib/free-port.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { openSqliteStore } from "../lib/store/sqlite/sqlite.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, LINE, learner, open, range, WINDOW } from "./fixtures/line.ts";

const FIXTURES = join(import.meta.dirname, "../lib/learners/fixtures");
const ROWS = 1330;
/** Those before are learned in this process, since each commit waits for the disk. */
const FIRST = 1235;
const CASES = ["adwin-error", "ddm-error", "eddm-error"];

const undo: (() => void)[] = [];
afterEach(async () => {
  await closeAll();
  for (const one of undo.splice(0).reverse()) one();
});

const goldens = CASES.map((name) => {
  const { detector, detections } = JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), "utf8"));
  return { detector, detections: (detections as number[]).filter((i) => i < ROWS) };
});
const detectorName = (part: unknown) => (typeof part === "string" ? part : Object.keys(part as object)[0]);

const errors = readFileSync(join(FIXTURES, "drift.csv"), "utf8")
  .trim()
  .split("\n")
  .slice(1)
  .map((line) => Number(line.split(",")[2]));

const FILE = `${LINE.replace('[ "null", double ]', '[ "null", boolean ]')
  .replace("regression }", "binary }")
  .replace(/models: .*/, "models: { line: [ prior-classifier ] }")
  .replace("[ mae ]", "[ accuracy ]")}drift: ${JSON.stringify(goldens.map(({ detector }) => detector))}
`;

async function startLearner(folder: string) {
  writeFileSync(join(folder, "line.yaml"), FILE);
  const port = await freePort();
  const run = (): ChildProcess => {
    const env = { PORT: `${port}`, HOST: "127.0.0.1", WADI_LOG_LEVEL: "silent", WADI_PIPELINES: folder };
    const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
      env: { ...env, WADI_STORE: `sqlite:${join(folder, "store.db")}` },
      stdio: "ignore",
    });
    undo.push(() => void child.kill("SIGKILL"));
    return child;
  };
  let child = run();
  return {
    url: `http://127.0.0.1:${port}/`,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
      child = run();
    },
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

const row = (i: number) => {
  const served = { generation: "1", version: 1, model: "line", values: { line: errors[i] === 1 ? 0.1 : 0.9 } };
  return example(i, { y: true, served });
};

/** As a broker does: again until it is answered. */
async function deliver(url: string, i: number): Promise<void> {
  const { data, ...attributes } = row(i);
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
  const headers = { ...Object.fromEntries(named), "content-type": "application/json" };
  for (;;) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(data) }).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (text !== undefined && (answer?.status === 200 || answer?.status === 202)) return;
    if (answer !== undefined && ![429, 503].includes(answer.status)) throw new Error(`${answer.status} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function outcomeIn({ models }: Store) {
  const { state } = await models.load("line");
  const points = await models.history("line", 10_000);
  const drift = points.toReversed().flatMap(({ point }) => (JSON.parse(point) as { drift?: DriftFound[] }).drift ?? []);
  return { state: JSON.parse(state) as ModelSetState, drift };
}

async function learnedUndisturbed() {
  const store = open();
  const { handle } = learner(store, FILE);
  await Promise.all(range(ROWS).map((i) => handle(row(i))));
  return outcomeIn(store);
}

async function learnedWithKills(kills: ReadonlySet<number>) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-drift-"));
  undo.push(() => rmSync(folder, { recursive: true }));
  const inFile = () => openSqliteStore(join(folder, "store.db"), { now: Date.now, joinWindowMs: () => WINDOW });
  const before = inFile();
  const { handle } = learner(before, FILE);
  await Promise.all(range(FIRST).map((i) => handle(row(i))));
  await before.close();

  const { url, kill, stop } = await startLearner(folder);
  for (let i = FIRST; i < ROWS; i++) {
    const delivered = deliver(url, i);
    if (kills.has(i)) {
      await new Promise((resolve) => setTimeout(resolve, 20 * Math.random()));
      await kill();
    }
    await delivered;
  }
  await stop();
  const after = inFile();
  const outcome = await outcomeIn(after);
  await after.close();
  return outcome;
}

test("killed at the examples that show a drift and at random, every drift is told once, where River tells it", async () => {
  const random = range(3).map(() => FIRST + Math.floor(Math.random() * (ROWS - FIRST)));
  const kills = new Set([...goldens.flatMap(({ detections }) => detections), ...random]);

  const [undisturbed, killed] = [await learnedUndisturbed(), await learnedWithKills(kills)];

  expect(undisturbed.state.count).toBe(ROWS);
  for (const { detector, detections } of goldens) {
    const own = killed.drift.filter((found) => found.detector === detectorName(detector));
    expect(
      own.map(({ at }) => at - 1),
      `${JSON.stringify(detector)}`,
    ).toEqual(detections);
  }
  expect(killed, `killed at ${[...kills].join(", ")}`).toEqual(undisturbed);
}, 180_000);
