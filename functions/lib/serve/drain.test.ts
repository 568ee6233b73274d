import { afterEach, expect, test } from "vitest";
import { silentLog } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { CE, dial, gate, hangUp } from "./fixtures/wire.ts";
import { createServer, type Server } from "./server.ts";
import { type Answer, accepted } from "./status.ts";

const running: Server[] = [];
afterEach(async () => {
  hangUp();
  for (const server of running.splice(0)) await server.drain(100);
});

async function serve(accept: () => Promise<Answer> = async () => accepted) {
  const server = createServer({
    events: [{ path: "/", maxBodyBytes: 1000, accept }],
    missing: async () => ({}),
    log: silentLog,
    telemetry: createTelemetry(),
  });
  running.push(server);
  return { server, port: Number(new URL(await server.listen(0, "127.0.0.1")).port) };
}

const REQUEST = `POST / HTTP/1.1\r\nhost: a\r\n${CE}content-length: 0\r\n\r\n`;

test("clients that send without pause on kept-alive connections get an answer to every request", async () => {
  const { port, server } = await serve();
  const clients = Array.from({ length: 8 }, () => {
    const client = { ...dial(port), sent: 0, answered: 0 };
    const next = () => {
      client.sent++;
      client.send(REQUEST);
    };
    client.socket.on("data", (data) => {
      client.answered += data.toString().split("HTTP/1.1 202").length - 1;
      if (!/connection: close/i.test(data.toString())) next();
    });
    client.socket.on("connect", next);
    return client;
  });
  await Promise.all(clients.map(({ heard }) => heard(/HTTP\/1.1 202/)));

  await server.drain(60_000);

  await Promise.all(clients.map(({ closed }) => closed));
  for (const { sent, answered } of clients) expect(answered).toBe(sent);
});

test("the last answer on a connection says so, and idle connections are just closed", async () => {
  const arrived = gate();
  const { open, opened } = gate();
  const { port, server } = await serve(async () => {
    arrived.open();
    await opened;
    return accepted;
  });
  const idle = dial(port);
  idle.send("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n");
  await idle.heard(/live/);
  const busy = dial(port);
  busy.send(REQUEST);
  await arrived.opened;

  const drained = server.drain(60_000);
  open();
  await drained;

  expect(await busy.closed).toMatch(/connection: close/i);
  expect(await idle.closed).not.toMatch(/connection: close/i);
});

test("what does not end within the grace period is cut", async () => {
  const arrived = gate();
  const { port, server } = await serve(async () => {
    arrived.open();
    return new Promise<Answer>(() => {});
  });
  const stuck = dial(port);
  stuck.send(REQUEST);
  await arrived.opened;

  await server.drain(50);

  expect(await stuck.closed).toBe("");
});

test("a server that never listened has nothing to drain", async () => {
  const server = createServer({
    events: [],
    missing: async () => ({}),
    log: silentLog,
    telemetry: createTelemetry(),
  });

  await server.drain(60_000);
});
