// In a process of its own, since its end is tested.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";

const HEADERS = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t" };
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

type Line = { msg: string; url?: string; held?: number };

async function start(env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/held-step.ts")], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  children.push(child);
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => {
    if (line.startsWith("{")) lines.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  const logged = (check: (line: Line) => boolean) =>
    new Promise<Line>((resolve) => {
      const look = () => {
        const found = lines.find(check);
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  const { url } = await logged(({ msg }) => msg === "ready");
  return { child, logged, url: url as string, exit: once(child, "exit").then(([code]) => code as number | null) };
}

const post = (url: string) => fetch(url, { method: "POST", headers: HEADERS }).then(({ status }) => status);
const outcome = (work: Promise<number>) => work.catch(() => "cut" as const);

test("at SIGTERM all requests under way are answered, and it exits with 0", async () => {
  const { child, logged, url, exit } = await start();
  const underWay = Array.from({ length: 50 }, () => post(url));
  await logged(({ held }) => held === 50);

  child.kill("SIGTERM");

  expect(await Promise.all(underWay)).toEqual(Array(50).fill(202));
  expect(await exit).toBe(0);
}, 30_000);

test("a second signal exits at once, whatever is under way", async () => {
  const { child, logged, url, exit } = await start({ HOLD: "for-ever" });
  const underWay = outcome(post(url));
  await logged(({ held }) => held === 1);
  child.kill("SIGTERM");
  await logged(({ msg }) => msg.startsWith("stopping"));

  child.kill("SIGINT");

  expect(await exit).toBe(130);
  expect(await underWay).toBe("cut");
}, 30_000);

test("a stop that fails is logged, and it exits with 1", async () => {
  const { child, logged, exit } = await start({ CLOSE: "fails" });

  child.kill("SIGTERM");

  expect(await exit).toBe(1);
  await logged(({ msg }) => msg === "could not stop cleanly");
}, 30_000);
