// Real processes on one Redis, racing and killed, and the Redis killed under them: every id is learned once.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { counted, countedIn } from "../fixtures/counter.ts";
import { hasRedisServer, pause, startRedis } from "../fixtures/redis-server.ts";
import type { RedisAddress } from "./address.ts";
import { openRedisStore } from "./redis.ts";

const WRITER = join(import.meta.dirname, "../fixtures/redis-writer.ts");

function start(port: number, from: number, to: number) {
  const child: ChildProcess = spawn(process.execPath, [WRITER, `redis://127.0.0.1:${port}`, `${from}`, `${to}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let lines = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    lines += text.split("\n").length - 1;
  });
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  const said = async (n: number) => {
    while (lines < n && child.exitCode === null) await pause(2);
  };
  return { child, ended, said };
}

async function read(address: RedisAddress) {
  const store = openRedisStore(address, { now: Date.now, joinWindowMs: () => 0 });
  onTestFinished(() => store.close());
  const model = await store.models.load("p");
  return { ...countedIn(model), learned: await store.models.learnedCount("p") };
}

const upTo = (n: number) => ({
  ...counted(
    { count: 0, sum: "0" },
    Array.from({ length: n }, (_, i) => String(i)),
  ),
  learned: n,
});

describe.runIf(hasRedisServer)("processes on one Redis", { tags: ["redis"] }, () => {
  test("that learn the same at the same time learn everything once", async () => {
    const redis = await startRedis();

    const writers = [0, 1, 2].map(() => start(redis.port, 0, 300));

    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    expect(await read(redis.address())).toEqual(upTo(300));
  });

  test("that are killed in turn, and started again from the beginning, learn everything once", async () => {
    const redis = await startRedis();
    for (const lines of [2, 10, 30]) {
      const writers = [start(redis.port, 0, 400), start(redis.port, 0, 400)] as const;
      await writers[0].said(lines);
      for (const { child } of writers) child.kill("SIGKILL");
      await Promise.all(writers.map(({ ended }) => ended));
    }

    expect(await start(redis.port, 0, 400).ended).toBe(0);

    expect(await read(redis.address())).toEqual(upTo(400));
  });

  test("go on by themselves when their Redis is killed and comes back, and nothing is lost or made twice", async () => {
    const redis = await startRedis();
    const writers = [start(redis.port, 0, 1500), start(redis.port, 0, 1500)];

    for (const lines of [20, 60]) {
      await writers[0]?.said(lines);
      await redis.kill();
      await redis.start();
    }

    expect(await Promise.all(writers.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(await read(redis.address())).toEqual(upTo(1500));
  });
});
