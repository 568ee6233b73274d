// Requests that Node would answer without a reason. Those that Node can read and Wadi refuses are in server-limits.test.ts.

import { afterEach, expect, test } from "vitest";
import { silentLog } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { CE, dial, gate, hangUp } from "./fixtures/wire.ts";
import type { ServerOptions } from "./route.ts";
import { createServer, type Server } from "./server.ts";
import { type Answer, accepted } from "./status.ts";

const running: Server[] = [];
afterEach(async () => {
  hangUp();
  for (const server of running.splice(0)) await server.drain(0);
});

async function serve(accept: () => Promise<Answer> = async () => accepted, more: Partial<ServerOptions> = {}) {
  const server = createServer({
    events: [{ path: "/", maxBodyBytes: 1000, accept }],
    missing: async () => ({}),
    log: silentLog,
    telemetry: createTelemetry(),
    ...more,
  });
  running.push(server);
  return Number(new URL(await server.listen(0, "127.0.0.1")).port);
}

const POST = `POST / HTTP/1.1\r\nhost: a\r\n${CE}`;

function reasonOf(answer: string): { status: number; error: string; message: string } {
  const [head = "", body = ""] = answer.split("\r\n\r\n");
  expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBe(Buffer.byteLength(body));
  expect(head).toMatch(/connection: close/i);
  return { status: Number(head.split(" ")[1]), ...JSON.parse(body) };
}

test.each<[string, string, number, string, RegExp]>([
  ["a line that is no request", "nonsense\r\n\r\n", 400, "not-http", /no HTTP request: \w/],
  ["a header with a null byte", `${POST}a: b\u0000c\r\n\r\n`, 400, "not-http", /[Hh]eader/],
  ["a length that is none", `${POST}content-length: x\r\n\r\n`, 400, "not-http", /Content-Length/],
  ["a length and chunks", `${POST}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, 400, "not-http", /\w/],
  ["a chunk that is none", `${POST}transfer-encoding: chunked\r\n\r\nx\r\n`, 400, "not-http", /chunk/],
  ["headers without end", `${POST}a: ${"x".repeat(20_000)}\r\n\r\n`, 431, "too-large", /16 KiB/],
  ["no host", `POST / HTTP/1.1\r\n${CE}\r\n`, 400, "not-http", /Host/],
  ["an expectation", `${POST}expect: miracles\r\n\r\n`, 417, "expectation", /100-continue/],
  ["a tunnel", "CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n", 405, "method", /no proxy/],
])("%s gets a status and a reason, and the connection ends", async (_title, bytes, status, error, message) => {
  const port = await serve();
  const { send, closed } = dial(port);

  send(bytes);

  expect(reasonOf(await closed)).toMatchObject({ status, error, message: expect.stringMatching(message) });
});

test("a request that does not arrive in time gets the reason", async () => {
  const port = await serve(undefined, { requestTimeoutMs: 500 });
  const { send, closed } = dial(port);

  send(`${POST}content-length: 10\r\n\r\nabc`);

  expect(reasonOf(await closed)).toMatchObject({ status: 408, error: "timeout" });
}, 30_000);

test("a broken request that follows a good one is answered after it", async () => {
  const { open, opened } = gate();
  const arrived = gate();
  const port = await serve(async () => {
    arrived.open();
    await opened;
    return accepted;
  });
  const { send, closed } = dial(port);

  send(`${POST}content-length: 0\r\n\r\nnonsense\r\n\r\n`);
  await arrived.opened;
  open();

  expect(await closed).toMatch(/^HTTP\/1.1 202 [\s\S]*HTTP\/1.1 400 [\s\S]*not-http/);
});

test("a client that goes on sending unreadable bytes is cut off", async () => {
  const port = await serve();
  const { socket, closed } = dial(port);
  const noise = setInterval(() => socket.write("~".repeat(10_000)), 5);

  const answer = await closed;
  clearInterval(noise);

  expect(answer === "" || answer.startsWith("HTTP/1.1 400")).toBe(true);
}, 30_000);
