// What the guide to Redis and Kafka tells people to type, on a real Redis and a real Kafka. Their addresses and the ports are
// the test's own; all else stands as the page has it.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { blocksOf, read, root } from "./documented.contract.ts";
import { noOwnKafka, ownKafka } from "./lib/broker/kafka/under-test.contract.ts";
import { freePort } from "./lib/free-port.ts";
import { hasRedisServer, pause, startRedis } from "./lib/store/fixtures/redis-server.ts";

const PAGE = "docs/how-to/redis-and-kafka.md";
const commands = blocksOf(read(PAGE))
  .filter(({ needs }) => needs === "kafka")
  .flatMap((block) => block.commands);

const running: ChildProcess[] = [];
const checkout = mkdtempSync(join(tmpdir(), "wadi-docs-"));
afterEach(async () => {
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(running.map((child) => new Promise((done) => child.once("exit", done))));
  rmSync(checkout, { recursive: true });
});

async function isReady(url: string): Promise<boolean> {
  return (await fetch(`${url}/health/ready`).catch(() => undefined))?.ok === true;
}

const missing = noOwnKafka ?? (hasRedisServer ? undefined : "there is no redis-server");
const tags = noOwnKafka ? ["kafka"] : ["redis"];

describe.skipIf(missing !== undefined)(PAGE, { timeout: 300_000, tags }, () => {
  test("its commands work as they stand: two processes share the events, and one model", async () => {
    const [kafka, redis] = await Promise.all([ownKafka(), startRedis()]);
    const ports = await Promise.all([8080, 8090, 8081, 8091].map(async (port) => [port, await freePort()] as const));
    const portFor = new Map<string, number>(ports.map(([port, own]) => [String(port), own]));
    cpSync(join(root, "helm"), join(checkout, "helm"), { recursive: true });
    symlinkSync(join(root, "wadi"), join(checkout, "wadi"));
    const here = (command: string) =>
      command
        .replace("localhost:9092", kafka.brokers.join(","))
        .replace("127.0.0.1:6379", `127.0.0.1:${redis.port}`)
        .replaceAll(/\b80[89][01]\b/g, (port) => String(portFor.get(port)));
    const type = (command: string) => promisify(execFile)("bash", ["-c", here(command)], { cwd: checkout });
    const shown: string[] = [];

    for (const command of commands) {
      if (command.startsWith("./wadi start")) {
        const withPorts = command.includes("--port") ? command : `${command} --port 8080 --admin-port 8090`;
        const url = here(`http://127.0.0.1:${/--port (\d+)/.exec(withPorts)?.[1]}`);
        running.push(spawn("bash", ["-c", `exec ${here(withPorts)}`], { cwd: checkout, stdio: "ignore" }));
        await expect.poll(() => isReady(url), { timeout: 120_000, interval: 200 }).toBe(true);
      } else if (command.includes("models show")) {
        let out = "";
        for (let tries = 0; tries < 300 && !out.includes("1,000 examples"); tries++) {
          if (tries > 0) await pause(200);
          out = (await type(command)).stdout;
        }
        shown.push(out);
      } else expect((await type(command)).stdout).toContain("1,000 events accepted");
    }

    expect(running).toHaveLength(2);
    expect(shown).toHaveLength(2);
    for (const out of shown) expect(out).toContain("1,000 examples");
    expect((await type("./wadi dlq list")).stdout).toContain("There are no dead letters.");
  });
});
