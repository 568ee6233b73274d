// Each function as a process of its own, as a cluster runs it: the event that one answers is posted to the next.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readEvent, writeEvent } from "../lib/events/codec.ts";
import type { Event, StepName } from "../lib/events/vocabulary.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "wadi-steps-"));
const empty = mkdtempSync(join(folder, "empty-"));
const steps = new Map<StepName, { child: ChildProcess; url: string }>();

function spawnStep(name: StepName, env: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(root, `functions/${name}/main.ts`)], {
    cwd: root,
    env: { PORT: "0", HOST: "127.0.0.1", WADI_STORE: `sqlite:${join(folder, "store.db")}`, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
}

async function firstLog(child: ChildProcess): Promise<{ url: string; msg: string }> {
  const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
  for await (const line of lines) if (line.startsWith("{")) return JSON.parse(line);
  throw new Error("it ended without a word");
}

beforeAll(async () => {
  for (const name of ["validate", "featurize", "learn", "predict"] as const) {
    const child = spawnStep(name, {});
    steps.set(name, { child, url: (await firstLog(child)).url });
  }
}, 60_000);

afterAll(() => {
  for (const { child } of steps.values()) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

async function post(name: StepName, event: Event): Promise<Event | undefined> {
  const { headers, body } = writeEvent(event);
  const url = steps.get(name)?.url ?? "";
  const response = await fetch(url, {
    method: "POST",
    headers: headers as Record<string, string>,
    body: body as string,
  });
  const answer = Buffer.from(await response.arrayBuffer());
  if (response.status === 202) return undefined;
  expect(response.status, answer.toString()).toBe(200);
  return readEvent([...response.headers].flat(), answer);
}

const client = (type: string, id: string, data: object): Event => ({
  specversion: "1.0",
  id,
  source: "/airport",
  type,
  subject: "flight-1",
  pipeline: "flights",
  datacontenttype: "application/json",
  data,
});

test("an observation and its late label go their way over HTTP alone, and the model is updated", async () => {
  const record = { date: "2001-01-01T08:30:00Z", distance: 1750, origin: "DTW", destination: "LAS" };
  const checked = await post("validate", client("dev.wadi.observation", "flight-1", record));
  const features = await post("featurize", checked as Event);
  const prediction = await post("predict", features as Event);
  const label = await post("validate", client("dev.wadi.label", "arrival-1", { delay: 12 }));
  const example = await post("featurize", label as Event);
  const update = await post("learn", example as Event);

  expect(prediction?.type).toBe("dev.wadi.prediction.made");
  expect(example?.data).toMatchObject({ y: 12, served: { version: 0 } });
  expect(update).toMatchObject({ type: "dev.wadi.model.updated", data: { count: 1, version: 1 } });
  expect(await post("learn", example as Event)).toBeUndefined();
});

test("at SIGTERM each function finishes and exits with 0", async () => {
  for (const { child } of steps.values()) child.kill("SIGTERM");

  const codes = await Promise.all(
    [...steps.values()].map(({ child }) => child.exitCode ?? once(child, "exit").then(([code]) => code)),
  );

  expect(codes).toEqual([0, 0, 0, 0]);
});

test.each<[string, Record<string, string>, RegExp]>([
  ["a setting out of range", { PORT: "70000" }, /PORT is "70000"; set a whole number/],
  ["a store nobody knows", { WADI_STORE: "mysql://x" }, /WADI_STORE .* set sqlite:/],
  ["a folder without pipelines", { WADI_PIPELINES: empty }, /pipeline/],
])("%s stops the start with the cure", async (_title, env, cure) => {
  const child = spawnStep("learn", env);

  const [{ msg }, [code]] = await Promise.all([firstLog(child), once(child, "exit")]);

  expect(code).toBe(1);
  expect(msg).toMatch(cure);
});
