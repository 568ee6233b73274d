// Waking others, by a server that stands for Knative: it holds the request until there is a pod.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../free-port.ts";
import { silentLog } from "../telemetry/log.ts";
import { wake } from "./wake.ts";

const PATIENCE = { timeout: 30_000 };
const root = join(import.meta.dirname, "../../..");

async function sleeping() {
  const held: ServerResponse[] = [];
  const asked: unknown[] = [];
  const server = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`);
    held.push(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as { port: number };
  return { asked, held, url: `http://127.0.0.1:${port}/health/live` };
}

function told() {
  const lines: { url: unknown; why: unknown }[] = [];
  const log = { ...silentLog, info: (fields: object) => void lines.push(fields as (typeof lines)[number]) };
  return { lines, log };
}

test("each address is asked once, and an answer that is well is not told", async () => {
  const [one, two] = [await sleeping(), await sleeping()];
  const { lines, log } = told();

  wake([one.url, two.url], log);
  await vi.waitFor(() => expect([...one.held, ...two.held].length).toBe(2), PATIENCE);
  const ended = [...one.held, ...two.held].map((response) => once(response.end('{"live":true}'), "close"));
  await Promise.all(ended);

  expect([one.asked, two.asked]).toEqual([["GET /health/live"], ["GET /health/live"]]);
  expect(lines).toEqual([]);
});

test("who cannot be reached, or answers that it is not there, is told with the reason, and nothing fails", async () => {
  const { asked, held, url } = await sleeping();
  const nobody = `http://127.0.0.1:${await freePort()}/health/live`;
  const { lines, log } = told();

  wake([nobody, url], log);
  await vi.waitFor(() => expect(asked.length).toBe(1), PATIENCE);
  held[0]?.writeHead(404).end();
  await vi.waitFor(() => expect(lines.length).toBe(2), PATIENCE);

  expect(lines).toContainEqual({ url: nobody, why: expect.stringContaining("ECONNREFUSED") });
  expect(lines).toContainEqual({ url, why: "it answered 404" });
});

test("a step that starts asks those that it wakes, and is ready though they do not answer", async () => {
  const { asked, url } = await sleeping();
  const child = spawn(process.execPath, [join(root, "functions/validate/main.ts")], {
    cwd: root,
    env: { PORT: "0", HOST: "127.0.0.1", WADI_WAKES: url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));

  const [line] = await once(createInterface({ input: child.stderr as NodeJS.ReadableStream }), "line");
  await vi.waitFor(() => expect(asked).toEqual(["GET /health/live"]), PATIENCE);

  expect(JSON.parse(line)).toMatchObject({ msg: "validate is ready" });
});
