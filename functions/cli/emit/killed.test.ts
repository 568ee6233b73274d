// Killed for good (kill -9) while a batch is under way: Wadi, `wadi emit`, or both. Real processes, with a proxy between
// them that knows when half of a batch has passed, and when its answer comes back.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { BATCH } from "../../lib/events/batch.ts";
import { FLIGHTS_CSV } from "../../local/river-golden.contract.ts";
import {
  cleanUp,
  later,
  type Outcome,
  spawnWadi,
  temporaryFolder,
  type WadiProcess,
} from "../../local/wadi-under-test.contract.ts";

const ROWS = 600;
const COMMAND = [FLIGHTS_CSV, "--pipeline", "flights", "--time", "date", "--limit", String(ROWS)];
/** Batches are of this size at most. */
const OF_A_BATCH = 100;
const KILL_AT_BATCH = 3;

type Moment = "half of a batch has come to Wadi" | "a batch is on disk, and its answer is not back";

let undisturbed: Outcome;

afterEach(cleanUp);
afterAll(cleanUp);
beforeAll(async () => {
  const wadi = await spawnWadi(temporaryFolder());
  await emit(wadi.url).code;
  undisturbed = await wadi.outcome();
  expect(undisturbed).toMatchObject({ count: ROWS, learned: ROWS, deadLetters: 0 });
  await cleanUp();
}, 120_000);

function emit(url: string): { readonly child: ChildProcess; readonly code: Promise<number | null> } {
  const program = join(import.meta.dirname, "../wadi.ts");
  const child = spawn(process.execPath, [program, "emit", ...COMMAND, "--concurrency", String(OF_A_BATCH)], {
    env: { ...process.env, WADI_URL: url, NODE_OPTIONS: "" },
    stdio: "ignore",
  });
  later(() => child.kill("SIGKILL"));
  return { child, code: once(child, "exit").then(([code]) => code as number | null) };
}

/** Passes on what comes; at the moment, once, it calls `act`, and nobody hears the answer. */
async function openProxy(port: number, moment: Moment, act: () => Promise<void>): Promise<string> {
  let batches = 0;
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const fatal = request.headers["content-type"] === BATCH && ++batches === KILL_AT_BATCH;
    const upstream = httpRequest({ host: "127.0.0.1", port, method: request.method, path: request.url });
    for (const [name, value] of Object.entries(request.headers)) upstream.setHeader(name, value ?? "");
    upstream.on("error", () => response.destroy());
    if (fatal && moment === "half of a batch has come to Wadi") {
      upstream.write(body.subarray(0, body.length / 2), async () => {
        await act();
        upstream.destroy();
        response.destroy();
      });
      return;
    }
    upstream.end(body);
    const [answer] = (await once(upstream, "response").catch(() => [])) as [IncomingMessage?];
    if (answer === undefined) return;
    if (!fatal) return void passOn(answer, response);
    expect(answer.statusCode).toBe(202);
    await act();
    response.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  later(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function passOn(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 0, answer.headers);
  answer.on("error", () => response.destroy());
  answer.pipe(response);
}

test.each<[string, Moment]>([
  ["Wadi", "half of a batch has come to Wadi"],
  ["Wadi", "a batch is on disk, and its answer is not back"],
  ["emit", "half of a batch has come to Wadi"],
  ["emit", "a batch is on disk, and its answer is not back"],
  ["Wadi and emit", "a batch is on disk, and its answer is not back"],
])(
  "kill -9 of %s when %s: in the end each row is learned once, to the bit",
  async (victims, moment) => {
    const data = temporaryFolder();
    let wadi: WadiProcess = await spawnWadi(data);
    const { port } = wadi;
    const killed = Promise.withResolvers<void>();
    const url = await openProxy(port, moment, async () => {
      const dying = [
        ...(victims.includes("Wadi") ? [wadi.child] : []),
        ...(victims.includes("emit") ? [run.child] : []),
      ];
      for (const child of dying) child.kill("SIGKILL");
      await Promise.all(dying.map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")));
      killed.resolve();
    });
    const run = emit(url);

    await killed.promise;
    if (victims.includes("Wadi")) wadi = await spawnWadi(data, { port });
    // What was killed is started again by its user; what was not goes on by itself.
    const last = victims.includes("emit") ? emit(url) : run;

    expect(await last.code).toBe(0);
    expect(await wadi.outcome()).toEqual({ ...undisturbed, steps: expect.anything() });
  },
  120_000,
);
