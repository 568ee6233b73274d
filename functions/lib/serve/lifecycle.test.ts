// In a process of its own, since its end is tested.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "vitest";

const HEADERS = { "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t" };

type Line = { msg: string; url?: string; held?: number };

async function start({ onTestFinished }: Pick<TestContext, "onTestFinished">, env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/held-step.ts")], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
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

// Each has a process of its own, so they need not wait for each other.
test.concurrent("at SIGTERM all requests under way are answered, and it exits with 0", async (context) => {
  const { expect } = context;
  const { child, logged, url, exit } = await start(context);
  const underWay = Array.from({ length: 50 }, () => post(url));
  await logged(({ held }) => held === 50);

  child.kill("SIGTERM");

  expect(await Promise.all(underWay)).toEqual(Array(50).fill(202));
  expect(await exit).toBe(0);
});

test.concurrent("a second signal exits at once, whatever is under way", async (context) => {
  const { expect } = context;
  const { child, logged, url, exit } = await start(context, { HOLD: "for-ever" });
  const underWay = outcome(post(url));
  await logged(({ held }) => held === 1);
  child.kill("SIGTERM");
  await logged(({ msg }) => msg.startsWith("stopping"));

  child.kill("SIGINT");

  expect(await exit).toBe(130);
  expect(await underWay).toBe("cut");
});

test.concurrent("a stop that fails is logged, and it exits with 1", async (context) => {
  const { expect } = context;
  const { child, logged, exit } = await start(context, { CLOSE: "fails" });

  child.kill("SIGTERM");

  expect(await exit).toBe(1);
  await logged(({ msg }) => msg === "could not stop cleanly");
});
