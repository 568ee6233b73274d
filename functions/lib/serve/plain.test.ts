// Plain routes, and streams.

import { afterEach, expect, test } from "vitest";
import { BusyError, NotFoundError, RejectedError, UnauthorizedError } from "../errors.ts";
import { silentLog } from "../telemetry/log.ts";
import { gate } from "./fixtures/wire.ts";
import type { PlainRequest, PlainRoute, ServerOptions } from "./route.ts";
import { createServer, type Server } from "./server.ts";
import { answerOfJson, problemDetails } from "./status.ts";
import type { Sink } from "./stream.ts";

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(0);
});

async function serve(plain: readonly PlainRoute[], options: Partial<ServerOptions> = {}) {
  const server = createServer({ events: [], plain, missing: async () => ({}), log: silentLog, ...options });
  running.push(server);
  return { server, url: await server.listen(0, "127.0.0.1") };
}

const echo = (parts: Partial<PlainRoute> = {}): PlainRoute => ({
  method: "GET",
  path: "/things/:name",
  maxBodyBytes: 100,
  answer: async ({ body, headers: _, ...request }: PlainRequest) => answerOfJson({ ...request, body: body.toString() }),
  ...parts,
});

test.each([
  ["/things/a%2Fb?x=1&y=%20", { path: "/things/a%2Fb", name: "a/b", query: "x=1&y=%20" }],
  ["/things/%3F", { path: "/things/%3F", name: "?", query: "" }],
  ["/things/__proto__?", { path: "/things/__proto__", name: "__proto__", query: "" }],
  ["/things/__proto__", { path: "/things/__proto__", name: "__proto__", query: "" }],
  ["/things/a.b~c-d_1", { path: "/things/a.b~c-d_1", name: "a.b~c-d_1", query: "" }],
  ["/Things/a/", { path: "/Things/a/", name: "a", query: "" }],
])("%s: a route sees its path as it was sent, its parameters decoded, its query raw", async (path, seen) => {
  const { url } = await serve([echo()]);

  const answer = await (await fetch(`${url}${path}`)).json();

  expect(answer).toEqual({ path: seen.path, parameters: { name: seen.name }, query: seen.query, body: "" });
});

test("a dot in a route's path is a dot", async () => {
  const { url } = await serve([echo({ path: "/things.json" })]);

  const answers = await Promise.all([fetch(`${url}/things.json`), fetch(`${url}/thingsXjson`)]);

  expect(answers.map(({ status }) => status)).toEqual([200, 404]);
});

test("HEAD is answered with the head alone", async () => {
  const { url } = await serve([echo()]);

  const answer = await fetch(`${url}/things/a`, { method: "HEAD" });

  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    200,
    "application/json; charset=utf-8",
    "",
  ]);
});

test("a path may take several methods, and names them to requests with another", async () => {
  const { url } = await serve([echo(), echo({ method: "POST" })]);

  const posted = await fetch(`${url}/things/a`, { method: "POST", body: "text" });
  const put = await fetch(`${url}/things/a`, { method: "PUT" });

  expect(await posted.json()).toMatchObject({ body: "text" });
  expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, POST"]);
});

test("an answer may be bytes, which arrive as they are", async () => {
  const bytes = Buffer.from([0, 255, 195, 40, 10]);
  const headers = { "content-type": "application/octet-stream" };
  const { url } = await serve([echo({ answer: async () => ({ status: 200, headers, body: bytes }) })]);

  const answer = await fetch(`${url}/things/a`);

  expect(answer.headers.get("content-type")).toBe("application/octet-stream");
  expect(answer.headers.get("content-length")).toBe("5");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes);
});

test("a path for GET answers other methods with the allowed one", async () => {
  const { url } = await serve([echo()]);

  expect((await fetch(`${url}/things/a`, { method: "POST" })).headers.get("allow")).toBe("GET");
});

test("without telemetry there is no /metrics", async () => {
  const { url } = await serve([]);

  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});

test.each<[string, Error, number, object]>([
  ["what is not there", new NotFoundError("no a"), 404, { type: "urn:wadi:problem:not-found", detail: "no a" }],
  ["a wrong token", new UnauthorizedError("no"), 401, { type: "urn:wadi:problem:unauthorized", title: "Unauthorized" }],
  [
    "fields at fault",
    new RejectedError("request", "bad", [{ path: "query.a", problem: "is odd" }]),
    422,
    { errors: [{ path: "query.a", problem: "is odd" }] },
  ],
  ["a full house", new BusyError("busy", "full", 7), 429, { title: "Too Many Requests" }],
  ["a bug", new Error("oops"), 500, { type: "urn:wadi:problem:internal" }],
])("%s can be answered as problem details", async (_title, error, status, parts) => {
  const answer = async () => {
    throw error;
  };
  const { url } = await serve([echo({ answer })], { tell: problemDetails });

  const response = await fetch(`${url}/things/a?b`);

  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ ...parts, status, instance: "/things/a" });
  if (error instanceof BusyError) expect(response.headers.get("retry-after")).toBe("7");
});

test("unknown paths and invalid URLs are answered the same way", async () => {
  const { url } = await serve([echo()], { tell: problemDetails });

  const answers = await Promise.all([fetch(`${url}/nowhere`), fetch(`${url}/things/%FF`)]);

  expect(answers.map(({ status }) => status)).toEqual([404, 400]);
  for (const answer of answers) expect(answer.headers.get("content-type")).toBe("application/problem+json");
});

function streaming() {
  const closed = gate();
  const drained = gate();
  const opened = Promise.withResolvers<Sink>();
  const route = echo({
    answer: async () => ({
      headers: { "content-type": "text/plain" },
      open(sink) {
        opened.resolve(sink);
        return { drained: drained.open, closed: closed.open };
      },
    }),
  });
  return { route, opened: opened.promise, closed: closed.opened, drained: drained.opened };
}

test("a stream is written piece by piece, and its writer learns when the reader leaves", async () => {
  const { route, opened, closed } = streaming();
  const { url } = await serve([route]);
  const left = new AbortController();
  const response = await fetch(`${url}/things/a`, { signal: left.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const sink = await opened;

  sink.write("one");
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("one");
  left.abort();
  await closed;

  expect(sink.write("two")).toBe(true);
  sink.end();
  sink.cut();
});

test("the writer learns when the reader is slow, and when it has caught up", async () => {
  const { route, opened, drained } = streaming();
  const { url } = await serve([route]);
  const response = await fetch(`${url}/things/a`);
  const sink = await opened;

  let written = 0;
  while (sink.write("x".repeat(100_000))) written++;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const reading = (async () => {
    while (!(await reader.read()).done);
  })();
  await drained;
  sink.end();
  await reading;

  expect(written).toBeLessThan(200);
});

test("draining ends every stream at once, after what was written", async () => {
  const { route, opened, closed } = streaming();
  const { url, server } = await serve([route]);
  const response = await fetch(`${url}/things/a`);
  (await opened).write("bye");

  await server.drain(60_000);

  expect(await response.text()).toBe("bye");
  await closed;
});
