import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPoster, type Poster } from "./poster.ts";

let server: Server;
let poster: Poster;
/** One that soon gives up. */
let impatient: Poster;
let sockets: Set<Socket>;
let bodies: string[];
let answer: (nth: number, socket: Socket) => string | undefined;

beforeEach(async () => {
  sockets = new Set();
  bodies = [];
  answer = () => "ok";
  server = createServer(async (request, response) => {
    sockets.add(request.socket);
    let body = "";
    for await (const chunk of request) body += chunk;
    bodies.push(body);
    const text = answer(bodies.length, request.socket);
    if (text !== undefined) response.writeHead(202).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  poster = createPoster(url, 30_000, 2);
  impatient = createPoster(url, 200, 2);
});

afterEach(async () => {
  poster.close();
  impatient.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("connections are kept alive, and no more are opened than allowed", async () => {
  for (let i = 0; i < 5; i++) await poster.post({}, "x");
  expect(sockets.size).toBe(1);

  await Promise.all(Array.from({ length: 10 }, () => poster.post({}, "x")));
  expect(sockets.size).toBe(2);
});

test("bodies arrive whole, beyond ASCII and as bytes", async () => {
  await poster.post({}, "déjà 😀");
  await poster.post({}, Buffer.from("bytes"));

  expect(bodies).toEqual(["déjà 😀", "bytes"]);
});

test("a kept-alive connection that the other end closes at that moment is no failure", async () => {
  await poster.post({}, "a");
  answer = (nth, socket) => {
    if (nth !== 2) return "ok";
    socket.resetAndDestroy();
    return undefined;
  };

  expect(await poster.post({}, "b")).toMatchObject({ status: 202 });
  expect(bodies).toEqual(["a", "b", "b"]);
});

test("a new connection that is closed is a failure", async () => {
  answer = (_nth, socket) => {
    socket.resetAndDestroy();
    return undefined;
  };

  await expect(poster.post({}, "a")).rejects.toThrow();
  expect(bodies).toEqual(["a"]);
});

test("a server that does not answer is given up after a time", async () => {
  answer = () => undefined;

  await expect(impatient.post({}, "a")).rejects.toThrow("no answer within 0.2 s");
});

test("a server that stops in the middle of its answer is given up after a time", async () => {
  server.prependOnceListener("request", (_request, response) => response.writeHead(202).write("..."));
  answer = () => undefined;

  await expect(impatient.post({}, "a")).rejects.toThrow("no answer within 0.2 s");
});

test("only the beginning of a long answer is kept, and an answer without end is not waited for", async () => {
  server.prependOnceListener("request", (_request, response) => response.writeHead(202).write("x".repeat(1_000_000)));
  answer = () => undefined;

  const { text, whole, status } = await poster.post({}, "a");

  expect(status).toBe(202);
  expect(whole).toBe(false);
  expect(text.length).toBeLessThan(200_000);
});
