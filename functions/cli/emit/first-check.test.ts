import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { whyRejected } from "./first-check.ts";

const EVENT = { specversion: "1.0", source: "/s", type: "t", id: "1", data: {} };

let server: Server;
let base: string;
let asked: string[];
let reply: { status: number; body: string };

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["ce-id"]}`);
    response.writeHead(reply.status).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test("validate is asked, and 422 is its no", async () => {
  const fields = [{ path: "data.x", problem: "must be a number" }];
  reply = { status: 422, body: JSON.stringify({ error: "schema", message: "data.x must be a number", fields }) };

  expect(await whyRejected(`${base}/`, EVENT)).toEqual({ code: "schema", message: "data.x must be a number", fields });
  expect(asked).toEqual(["POST /validate 1"]);
});

test.each([
  [200, "{}"],
  [202, ""],
  [404, '{"message":"there is nothing at POST /validate"}'],
  [422, "<html>"],
  [503, '{"message":"busy"}'],
])("%i %s is no verdict", async (status, body) => {
  reply = { status, body };

  expect(await whyRejected(`${base}/`, EVENT)).toBeUndefined();
});

test("a broker on a path of its own is not asked", async () => {
  expect(await whyRejected(`${base}/default/wadi`, EVENT)).toBeUndefined();
  expect(asked).toEqual([]);
});

test("an event that cannot be written, and an address where nobody is, are left to the sending", async () => {
  expect(await whyRejected(`${base}/`, { ...EVENT, id: "\ud800" })).toBeUndefined();
  expect(await whyRejected("http://127.0.0.1:9/", EVENT)).toBeUndefined();
});
