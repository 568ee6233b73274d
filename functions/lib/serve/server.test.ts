import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { BusyError, RejectedError, UnavailableError, VersionConflictError } from "../errors.ts";
import type { Event } from "../events/vocabulary.ts";
import { silentLog } from "../telemetry/log.ts";
import { createTelemetry } from "../telemetry/metrics.ts";
import { echo } from "./fixtures/echo.ts";
import { createServer, type Server } from "./server.ts";
import { createStep, type Handle } from "./step.ts";

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.drain(0);
});

interface Limits {
  readonly requestTimeoutMs?: number;
}

async function serve(handle: Handle, limits: Limits = {}, missing: Record<string, string> = {}) {
  const telemetry = createTelemetry();
  const step = createStep({ name: "validate", handle, clock: systemClock, log: silentLog, telemetry });
  const server = createServer({
    events: [{ path: "/", maxBodyBytes: 1000, step: "validate", accept: (event) => step.answer(event) }],
    plain: [echo],
    missing: async () => missing,
    log: silentLog,
    telemetry,
    ...limits,
  });
  running.push(server);
  return { url: await server.listen(0, "127.0.0.1"), server };
}

const HEADERS = {
  "ce-specversion": "1.0",
  "ce-id": "1",
  "ce-source": "/s",
  "ce-type": "t",
  "content-type": "application/json",
};
const post = (url: string, body = "{}", headers: Record<string, string> = HEADERS) =>
  fetch(url, { method: "POST", headers, body });
const failing = (error: Error): Handle => {
  return async () => {
    throw error;
  };
};

test("every answer to an event bears the step's name, its refusals too; other paths do not", async () => {
  const { url } = await serve(async (event) => (event.id === "1" ? event : undefined));

  const answers = await Promise.all([
    post(url),
    post(url, "{}", { ...HEADERS, "ce-id": "2" }),
    post(url, ""),
    post(url, "", {}),
    post(url, "x".repeat(1001)),
    post(`${url}/?query`, "no JSON"),
    fetch(`${url}/health/live`),
    post(`${url}/echo`),
    post(`${url}/elsewhere`),
  ]);

  const seen = answers.map(({ status, headers }) => [status, headers.get("wadi-step")]);
  expect(seen.slice(0, 6)).toEqual([200, 202, 200, 400, 413, 400].map((status) => [status, "validate"]));
  expect(seen.slice(6).map(([, mark]) => mark)).toEqual([null, null, null]);
});

describe("the status table", () => {
  test("a derived event is 200 and the event in binary mode", async () => {
    const { url } = await serve(async (event) => ({ ...event, type: "derived", data: { a: 1 } }) as Event);

    const response = await post(url);

    expect(response.status).toBe(200);
    expect(response.headers.get("ce-type")).toBe("derived");
    expect(await response.json()).toEqual({ a: 1 });
  });

  test("without a derived event the answer is 202 with an empty body, or the broker would take it for a failure", async () => {
    const { url } = await serve(async () => undefined);

    const response = await post(url);

    expect(response.status).toBe(202);
    expect(await response.text()).toBe("");
  });

  test.each<[string, Error, number, string]>([
    [
      "what can never succeed",
      new RejectedError("schema", "bad", [{ path: "data.a", problem: "is odd" }]),
      422,
      "schema",
    ],
    ["a version conflict", new VersionConflictError("version-conflict", "others won"), 409, "version-conflict"],
    ["a full queue", new BusyError("busy", "full", 2), 429, "busy"],
    ["a store that is away", new UnavailableError("store-unavailable", "away"), 503, "store-unavailable"],
    ["a bug", new Error("oops"), 500, "internal"],
  ])(
    "%s has its status, its reason as kne-wadireason, and a body that says what is wrong",
    async (_title, error, status, code) => {
      const { url } = await serve(failing(error));

      const response = await post(url);

      expect(response.status).toBe(status);
      expect(response.headers.get("kne-wadireason")).toBe(code);
      const body = (await response.json()) as { error: string; message: string; fields?: unknown };
      expect(body).toMatchObject({ error: code, message: error.message });
      if (error instanceof RejectedError) expect(body.fields).toEqual(error.fields);
      if (error instanceof BusyError) expect(response.headers.get("retry-after")).toBe("2");
    },
  );

  test("what is no CloudEvent is 400 and says how to make it one", async () => {
    const { url } = await serve(async () => undefined);

    const response = await post(url, "a=1", { "content-type": "application/x-www-form-urlencoded" });

    expect(response.status).toBe(400);
    expect(await response.text()).toContain("ce-specversion: 1.0");
  });

  test("another method is 405, another path 404, each as JSON", async () => {
    const { url } = await serve(async () => undefined);

    const [method, path] = await Promise.all([fetch(url), fetch(`${url}/nowhere`, { method: "POST" })]);

    expect([method.status, path.status]).toEqual([405, 404]);
    expect(((await path.json()) as { message: string }).message).toContain("/nowhere");
  });
});

describe("limits", () => {
  test("a body over the limit gets 413, whether announced or not, and the next request is served", async () => {
    const { url } = await serve(async () => undefined);
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(100));
        controller.close();
      },
    });

    const announced = await post(url, "x".repeat(1001));
    const streamed = await fetch(url, {
      method: "POST",
      headers: HEADERS,
      body: chunks,
      duplex: "half",
    } as RequestInit);

    expect([announced.status, streamed.status]).toEqual([413, 413]);
    expect((await post(url)).status).toBe(202);
  });

  test("a body that does not arrive in time is cut off", async () => {
    const { url } = await serve(async () => undefined, { requestTimeoutMs: 1000 });
    const { port } = new URL(url);

    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("data", (data) => {
        text += data.toString();
      });
      socket.on("close", () => resolve(text));
      socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc");
    });

    expect(answer).toMatch(/^HTTP\/1.1 408/);
    expect((await post(url)).status).toBe(202);
  }, 60_000);

  test("a request cut in the middle harms nobody", async () => {
    const { url } = await serve(async () => undefined);
    const { port } = new URL(url);

    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc", () => socket.destroy());
      });
      socket.on("close", () => resolve());
    });

    expect((await post(url)).status).toBe(202);
  });
});

test("a taken port gives a clear message with the cure", async () => {
  const { url } = await serve(async () => undefined);
  const second = createServer({
    events: [],
    missing: async () => ({}),
    log: silentLog,
    telemetry: createTelemetry(),
  });

  await expect(second.listen(Number(new URL(url).port), "127.0.0.1")).rejects.toThrow(
    /is taken; stop what listens there/,
  );
});

test("/health/ready says what is missing and is ready all the same", async () => {
  const { url } = await serve(async () => undefined, {}, { store: "not reachable" });

  const response = await fetch(`${url}/health/ready`);

  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ready: true, missing: { store: "not reachable" } });
});

test("draining finishes what is under way and takes nothing new", async () => {
  let release = () => {};
  let arrived = () => {};
  const here = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const { url, server } = await serve(
    () =>
      new Promise((resolve) => {
        release = () => resolve(undefined);
        arrived();
      }),
  );
  const underWay = post(url);
  await here;

  const drained = server.drain(10_000);
  await expect(post(url)).rejects.toThrow();
  release();

  expect((await underWay).status).toBe(202);
  await drained;
});

test("answers are counted by step and status on /metrics", async () => {
  const { url } = await serve(async () => undefined);
  await post(url);

  const text = await (await fetch(`${url}/metrics`)).text();

  expect(text).toContain('wadi_answers_total{step="validate",status="202"} 1');
});
