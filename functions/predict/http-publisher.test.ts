import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { UnavailableError } from "../lib/errors.ts";
import { readEvent } from "../lib/events/codec.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { createHttpPublisher, type HttpPublisher } from "./http-publisher.ts";

const running: (Server | HttpPublisher)[] = [];
afterEach(() => {
  for (const one of running.splice(0)) {
    if ("closeAllConnections" in one) one.closeAllConnections();
    one.close();
  }
});

async function broker(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  running.push(server);
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function publisher(address: string, timeoutMs?: number): HttpPublisher {
  const made = createHttpPublisher(address, timeoutMs);
  running.push(made);
  return made;
}

const event: Event = {
  specversion: "1.0",
  id: "ä 1",
  source: "/wadi/line/infer",
  type: "dev.wadi.observation",
  subject: "ä 1",
  pipeline: "line",
  datacontenttype: "application/json",
  data: { x: 1, colour: "grün" },
};

test("an event arrives unchanged, in binary mode, at the path of the address", async () => {
  const arrived: unknown[] = [];
  const host = await broker(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    arrived.push(request.url, readEvent(request.rawHeaders, body));
    response.writeHead(202).end();
  });

  await publisher(`http://${host}/wadi/default`).publish(event);

  expect(arrived).toEqual(["/wadi/default", event]);
});

test("events go over a few kept-alive connections", async () => {
  const sockets = new Set<unknown>();
  const host = await broker((request, response) => {
    sockets.add(request.socket);
    request.resume().on("end", () => response.writeHead(202).end());
  });
  const { publish } = publisher(`http://${host}`);

  await Promise.all(Array.from({ length: 200 }, () => publish(event)));
  await publish(event);

  expect(sockets.size).toBeLessThanOrEqual(16);
});

test("a connection that was closed while it was idle is no failure", async () => {
  let requests = 0;
  const host = await broker((request, response) => {
    requests++;
    // Announces nothing and closes: the client learns of it by the next request.
    request.resume().on("end", () => response.writeHead(202).end(() => setImmediate(() => request.socket.destroy())));
  });
  const { publish } = publisher(`http://${host}`);

  for (let i = 0; i < 10; i++) await publish(event);

  expect(requests).toBeGreaterThanOrEqual(10);
});

test.each<[string, number, string, RegExp]>([
  ["a broker that is not there", 404, "no such broker", /404 no such broker/],
  ["one that is ill", 503, "", /answered 503\)/],
  ["a redirect, which would lose the event", 302, "", /302/],
])("%s can be tried again", async (_title, status, body, message) => {
  const host = await broker((request, response) => {
    request.resume();
    response.writeHead(status).end(body);
  });

  const error = await publisher(`http://${host}`)
    .publish(event)
    .catch((thrown: unknown) => thrown);

  expect(error).toBeInstanceOf(UnavailableError);
  expect((error as Error).message).toMatch(message);
});

test.each<[string, RequestListener]>([
  ["does not answer", () => {}],
  ["stops in the middle of its answer", (_request, response) => void response.writeHead(202).write("...")],
])("a broker that %s is given up after the allowed time", async (_title, listener) => {
  const host = await broker(listener);

  await expect(publisher(`http://${host}`, 100).publish(event)).rejects.toThrow(/no answer within 0.1 s/);
});

test("where nobody listens the error says so, without the password in the address", async () => {
  const error = await publisher("http://wadi:hunter2@127.0.0.1:1/")
    .publish(event)
    .catch((thrown: Error) => thrown);

  expect(error).toBeInstanceOf(UnavailableError);
  expect(error?.message).toContain("127.0.0.1:1");
  expect(error?.message).not.toContain("hunter2");
});
