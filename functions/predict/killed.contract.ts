// Two predict processes on one store, killed and started again, while the model goes on learning: an event is answered alike however
// often it comes and whoever answers it, and its label is scored on that answer.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createLearn } from "../learn/handler.ts";
import { systemClock } from "../lib/clock.ts";
import { writeEvent } from "../lib/events/codec.ts";
import { learnedId, observationKey } from "../lib/events/identity.ts";
import { type Event, EventType, type PredictionData } from "../lib/events/vocabulary.ts";
import type { Store } from "../lib/store/store.ts";
import { createTelemetry } from "../lib/telemetry/metrics.ts";
import { lineYaml, pipelines } from "./fixtures/line.ts";

const root = join(import.meta.dirname, "../..");
const EVENTS = 120;
const AT_ONCE = 16;

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(store: string, folder: string): Promise<Process> {
  const env = { PORT: "0", HOST: "127.0.0.1", WADI_STORE: store, WADI_PIPELINES: folder };
  const child = spawn(process.execPath, [join(root, "functions/predict/main.ts")], {
    ...{ cwd: root, env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    if (line.includes("is ready")) return { child, url: JSON.parse(line).url };
  }
  throw new Error("it ended without a word");
}

async function kill({ child }: Process): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const internal = (id: string, type: string, data: object, more: object = {}): Event => ({
  ...{ specversion: "1.0", id, source: "/wadi/line/featurize", type, subject: `subject-${id}`, pipeline: "line" },
  recordedtime: new Date().toISOString(),
  datacontenttype: "application/json",
  data,
  ...more,
});
const featuresOf = (id: string) =>
  internal(id, EventType.featuresExtracted, { set: "line", time: 0, x: { x: Number(id) } });

/** @param open an empty store, and how a process is told of it. */
export function describeKilled(
  name: string,
  open: () => Promise<{ readonly store: Store; readonly address: string }>,
): void {
  test(`${name}: two predict processes that are killed in turn answer each event alike, and its label is scored on that`, async () => {
    const { store, address } = await open();
    const folder = mkdtempSync(join(tmpdir(), "wadi-pipelines-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "line.yaml"), lineYaml());
    const ids = Array.from({ length: EVENTS }, (_, i) => String(i));
    await Promise.all(ids.map((id) => observe(store, id)));
    const processes = await Promise.all([start(address, folder), start(address, folder)]);
    const learning = learnOn(store);
    const told = new Map<string, Set<string>>(ids.map((id) => [id, new Set()]));

    for (const doomed of [0, 1]) {
      const delivered = deliver(ids, processes, told);
      while ([...told.values()].filter(({ size }) => size > 0).length < (doomed + 1) * (EVENTS / 3)) await moment();
      await kill(processes[doomed] as Process);
      await delivered;
      processes[doomed] = await start(address, folder);
    }
    await deliver(ids, processes, told);
    await learning.stop();

    const answers = [...told.values()].map((each) => [...each]);
    expect(answers.filter(({ length }) => length !== 1)).toEqual([]);
    const made = answers.map(([answer]) => JSON.parse(answer as string) as PredictionData);
    // Made anew, some of them would not have been the same.
    expect(new Set(made.map(({ version }) => version)).size).toBeGreaterThan(1);
    for (const [i, { value, values, version, model }] of made.entries()) {
      const label = await store.joins.putLabel(labelOf(ids[i] as string));
      expect(label).toMatchObject({ outcome: "joined", example: { served: { model, version, values } } });
      expect(values[model]).toBe(value);
    }
  }, 120_000);
}

const keyOf = (id: string) => observationKey("line", `subject-${id}`);
const labelOf = (id: string) => {
  return { pipeline: "line", key: keyOf(id), eventId: `label-${id}`, recordedTime: Date.now(), y: 1 };
};
const moment = () => new Promise((resolve) => void setTimeout(resolve, 5));

function observe(store: Store, id: string) {
  const own = { source: "/test", id, learnedId: learnedId({ source: "/test", id }), set: "line" };
  const half = { ...own, pipeline: "line", key: keyOf(id), time: 0, recordedTime: Date.now(), x: { x: Number(id) } };
  return store.joins.putObservation(half);
}

/** Each event to both processes at the same time, as a broker that delivers at least once; what is answered is noted. */
async function deliver(
  ids: readonly string[],
  processes: readonly Process[],
  told: ReadonlyMap<string, Set<string>>,
): Promise<void> {
  const rest = ids.values();
  const send = async (id: string, { url }: Process) => {
    const { headers, body } = writeEvent(featuresOf(id));
    const asked = { method: "POST", headers: headers as Record<string, string>, body: body as string };
    const answer = await fetch(url, asked).catch(() => undefined); // killed
    const text = await answer?.text().catch(() => undefined);
    if (text === undefined) return;
    expect(answer?.status).toBe(200);
    told.get(id)?.add(text);
  };
  const lane = async () => {
    for (const id of rest) await Promise.all(processes.map((process) => send(id, process)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/** One commit after the other, until it is stopped. */
function learnOn({ models }: Store) {
  const learn = createLearn({
    ...{ pipelines, models, clock: systemClock, telemetry: createTelemetry(), random: Math.random },
    revision: () => crypto.randomUUID().replaceAll("-", ""),
    learnedWindowMs: () => 48 * 3_600_000,
  });
  let isStopped = false;
  const done = (async () => {
    for (let i = 0; !isStopped; i++) {
      const id = `example-${i}`;
      const data = { set: "line", time: 0, x: { x: i % 7 }, y: i % 5 };
      await learn(internal(id, EventType.exampleLabelled, data, { learnedid: learnedId({ source: "/learned", id }) }));
      await moment();
    }
  })();
  done.catch(() => undefined); // who stops it is told
  return {
    stop() {
      isStopped = true;
      return done;
    },
  };
}
