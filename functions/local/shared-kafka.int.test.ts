// Three Wadis on one Kafka and one Redis: what three producers send, twice on purpose, is learned exactly once, while each
// Wadi is killed, and Kafka and Redis are too.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import type { ModelSetState } from "../lib/learners/model-set.ts";
import { hasRedisServer, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { openRedisStore } from "../lib/store/redis.ts";
import type { RedisAddress } from "../lib/store/redis-address.ts";
import { noOwnKafka, ownKafka } from "./kafka/kafka-under-test.contract.ts";
import { freePort } from "./services/free-port.ts";

const root = join(import.meta.dirname, "../..");
const OBSERVATIONS = Number(process.env["WADI_SOAK_OBSERVATIONS"] ?? 600);
const PROCESSES = 3;
const UNDER_WAY = 12;
const LONGEST_MS = 120_000 + OBSERVATIONS * 20;

const folders: string[] = [];
const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function startMember(services: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-shared-"));
  folders.push(folder);
  const port = await freePort();
  const args = ["start", "--json", "--data", folder, "--port", `${port}`, "--admin-port", "0", "--log-level", "silent"];
  const run = () => {
    const child = spawn(join(root, "wadi"), [...args, ...services], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
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

const y = (i: number) => ((i * 7919) % 1000) / 10;

async function send(url: string, i: number): Promise<boolean> {
  const headers = {
    "content-type": "application/json",
    ...{ "ce-specversion": "1.0", "ce-source": "/shared", "ce-pipeline": "line" },
    ...{ "ce-type": "dev.wadi.observation", "ce-id": `o${i}`, "ce-subject": `s${i}` },
  };
  try {
    const body = JSON.stringify({ x: i % 100, y: y(i) });
    return (await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) })).status === 202;
  } catch {
    return false;
  }
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

async function outcome(redis: RedisAddress) {
  const store = openRedisStore(redis, { now: Date.now, joinWindowMs: () => 0 });
  try {
    const { state } = await store.models.load("line");
    const { count = 0 } = state === "" ? {} : (JSON.parse(state) as ModelSetState);
    return { count, learned: await store.models.learnedCount("line") };
  } finally {
    await store.close();
  }
}

const missing = noOwnKafka ?? (hasRedisServer ? undefined : "there is no redis-server on the path");
const title = "three processes on one Kafka and one Redis";

describe.skipIf(missing !== undefined)(missing === undefined ? title : `${title} (${missing})`, () => {
  test(
    "every accepted observation is learned exactly once, whoever is killed meanwhile",
    async () => {
      const [kafka, redis] = [await ownKafka(), await startRedis()];
      const services = ["--kafka", kafka.brokers.join(), "--redis", `redis://127.0.0.1:${redis.port}`];
      const members = await Promise.all(Array.from({ length: PROCESSES }, () => startMember(services)));
      const at = (share: number) => Math.floor(OBSERVATIONS * share);
      const faults = new Map<number, () => Promise<unknown>>([
        [at(0.2), async () => members[0]?.kill()],
        [at(0.45), () => Promise.all([kafka.kill().then(() => kafka.start()), redis.kill().then(() => redis.start())])],
        [at(0.7), () => Promise.all([members[1]?.kill(), members[2]?.kill()])],
      ]);

      let next = 0;
      const producer = async () => {
        while (next < OBSERVATIONS) {
          const i = next++;
          const fault = faults.get(i)?.();
          // To one until it is accepted; a third of them to another, too.
          for (let to = i; !(await send(members[to % PROCESSES]?.url ?? "", i)); to++) await pause(50);
          if (i % 3 === 0) await send(members[(i + 1) % PROCESSES]?.url ?? "", i);
          await fault;
        }
      };
      await Promise.all(Array.from({ length: UNDER_WAY }, producer));
      while ((await outcome(redis.address())).learned < OBSERVATIONS) await pause(200);
      const codes = await Promise.all(members.map((member) => member.stop()));

      expect(codes).toEqual([0, 0, 0]);
      expect(await outcome(redis.address())).toEqual({ count: OBSERVATIONS, learned: OBSERVATIONS });
    },
    LONGEST_MS,
  );
});
