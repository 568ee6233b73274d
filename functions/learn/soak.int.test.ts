// One model, many learners, at length: four processes learn into one Redis what reaches them once, twice or three times, in
// any order, while they are killed at random and Redis is too. `make soak` is the long run of this very code.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../lib/free-port.ts";
import { hasRedisServer, pause, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { openRedisStore } from "../lib/store/redis/redis.ts";
import type { Store } from "../lib/store/store.ts";
import { closeAll, example, LINE, learner, modelsOf, open, range } from "./fixtures/line.ts";

const LONG = process.env["SOAK"] === "long";
const SIZE = LONG
  ? { examples: 100_000, learnerKills: 20, redisKills: 3, underWay: 192 }
  : { examples: 1_200, learnerKills: 2, redisKills: 1, underWay: 64 };
const LEARNERS = 4;
const seed = Number(process.env["SOAK_SEED"] ?? Date.now() % 2 ** 31);

const folders: string[] = [];
const children = new Set<ChildProcess>();
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  await closeAll();
});

const y = (i: number) => ((i * 7919) % 90) - 15;
/** Its features and its truth: the sum of no two runs differs but by rounding. */
const soaked = (i: number, time: string) =>
  example(i, { x: { x: (i % 200) / 100 - 1 }, y: y(i) }, { recordedtime: time });

async function startLearner(redis: number) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-soak-"));
  folders.push(folder);
  writeFileSync(join(folder, "line.yaml"), LINE);
  const port = await freePort();
  const run = () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
      env: {
        PORT: `${port}`,
        HOST: "127.0.0.1",
        WADI_LOG_LEVEL: "silent",
        WADI_PIPELINES: folder,
        WADI_STORE: `redis://127.0.0.1:${redis}`,
      },
      stdio: "ignore",
    });
    children.add(child);
    return child;
  };
  let child = run();
  return {
    url: `http://127.0.0.1:${port}/`,
    async kill() {
      child.kill("SIGKILL");
      await once(child, "exit");
      children.delete(child);
      child = run();
    },
  };
}

/** As a broker does: until it is done. Answers which failures that may pass it met; any other answer ends the test. */
async function deliver(url: string, i: number, time: string, met: Map<string, number>): Promise<void> {
  const { data, ...attributes } = soaked(i, time);
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)]);
  const headers = { ...Object.fromEntries(named), "content-type": "application/json" };
  for (;;) {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(data) }).catch(() => undefined);
    const text = await answer?.text().catch(() => undefined);
    if (text !== undefined && (answer?.status === 200 || answer?.status === 202)) return;
    const what = answer === undefined || text === undefined ? "no answer" : `${answer.status}`;
    if (!["no answer", "409", "429", "503"].includes(what))
      throw new Error(`example ${i} was answered ${what} ${text}`);
    met.set(what, (met.get(what) ?? 0) + 1);
    await pause(50);
  }
}

/** What is delivered, to whom, and before which delivery who is killed. Of one seed, the same. */
function plan() {
  const chance = fc.noBias(fc.integer({ min: 0, max: 2 ** 31 - 1 })).map((n) => n / 2 ** 31);
  const chances = fc.sample(chance, { seed, numRuns: 5 * SIZE.examples + SIZE.learnerKills });
  const below = (limit: number) => Math.floor((chances.pop() as number) * limit);
  const all = range(SIZE.examples).flatMap((i) => range(1 + below(3)).map((k) => ({ i, to: (i + k) % LEARNERS })));
  for (let n = all.length - 1; n > 0; n--) {
    const other = below(n + 1);
    [all[n], all[other]] = [all[other], all[n]] as [(typeof all)[number], (typeof all)[number]];
  }
  const kills = new Map<number, number | "redis">();
  for (let n = 1; n <= SIZE.redisKills; n++) kills.set(Math.floor((all.length * n) / (SIZE.redisKills + 1)), "redis");
  for (let n = 0; n < SIZE.learnerKills; ) {
    const at = below(all.length);
    if (!kills.has(at)) kills.set(at, n++ % LEARNERS);
  }
  return { all, kills };
}

async function undisturbed(time: string) {
  const store = open();
  const { handle } = learner(store, LINE, { groupLimit: 1000 });
  for (let from = 0; from < SIZE.examples; from += 1000) {
    const some = range(Math.min(1000, SIZE.examples - from));
    await Promise.all(some.map((i) => handle(soaked(from + i, time))));
  }
  return statistics(store);
}

async function statistics(store: Store) {
  const models = await modelsOf(store);
  const head = await store.models.head("line");
  const { mean } = (models["mean"]?.chain.parts.at(-1)?.state ?? {}) as { mean: number };
  return { learned: await store.models.learnedCount("line"), n: models["line"]?.n, mean, versions: head.version };
}

function progress(done: number, of: number, met: ReadonlyMap<string, number>): void {
  if (!LONG || done % 10_000 !== 0) return;
  const again = [...met].map(([what, n]) => `${what} ${n}`).join(", ");
  process.stderr.write(`  ${done} of ${of} deliveries; sent again after: ${again || "nothing"}\n`);
}

describe.skipIf(!hasRedisServer)("four learners on one model", { tags: ["redis"] }, () => {
  test(`learn each example once, whatever is sent twice and killed when (SOAK_SEED=${seed})`, async () => {
    const redis = await startRedis();
    const learners = await Promise.all(range(LEARNERS).map(() => startLearner(redis.port)));
    const { all, kills } = plan();
    const time = new Date().toISOString();
    const met = new Map<string, number>();
    const start = Date.now();
    let next = 0;
    let restarts: Promise<void> = Promise.resolve();
    const worker = async () => {
      while (next < all.length) {
        const number = next++;
        const victim = kills.get(number);
        // One after the other: two kills of one process in a row are two.
        if (victim === "redis") restarts = restarts.then(() => redis.kill()).then(() => redis.start());
        else if (victim !== undefined) restarts = restarts.then(() => learners[victim]?.kill());
        const { i, to } = all[number] as (typeof all)[number];
        await deliver(learners[to]?.url ?? "", i, time, met);
        progress(number + 1, all.length, met);
      }
    };
    await Promise.all(range(SIZE.underWay).map(worker));
    await restarts;
    const seconds = (Date.now() - start) / 1000;
    const store = openRedisStore(redis.address(), { now: Date.now, joinWindowMs: () => 0 });
    const found = await statistics(store).finally(() => store.close());
    const expected = await undisturbed(time);

    if (LONG) {
      const again = Object.fromEntries(met);
      process.stderr.write(
        `${JSON.stringify({ deliveries: all.length, kills: kills.size, seconds, again, ...found })}\n`,
      );
    }
    expect(kills.size).toBe(SIZE.learnerKills + SIZE.redisKills);
    expect(found).toMatchObject({ learned: SIZE.examples, n: SIZE.examples });
    expect(expected).toMatchObject({ learned: SIZE.examples, n: SIZE.examples });
    expect(Math.abs(found.mean - expected.mean)).toBeLessThan(1e-9);
  }, 1_800_000);
});
