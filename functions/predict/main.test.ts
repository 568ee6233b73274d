// predict as a process of its own: requests with an id need a broker.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "vitest";
import { readEvent } from "../lib/events/codec.ts";
import type { Event } from "../lib/events/vocabulary.ts";

const root = join(import.meta.dirname, "../..");
const request = { id: "point-1", inputs: { x: 0.5 } };

async function start(
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
  env: Record<string, string>,
): Promise<{ child: ChildProcess; url: string }> {
  const folder = mkdtempSync(join(tmpdir(), "wadi-predict-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const store = `sqlite:${join(folder, "store.db")}`;
  const child = spawn(process.execPath, [join(root, "functions/predict/main.ts")], {
    cwd: root,
    env: { PORT: "0", HOST: "127.0.0.1", WADI_STORE: store, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    if (line.startsWith("{")) return { child, url: JSON.parse(line).url };
  }
  throw new Error("it ended without a word");
}

async function infer(url: string) {
  const response = await fetch(`${url}/v2/models/line/infer`, { method: "POST", body: JSON.stringify(request) });
  return { status: response.status, body: (await response.json()) as { id?: string; code?: string } };
}

// Each has a process of its own, so they need not wait for each other.
test.concurrent("with a broker the observation is posted to it before the answer, and it stops cleanly", async (context) => {
  const { expect } = context;
  const events: Event[] = [];
  const broker = createServer(async (incoming, response) => {
    events.push(readEvent(incoming.rawHeaders, Buffer.concat(await incoming.toArray())));
    response.writeHead(202).end();
  }).listen(0, "127.0.0.1");
  context.onTestFinished(() => void broker.close());
  await once(broker, "listening");
  const { child, url } = await start(context, {
    K_SINK: `http://127.0.0.1:${(broker.address() as AddressInfo).port}/wadi`,
  });

  const { status, body } = await infer(url);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");

  expect([status, body.id]).toEqual([200, "point-1"]);
  expect(events).toMatchObject([{ source: "/wadi/line/infer", id: "point-1", subject: "point-1", data: { x: 0.5 } }]);
  expect(code).toBe(0);
});

test.concurrent("without a broker an id is refused, with the cure", async (context) => {
  const { expect } = context;
  const { url } = await start(context, {});

  expect(await infer(url)).toMatchObject({
    status: 501,
    body: { code: "no-broker", error: expect.stringContaining("WADI_BROKER") },
  });
});

test.concurrent("with a broker that is away the caller is told to ask again", async (context) => {
  const { expect } = context;
  const { url } = await start(context, { WADI_BROKER: "http://127.0.0.1:1/" });

  expect(await infer(url)).toMatchObject({
    status: 503,
    body: { code: "broker-unavailable", error: expect.stringContaining("same id again") },
  });
});
