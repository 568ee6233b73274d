// One model, many learners: several Wadis, each with a journal of its own, learn into one Redis what reaches them once,
// twice or three times, in any order, while they are killed and Redis is too.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { freePort, hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { openRedisStore } from "../lib/store/redis.ts";
import type { RedisAddress } from "../lib/store/redis-address.ts";

const root = join(import.meta.dirname, "../..");
const PROCESSES = 3;
const OBSERVATIONS = 1500;
const UNDER_WAY = 16;
const seed = Number(process.env["SHARED_SEED"] ?? Date.now() % 2 ** 31);

const folders: string[] = [];
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A process on a folder and a port of its own, which may be killed and started again. */
async function startMember(redis: number) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-shared-"));
  folders.push(folder);
  const port = await freePort();
  const args = ["start", "--json", "--data", folder, "--port", `${port}`, "--admin-port", "0", "--log-level", "silent"];
  const run = () => {
    const child = spawn(join(root, "wadi"), [...args, "--redis", `redis://127.0.0.1:${redis}`], {
      cwd: root,
      stdio: ["ignore", "pipe", "ignore"],
    });
    children.add(child);
    return child;
  };
  let child = run();
  await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line");
  return {
    url: `http://127.0.0.1:${port}/`,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
      children.delete(child);
      child = run();
    },
    async stop(): Promise<number> {
      child.kill("SIGTERM");
      const [code] = await once(child, "exit");
      children.delete(child);
      return code;
    },
  };
}

const y = (i: number) => ((i * 7919) % 90) - 15;

/** Again until it is accepted. */
async function send(url: string, i: number): Promise<void> {
  const headers = {
    "content-type": "application/json",
    ...{ "ce-specversion": "1.0", "ce-source": "/shared-test", "ce-pipeline": "line" },
    ...{ "ce-type": "dev.wadi.observation", "ce-id": `o${i}` },
  };
  for (;;) {
    const body = JSON.stringify({ x: (i % 200) / 100 - 1, y: y(i) });
    const answer = await fetch(url, { method: "POST", headers, body }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 202) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function lagOf(url: string): Promise<number> {
  const text = await fetch(`${url}metrics`).then(
    (answer) => answer.text(),
    () => "wadi_trigger_lag{} 1",
  );
  return [...text.matchAll(/^wadi_trigger_lag\{[^}]*\} (\d+)/gm)].reduce((sum, [, lag]) => sum + Number(lag), 0);
}

async function outcome(address: RedisAddress) {
  const pipelines = loadPipelines(join(root, "helm/pipelines"));
  const window = pipelines.get("line")?.labelHorizonMs ?? 0;
  const store = openRedisStore(address, { now: Date.now, joinWindowMs: () => window });
  const { state } = await store.models.load("line");
  const learned = await store.models.learnedCount("line");
  await store.close();
  const { count, models } = JSON.parse(state) as ModelSetState;
  const { mean } = (models["mean"]?.chain.parts.at(-1)?.state ?? { mean: Number.NaN }) as { mean: number };
  return { count, learned, n: models["linear"]?.n, mean };
}

describe.skipIf(!hasRedisServer)("three processes on one Redis", () => {
  test(`what reaches them up to three times, while they and Redis are killed, is learned once (SHARED_SEED=${seed})`, async () => {
    const redis = await startRedis();
    const members = await Promise.all(Array.from({ length: PROCESSES }, () => startMember(redis.port)));
    const [times] = fc.sample(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: OBSERVATIONS, maxLength: OBSERVATIONS }),
      { seed, numRuns: 1 },
    );
    const doubled = (times as number[]).flatMap((n, i) =>
      Array.from({ length: n }, (_, k) => ({ i, to: (i + k) % PROCESSES })),
    );
    const [deliveries] = fc.sample(fc.shuffledSubarray(doubled, { minLength: doubled.length }), { seed, numRuns: 1 });
    const all = deliveries as typeof doubled;
    const at = (share: number) => Math.floor(all.length * share);
    const faults = new Map<number, () => Promise<void>>([
      [at(0.2), () => members[0]?.kill() as Promise<void>],
      [at(0.4), () => redis.kill().then(() => redis.start())],
      [at(0.6), () => members[1]?.kill() as Promise<void>],
      [at(0.8), () => members[2]?.kill() as Promise<void>],
    ]);

    let next = 0;
    const worker = async () => {
      while (next < all.length) {
        const number = next++;
        const fault = faults.get(number)?.();
        const { i, to } = all[number] as (typeof all)[number];
        await send(members[to]?.url ?? "", i);
        await fault;
      }
    };
    await Promise.all(Array.from({ length: UNDER_WAY }, worker));
    for (const { url } of members) while ((await lagOf(url)) > 0) await new Promise((done) => setTimeout(done, 50));
    const codes = await Promise.all(members.map((member) => member.stop()));
    const found = await outcome(redis.address());

    expect(codes).toEqual([0, 0, 0]);
    expect(found).toMatchObject({ count: OBSERVATIONS, learned: OBSERVATIONS, n: OBSERVATIONS });
    const mean =
      Array.from({ length: OBSERVATIONS }, (_, i) => y(i)).reduce((sum, value) => sum + value, 0) / OBSERVATIONS;
    expect(Math.abs(found.mean - mean)).toBeLessThan(1e-9);
  }, 180_000);
});
