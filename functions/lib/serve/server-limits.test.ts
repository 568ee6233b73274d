import { afterEach, describe, expect, test } from "vitest";
import { silentLog } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { echo } from "./fixtures/echo.ts";
import { ask, CE, dial, gate, hangUp } from "./fixtures/wire.ts";
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
    plain: [echo],
    missing: async () => ({}),
    log: silentLog,
    telemetry: createTelemetry(),
    ...more,
  });
  running.push(server);
  const url = await server.listen(0, "127.0.0.1");
  return { server, url, port: Number(new URL(url).port) };
}

describe("odd requests are answered with a reason and harm nobody", () => {
  test.each<[string, string, string, string]>([
    ["a path that is no percent-encoding", "POST /echo/%zz HTTP/1.1\r\n", "400 Bad Request", "kne-wadireason: url"],
    ["another method", "GET / HTTP/1.1\r\n", "405 Method Not Allowed", "allow: POST"],
    ["HEAD", "HEAD / HTTP/1.1\r\n", "405 Method Not Allowed", "allow: POST"],
    ["OPTIONS", "OPTIONS / HTTP/1.1\r\n", "405 Method Not Allowed", "allow: POST"],
    ["another method on a plain path", "GET /echo/a HTTP/1.1\r\n", "405 Method Not Allowed", "allow: POST"],
    ["a path nobody has", `POST /nowhere HTTP/1.1\r\n${CE}`, "404 Not Found", "kne-wadireason: path"],
    ["doubled slashes", `POST // HTTP/1.1\r\n${CE}`, "202 Accepted", "Content-Length: 0"],
    ["a whole URL", `POST http://a/?x=1 HTTP/1.1\r\n${CE}`, "202 Accepted", "Content-Length: 0"],
    ["HEAD of health", "HEAD /health/live HTTP/1.1\r\n", "200 OK", "application/json"],
    ["health by its inference name", "GET /v2/health/ready HTTP/1.1\r\n", "200 OK", '"ready":true'],
    ["nonsense", "nonsense\r\n", "400 Bad Request", ""],
  ])("%s", async (_title, head, status, part) => {
    const { port } = await serve();

    const answer = await ask(port, head);

    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toContain(part);
    expect(await ask(port, `POST / HTTP/1.1\r\n${CE}`)).toMatch(/^HTTP\/1.1 202/);
  });
});

describe("headers", () => {
  test("of more than 16 KiB are refused", async () => {
    const { port } = await serve();

    expect(await ask(port, `POST / HTTP/1.1\r\n${CE}ce-note: ${"x".repeat(17_000)}\r\n`)).toMatch(/^HTTP\/1.1 431/);
  });

  test("in great number are all read or refused; none is dropped silently", async () => {
    const { port } = await serve();

    const answer = await ask(port, `POST / HTTP/1.1\r\n${"a:\r\n".repeat(2100)}${CE}`);

    expect(answer).toMatch(/^HTTP\/1.1 (202|431)/);
  });
});

describe("bodies", () => {
  test("over the limit get 413 with the reason, even while the client is still sending", async () => {
    const { port } = await serve();

    const answer = await ask(port, `POST / HTTP/1.1\r\n${CE}`, "x".repeat(500_000));

    expect(answer).toMatch(/^HTTP\/1.1 413/);
    expect(answer).toContain("kne-wadireason: too-large");
  });

  test("of exactly the limit are taken", async () => {
    const { port } = await serve();
    const text = `"${"x".repeat(998)}"`;

    expect(await ask(port, `POST / HTTP/1.1\r\n${CE}`, text)).toMatch(/^HTTP\/1.1 202/);
  });

  test("with too many bytes in all get 429; earlier ones are finished, and then there is room again", async () => {
    const { port } = await serve(undefined, { maxBufferedBytes: 1000 });
    const slow = dial(port);
    slow.send(`POST / HTTP/1.1\r\nhost: a\r\n${CE}content-length: 800\r\n\r\n"${"x".repeat(698)}`);
    const other = `POST / HTTP/1.1\r\n${CE}`;

    // The slow one's bytes are on their way: asked until they have arrived.
    let refused = "";
    while (!/^HTTP\/1.1 429/.test(refused)) refused = await ask(port, other, `"${"x".repeat(398)}"`);
    slow.send(`${"x".repeat(100)}"`);
    const finished = await slow.heard(/HTTP\/1.1 202/);

    expect(refused).toMatch(/Retry-After: 1/i);
    expect(finished).toMatch(/^HTTP\/1.1 202/);
    expect(await ask(port, other, `"${"x".repeat(398)}"`)).toMatch(/^HTTP\/1.1 202/);
  });

  test("that never arrive release their bytes when their clients leave", async () => {
    const { port } = await serve(undefined, { maxBufferedBytes: 1000 });
    for (let i = 0; i < 5; i++) {
      const cut = dial(port);
      cut.socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${CE}content-length: 900\r\n\r\n${"x".repeat(800)}`, () =>
        cut.socket.destroy(),
      );
      await cut.closed;
    }

    let answer = "";
    while (!/^HTTP\/1.1 202/.test(answer)) answer = await ask(port, `POST / HTTP/1.1\r\n${CE}`, `"${"x".repeat(798)}"`);

    expect(answer).toMatch(/^HTTP\/1.1 202/);
  });
});

describe("requests under way", () => {
  test("beyond the limit get 429 with Retry-After; health checks are still answered", async () => {
    const { open, opened } = gate();
    const arrived = gate();
    const { port } = await serve(
      async () => {
        arrived.open();
        await opened;
        return accepted;
      },
      { maxRequests: 1 },
    );
    const first = ask(port, `POST / HTTP/1.1\r\n${CE}`);
    await arrived.opened;

    const second = await ask(port, `POST / HTTP/1.1\r\n${CE}`);
    const health = await ask(port, "GET /health/live HTTP/1.1\r\n");
    open();

    expect(second).toMatch(/^HTTP\/1.1 429[\s\S]*retry-after: 1/i);
    expect(health).toMatch(/^HTTP\/1.1 200/);
    expect(await first).toMatch(/^HTTP\/1.1 202/);
  });

  test("stop counting however they end: refused, by a bug, by a client that leaves before or after its answer", async () => {
    const arrivals: (() => void)[] = [];
    let leave = gate();
    const { port } = await serve(
      async () => {
        for (const arrived of arrivals.splice(0)) arrived();
        await leave.opened;
        throw new Error("a bug");
      },
      { maxRequests: 1 },
    );
    for (let i = 0; i < 3; i++) {
      leave = gate();
      const arrived = new Promise<void>((resolve) => arrivals.push(resolve));
      const gone = dial(port);
      gone.send(`POST / HTTP/1.1\r\nhost: a\r\n${CE}content-length: 0\r\n\r\n`);
      await arrived;
      gone.socket.destroy();
      await gone.closed;
      await ask(port, "GET /health/live HTTP/1.1\r\n"); // by now the server has seen it go
      leave.open();
      let answer = "HTTP/1.1 429";
      while (/^HTTP\/1.1 429/.test(answer)) answer = await ask(port, `POST / HTTP/1.1\r\n${CE}`);
      expect(answer).toMatch(/^HTTP\/1.1 500/);
      expect(await ask(port, "POST / HTTP/1.1\r\n")).toMatch(/^HTTP\/1.1 400/);
    }
  });
});

test("a request whose client leaves in the middle of its body stops counting", async () => {
  const { port } = await serve(undefined, { maxRequests: 1 });
  const cut = dial(port);
  cut.socket.write(`POST / HTTP/1.1\r\nhost: a\r\n${CE}content-length: 10\r\n\r\nabc`, () => cut.socket.destroy());
  await cut.closed;

  let answer = "HTTP/1.1 429";
  while (/^HTTP\/1.1 429/.test(answer)) answer = await ask(port, `POST / HTTP/1.1\r\n${CE}`);

  expect(answer).toMatch(/^HTTP\/1.1 202/);
});
