// Killed for good (kill -9) while events pour in: what was accepted is learned, once, and the weights are those of a run
// that nobody disturbed, to the bit.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePort } from "../lib/free-port.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";
import { startLocal } from "./start.ts";
import { settled } from "./wadi-under-test.contract.ts";

const root = join(import.meta.dirname, "../..");
const OBSERVATIONS = process.env["SOAK"] === "long" ? 2000 : 500;
const KILLS = 5;

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0).reverse()) one();
});

interface Sent {
  readonly type: string;
  readonly id: string;
  readonly subject: string;
  readonly data: object;
}

/** Two thirds bear their label; the label of each third one comes seven observations later. */
function stream(): Sent[] {
  const events: Sent[] = [];
  const delay = (i: number) => ((i * 7919) % 90) - 15;
  for (let i = 0; i < OBSERVATIONS + 7; i++) {
    const late = i - 7;
    if (late >= 0 && late % 3 === 0) {
      events.push({ type: "dev.wadi.label", id: `l${late}`, subject: `s${late}`, data: { delay: delay(late) } });
    }
    if (i >= OBSERVATIONS) continue;
    const record = {
      date: Date.UTC(2001, 0, 1) + i * 600_000,
      distance: 100 + ((i * 31) % 2400),
      origin: `A${i % 50}`,
      destination: "LAS",
    };
    const data = i % 3 === 0 ? record : { ...record, delay: delay(i) };
    events.push({ type: "dev.wadi.observation", id: `o${i}`, subject: `s${i}`, data });
  }
  return events;
}

/** Readings of an anomaly task: each third bears its label, another third's comes seven observations later, the rest has none. */
function readings(): Sent[] {
  const events: Sent[] = [];
  const odd = (i: number) => Number(i % 11 === 0);
  for (let i = 0; i < OBSERVATIONS + 7; i++) {
    const late = i - 7;
    if (late >= 0 && late % 3 === 0) {
      events.push({ type: "dev.wadi.label", id: `l${late}`, subject: `s${late}`, data: { anomaly: odd(late) } });
    }
    if (i >= OBSERVATIONS) continue;
    const record = Object.fromEntries(Array.from({ length: 9 }, (_, f) => [`f${f + 1}`, (i * (31 + f)) % 97]));
    const data = i % 3 === 1 ? { ...record, anomaly: odd(i) } : record;
    events.push({ type: "dev.wadi.observation", id: `o${i}`, subject: `s${i}`, data });
  }
  return events;
}

function run(folder: string, port: number): ChildProcess {
  const program = join(root, "functions/cli/wadi.ts");
  const child = spawn(
    process.execPath,
    [program, "start", "--data", folder, "--port", String(port), "--admin-port", "0", "--log-level", "error"],
    {
      cwd: root,
      stdio: "ignore",
    },
  );
  undo.push(() => void child.kill("SIGKILL"));
  return child;
}

/** One at a time, each again until it is accepted: so the order of acceptance is the order of the stream. */
async function send(url: string, pipeline: string, { type, id, subject, data }: Sent): Promise<void> {
  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-source": "/crash-test",
    "ce-pipeline": pipeline,
    "ce-type": type,
    "ce-id": id,
    "ce-subject": subject,
  };
  for (;;) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(data) }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 202) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Starts on the folder in this process, waits until all is handled, and reads what came of it. */
async function outcome(folder: string, pipeline: string) {
  const wadi = await startLocal({
    dataFolder: folder,
    port: 0,
    pipelinesFolder: join(root, "helm/pipelines"),
    valuesFile: join(root, "helm/values.yaml"),
    logLevel: "error",
  });
  await settled(wadi);
  const { state } = await wadi.store.models.load(pipeline);
  const { count, models, onlyScored } = JSON.parse(state) as ModelSetState;
  const learned = await wadi.store.models.learnedCount(pipeline);
  const { deadLetters } = wadi.broker.status();
  await wadi.stop();
  const kept = Object.entries(models).map(([name, { chain, n, alarm }]) => [name, { chain, n, alarm }]);
  return { count, learned, deadLetters, onlyScored, weights: Object.fromEntries(kept) };
}

async function streamThrough(pipeline: string, events: readonly Sent[], killBefore: ReadonlySet<number>) {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-crash-"));
  undo.push(() => rmSync(folder, { recursive: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  let child = run(folder, port);
  for (const [i, event] of events.entries()) {
    const sending = send(url, pipeline, event);
    if (killBefore.has(i)) {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      child.kill("SIGKILL");
      await once(child, "exit");
      child = run(folder, port);
    }
    await sending;
  }
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  return outcome(folder, pipeline);
}

const LATE = Math.ceil(OBSERVATIONS / 3);

test.each([
  ["flights", "every observation is learned once", stream(), { learned: OBSERVATIONS, onlyScored: undefined }],
  [
    "shuttle",
    "every observation is learned and every late label scored once",
    readings(),
    { learned: OBSERVATIONS + LATE, onlyScored: LATE },
  ],
])(
  "%s killed five times at random: %s, and the weights are those of an undisturbed run",
  async (name, _, events, ids) => {
    const kills = new Set(Array.from({ length: KILLS }, () => 50 + Math.floor(Math.random() * (events.length - 100))));

    const undisturbed = await streamThrough(name, events, new Set());
    const killed = await streamThrough(name, events, kills);

    expect(undisturbed).toMatchObject({ count: OBSERVATIONS, deadLetters: 0, ...ids });
    expect(killed, `killed while sending ${[...kills].join(", ")}`).toEqual(undisturbed);
  },
  180_000,
);
