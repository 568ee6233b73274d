// The learner as a process on a Redis that comes and goes.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../lib/free-port.ts";
import { hasRedisServer, pause, startRedis } from "../lib/store/fixtures/redis-server.ts";
import { example, LINE } from "./fixtures/line.ts";

const folders: string[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** `days`: how far its clock is ahead. */
async function start(port: number, days = 0): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "wadi-learn-"));
  folders.push(folder);
  writeFileSync(join(folder, "line.yaml"), LINE);
  const clock = `const now = Date.now; Date.now = () => now() + ${days} * 86400000`;
  const args = [`--import=data:text/javascript,${encodeURIComponent(clock)}`, join(import.meta.dirname, "main.ts")];
  const child = spawn(process.execPath, args, {
    env: { PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: folder, WADI_STORE: `redis://127.0.0.1:${port}` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('"url"')) return (JSON.parse(line) as { url: string }).url;
  }
  throw new Error("it did not come up");
}

/** What of Node a process has loaded by the time it ends, and the files that it made. */
const WITNESS = `
import { readdirSync } from "node:fs";
process.on("exit", () => {
  const loaded = process.moduleLoadList.map((name) => name.split(" ")[1]);
  console.error(JSON.stringify({ url: "at the end", loaded, made: readdirSync(".") }));
});`;

async function send(url: string, i: number): Promise<{ status: number; body: string }> {
  const { data, ...attributes } = example(i);
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const);
  const answer = await fetch(url, {
    method: "POST",
    headers: { ...Object.fromEntries(headers), "content-type": "application/json" },
    body: JSON.stringify(data),
  });
  return { status: answer.status, body: await answer.text() };
}

describe.runIf(hasRedisServer)("a learner whose Redis comes and goes", { tags: ["redis"] }, () => {
  test("is ready without it and says what is missing, answers 503, and learns when it is there; after a kill, too", async () => {
    const port = await freePort();
    const url = await start(port);

    const ready = await fetch(`${url}/health/ready`);
    const refused = await send(url, 1);

    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ missing: { store: expect.stringContaining("nobody listens there") } });
    expect(refused.status).toBe(503);
    expect(refused.body).toMatch(/store-unavailable.*start it, or correct the address/);

    const redis = await startRedis("--port", String(port));
    const learned = async (i: number) => {
      let answer = await send(url, i);
      while (answer.status === 503) {
        await pause(50);
        answer = await send(url, i);
      }
      return answer;
    };
    expect(await learned(1)).toMatchObject({ status: 200, body: expect.stringContaining('"version":1') });

    await redis.kill();
    expect((await send(url, 2)).status).toBe(503);
    await redis.start();

    expect(await learned(2)).toMatchObject({ status: 200, body: expect.stringContaining('"version":2') });
    expect(await learned(1)).toMatchObject({ status: 202, body: "" });
  });

  test.each([40, -40])("and whose own clock is %i days ahead goes by that of Redis, and says so", async (days) => {
    const redis = await startRedis();
    const [right, wrong] = [await start(redis.port), await start(redis.port, days)];

    expect(await send(right, 1)).toMatchObject({ status: 200 });
    expect(await send(wrong, 2)).toMatchObject({ status: 200, body: expect.stringContaining('"version":2') });
    for (const i of [1, 2]) {
      for (const url of [right, wrong]) expect(await send(url, i)).toMatchObject({ status: 202, body: "" });
    }

    const health = await fetch(`${wrong}/health/ready`);
    const { clockAheadSeconds } = (await health.json()) as { clockAheadSeconds: number };
    expect(Math.abs(clockAheadSeconds - days * 86_400)).toBeLessThan(60);
  });

  test("never loads SQLite and makes no file, and loads no client of HTTP for a first event", async () => {
    const redis = await startRedis();
    const folder = mkdtempSync(join(tmpdir(), "wadi-learn-"));
    const cwd = mkdtempSync(join(tmpdir(), "wadi-learn-"));
    folders.push(folder, cwd);
    writeFileSync(join(folder, "line.yaml"), LINE);
    const args = [`--import=data:text/javascript,${encodeURIComponent(WITNESS)}`, join(import.meta.dirname, "main.ts")];
    const child = spawn(process.execPath, args, {
      cwd,
      env: { PORT: "0", HOST: "127.0.0.1", WADI_PIPELINES: folder, WADI_STORE: `redis://127.0.0.1:${redis.port}` },
      stdio: ["ignore", "ignore", "pipe"],
    });
    children.push(child);
    const said: Record<string, unknown>[] = [];
    let answer: { status: number } | undefined;
    for await (const line of createInterface({ input: child.stderr })) {
      said.push(JSON.parse(line) as Record<string, unknown>);
      if (said.length > 1) continue;
      answer = await send(String(said[0]?.["url"]), 1);
      child.kill("SIGTERM");
    }

    const { loaded, made } = said.at(-1) as { loaded: string[]; made: string[] };
    expect(answer?.status).toBe(200);
    expect(made).toEqual([]);
    expect(loaded).toContain("http");
    expect(loaded.filter((name) => /^(sqlite|https|http2|inspector)$/.test(name))).toEqual([]);
  });
});
