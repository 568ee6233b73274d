// Several Wadis that share one model, as processes that may be killed and started again, and what they have learned.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { freePort } from "../lib/free-port.ts";
import type { ModelSetState } from "../lib/learners/model-set-state.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import type { RedisAddress } from "../lib/store/redis/address.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import { TEMPORARY } from "../lib/temporary.contract.ts";

const root = join(import.meta.dirname, "../..");

const folders: string[] = [];
const children = new Set<ChildProcess>();

/** Call it after each test. */
export function endMembers(): void {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

export interface Member {
  readonly url: string;
  /** kill -9, and a start on the same folder and port. */
  kill(): Promise<void>;
  /** What it ended with. */
  stop(): Promise<number>;
}

/** A process on a folder and a port of its own; `more` of the command line. */
export async function startMember(...more: readonly string[]): Promise<Member> {
  const folder = mkdtempSync(join(TEMPORARY, "wadi-member-"));
  folders.push(folder);
  const port = await freePort();
  const args = ["start", "--json", "--data", folder, "--port", `${port}`, "--admin-port", "0", "--log-level", "error"];
  const run = () => {
    const child = spawn(join(root, "wadi"), [...args, ...more], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    children.add(child);
    return child;
  };
  let said = "";
  let child = run();
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`a member ended with ${code} before it took events: ${said}`);
  });
  ended.catch(() => {}); // later it is killed on purpose
  await Promise.race([once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), "line"), ended]);
  return {
    url: `http://127.0.0.1:${port}/`,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
      children.delete(child);
      child = run();
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = await once(child, "exit");
      children.delete(child);
      return code;
    },
  };
}

export const y = (i: number) => ((i * 7919) % 90) - 15;

/** Of so many observations. */
export function meanOf(observations: number): number {
  let sum = 0;
  for (let i = 0; i < observations; i++) sum += y(i);
  return sum / observations;
}

/** Again until it is accepted, or there is no hope of it. */
export async function send(
  url: string,
  i: number,
  hopeless: AbortSignal,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  const headers = {
    "content-type": "application/json",
    "ce-specversion": "1.0",
    "ce-source": "/shared-test",
    "ce-pipeline": "line",
    "ce-type": "dev.wadi.observation",
    "ce-id": `o${i}`,
    ...attributes,
  };
  for (;;) {
    hopeless.throwIfAborted();
    const body = JSON.stringify({ x: (i % 200) / 100 - 1, y: y(i) });
    const answer = await fetch(url, { method: "POST", headers, body }).catch(() => undefined);
    await answer?.arrayBuffer().catch(() => undefined);
    if (answer?.status === 202) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Of all triggers; one who does not answer lags behind. */
export async function lagOf(url: string): Promise<number> {
  const text = await fetch(`${url}metrics`).then(
    (answer) => answer.text(),
    () => "wadi_trigger_lag{} 1",
  );
  return [...text.matchAll(/^wadi_trigger_lag\{[^}]*\} (\d+)/gm)].reduce((sum, [, lag]) => sum + Number(lag), 0);
}

export async function outcome(address: RedisAddress) {
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

export interface Deliver {
  readonly i: number;
  /** Which member. */
  readonly to: number;
}

/** Each observation once, twice or three times, to different members, in any order; of one seed, the same. */
export function shuffledDeliveries(observations: number, members: number, seed: number): readonly Deliver[] {
  const chance = fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 })).map((n) => n / 2 ** 31);
  const chances = fc.sample(chance, { seed, numRuns: 4 * observations });
  const below = (limit: number) => Math.floor((chances.pop() as number) * limit);
  const all = Array.from({ length: observations }, (_, i) =>
    Array.from({ length: 1 + below(3) }, (_, k) => ({ i, to: (i + k) % members })),
  ).flat();
  for (let n = all.length - 1; n > 0; n--) {
    const other = below(n + 1);
    [all[n], all[other]] = [all[other], all[n]] as [Deliver, Deliver];
  }
  return all;
}

/**
 * Delivers all, so many at once; at its share of the way each fault befalls, one after the other. Where one fails, what it took away
 * does not come back: all end with its error.
 */
export async function deliverAll(
  all: readonly Deliver[],
  underWay: number,
  deliver: (one: Deliver, hopeless: AbortSignal) => Promise<void>,
  faults: readonly { readonly at: number; befall(): Promise<unknown> }[],
): Promise<void> {
  const due = new Map(faults.map(({ at, befall }) => [Math.floor(all.length * at), befall]));
  const failed = new AbortController();
  let befallen: Promise<unknown> = Promise.resolve();
  let next = 0;
  const worker = async () => {
    while (next < all.length) {
      const number = next++;
      const befall = due.get(number);
      if (befall !== undefined) befallen = befallen.then(befall).catch((error: unknown) => failed.abort(error));
      await deliver(all[number] as Deliver, failed.signal);
    }
  };
  await Promise.all(Array.from({ length: underWay }, worker));
  await befallen;
  failed.signal.throwIfAborted();
}
