// A step behind a URL whose server answers in every wrong way. What counts is what the broker makes of it.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { outcomeOf } from "../../lib/broker/outcome.ts";
import { readTopology } from "../../lib/broker/topology.ts";
import { manualClock, systemClock } from "../../lib/clock.ts";
import { readEvent } from "../../lib/events/codec.ts";
import { reasonOf } from "../../lib/events/reasons.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import { freePort } from "../../lib/free-port.ts";
import { createServer as createStepServer } from "../../lib/serve/server.ts";
import { createLog, silentLog } from "../../lib/telemetry/log.ts";
import { root } from "../wadi-under-test.contract.ts";
import { createRemoteStep, type RemoteStep, type RemoteStepOptions } from "./remote-step.ts";
import { createRemoteSteps } from "./remote-steps.ts";

type Said = (response: ServerResponse, request: IncomingMessage) => unknown;

let say: Said;
let seen: { headers: IncomingMessage["headers"]; rawHeaders: string[]; url: string | undefined; body: Buffer }[];
let base: string;
const open: RemoteStep[] = [];

const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { headers, rawHeaders, url } = request;
  seen.push({ headers, rawHeaders, url, body: Buffer.concat(pieces) });
  say(response, request);
});
beforeAll(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  seen = [];
});
afterAll(() => {
  for (const one of open) one.close();
  server.closeAllConnections();
  server.close();
});

const EVENT: Event = {
  specversion: "1.0",
  id: "ä 1",
  source: "/test",
  type: "dev.wadi.observation",
  subject: "s",
  datacontenttype: "application/json",
  data: { x: 0.1 + 0.2, name: "grün" },
};
const MARK = { "wadi-step": "learn" };
const BINARY = {
  "ce-specversion": "1.0",
  "ce-id": "2",
  "ce-source": "/r",
  "ce-type": "t",
  "content-type": "application/json",
};

function remote(options: Partial<RemoteStepOptions> = {}): RemoteStep {
  const made = createRemoteStep({
    ...{ step: "learn", url: `${base}/wadi/learn`, headers: {}, timeoutMs: 30_000, connections: 4 },
    ...{ clock: systemClock, log: silentLog, ...options },
  });
  open.push(made);
  return made;
}

const outcome = async (step: RemoteStep) => outcomeOf(await step.deliver(EVENT).catch(() => undefined as never));

const answers =
  (status: number, headers: Record<string, string> = {}, body = ""): Said =>
  (response) =>
    response.writeHead(status, headers).end(body);

describe("with the mark, the answer is the step's", () => {
  test("the event goes out in binary mode, to the bit, with the headers that are set; its reply comes back", async () => {
    say = answers(200, { ...MARK, ...BINARY }, '{"y":0.30000000000000004}');

    const found = await outcome(remote({ headers: { authorization: "Basic c2VjcmV0" } }));

    const [sent] = seen;
    expect(readEvent(sent?.rawHeaders ?? [], sent?.body ?? Buffer.of())).toEqual(EVENT);
    expect(sent).toMatchObject({ url: "/wadi/learn", headers: { authorization: "Basic c2VjcmV0" } });
    expect(found).toMatchObject({ kind: "reply", event: { id: "2", type: "t", data: { y: 0.1 + 0.2 } } });
  });

  test("a reply in structured mode is one too", async () => {
    const event = { specversion: "1.0", id: "2", source: "/r", type: "t", data: { y: 1 } };
    say = answers(200, { ...MARK, "content-type": "application/cloudevents+json" }, JSON.stringify(event));

    expect(await outcome(remote())).toEqual({ kind: "reply", event });
  });

  test.each([
    ["202 without a body is handled", 202, {}, "", { kind: "handled" }],
    [
      "422 is a dead letter with its reason",
      422,
      { "kne-wadireason": "schema" },
      "no",
      { kind: "dead", failure: { reason: "schema", status: 422, body: "no" } },
    ],
    ["413 is a dead letter", 413, {}, "", { kind: "dead", failure: { reason: "413" } }],
    [
      "409 is tried again",
      409,
      { "kne-wadireason": "version-conflict" },
      "",
      { kind: "retry", failure: { reason: "version-conflict" } },
    ],
    [
      "503 is tried again",
      503,
      { "kne-wadireason": "store-unavailable" },
      "",
      { kind: "retry", failure: { reason: "store-unavailable" } },
    ],
    [
      "200 with what is no event is a dead letter: the work is done",
      200,
      {},
      "<html>",
      { kind: "dead", failure: { reason: "no-event" } },
    ],
    ["200 with half an event, too", 200, { "ce-id": "1" }, "", { kind: "dead", failure: { reason: "no-event" } }],
  ])("%s", async (_title, status, headers, body, expected) => {
    say = answers(status, { ...MARK, ...(headers as Record<string, string>) }, body);
    const step = remote();

    expect(await outcome(step)).toMatchObject(expected);
    expect(step.called()).toEqual({ url: `${base}/wadi/learn`, failing: false });
  });
});

describe("without it, the platform speaks: tried again, whatever it says", () => {
  test.each([200, 202, 302, 400, 401, 403, 404, 413, 422, 429, 500, 502, 503])("%d", async (status) => {
    say = answers(status, { ...BINARY, location: "/elsewhere", "kne-wadireason": "schema" }, '{"a":1}');
    const step = remote();

    const found = await outcome(step);

    const reason = `platform-${status}`;
    expect(found).toEqual({
      kind: "retry",
      failure: { reason, status, headers: { "kne-wadireason": reason }, body: '{"a":1}' },
    });
    expect(step.called()).toMatchObject({ failing: true, failure: { reason } });
    expect(reasonOf(reason)?.cure.length).toBeGreaterThan(10);
    // No redirect is followed.
    expect(seen.length).toBe(1);
  });

  test("a login page with 200", async () => {
    say = answers(200, { "content-type": "text/html" }, `<html>${"x".repeat(5000)}`);

    const found = await outcome(remote());

    expect(found).toMatchObject({ kind: "retry", failure: { reason: "platform-200" } });
    expect((found as { failure: { body: string } }).failure.body.length).toBe(1024);
  });

  test("the mark of another step: the address is wrong", async () => {
    say = answers(202, { "wadi-step": "predict" });
    const step = remote();

    expect(await outcome(step)).toMatchObject({ kind: "retry", failure: { reason: "wrong-step" } });
    expect(step.called().failure?.message).toMatch(/"predict" answered where learn was called.*--steps/s);
  });

  test.each<[string, Said]>([
    [
      "an answer that is cut off",
      (response) =>
        response
          .writeHead(200, { ...MARK, ...BINARY, "content-length": "100" })
          .write('{"y"', () => response.destroy()),
    ],
    ["no answer at all", (response) => response.destroy()],
  ])("%s is a transport error", async (_title, said) => {
    say = said;
    const step = remote();

    expect(await outcome(step)).toMatchObject({ kind: "retry", failure: { reason: "transport" } });
    expect(step.called()).toMatchObject({ failing: true, failure: { reason: "transport" } });
  });

  test("an answer that does not come is given up in time, and the connection with it", async () => {
    let closed: Promise<unknown> = Promise.resolve();
    say = (response) => {
      closed = once(response, "close");
    };
    const step = remote({ timeoutMs: 50 });

    expect(await outcome(step)).toMatchObject({ kind: "retry", failure: { reason: "transport" } });
    await closed;
    expect(step.called().failure).toMatchObject({
      reason: "timeout",
      message: expect.stringContaining("within 0.05 s"),
    });
  });

  test("an answer without end is not read to its end", async () => {
    say = (response) => response.writeHead(200, { ...MARK, ...BINARY }).write(Buffer.alloc(2 * 1024 * 1024, "x"));

    expect(await outcome(remote())).toMatchObject({ kind: "retry", failure: { reason: "answer-too-large" } });
  });

  test("nobody listens", async () => {
    const step = remote({ url: `http://127.0.0.1:${await freePort()}/` });

    expect(await outcome(step)).toMatchObject({ kind: "retry", failure: { reason: "transport" } });
    expect(step.called().failure?.message).toContain("ECONNREFUSED");
  });
});

test("a request above the limit is not sent: a dead letter at once, with the cure", async () => {
  say = answers(202, MARK);
  const fits = { ...EVENT, data: "" };

  const refused = outcomeOf(await remote({ maxBytes: 300 }).deliver({ ...fits, data: "x".repeat(300) }));
  const taken = outcomeOf(await remote({ maxBytes: 300 }).deliver(fits));

  expect(refused).toMatchObject({
    kind: "dead",
    failure: {
      reason: "too-large-for-steps",
      status: 413,
      body: expect.stringContaining("--steps-max-bytes allows 300"),
    },
  });
  expect(taken).toEqual({ kind: "handled" });
  expect(seen.length).toBe(1);
});

test("neither log nor status shows user, password, query or headers", async () => {
  say = answers(401, {}, "no");
  const lines: string[] = [];
  const log = createLog("info", "test", { write: (line: string) => void lines.push(line) });
  const url = `${base.replace("//", "//me:hidden@")}/learn?code=hidden`;

  const step = remote({ url, headers: { "x-key": "hidden" }, log });
  await outcome(step);

  expect(seen[0]?.headers).toMatchObject({ authorization: `Basic ${btoa("me:hidden")}`, "x-key": "hidden" });
  expect(lines.join()).toContain("platform-401");
  expect([...lines, JSON.stringify(step.called()), step.destination].join()).not.toMatch(/hidden|me:/);
});

describe("a look", () => {
  test("asks a step of Wadi without giving it work", async () => {
    const accepted: Event[] = [];
    const step = createStepServer({
      events: [
        {
          path: "/",
          maxBodyBytes: 1000,
          step: "learn",
          accept: async (event) => {
            accepted.push(event);
            return { status: 202 };
          },
        },
      ],
      missing: async () => ({}),
      log: silentLog,
    });
    const url = await step.listen(0, "127.0.0.1");

    const look = await remote({ url }).look();
    await step.drain(0);

    expect(look).toEqual({ ms: expect.any(Number), status: 400 });
    expect(accepted).toEqual([]);
  });

  test("tells at the start which steps are not reached; it looks again after a while, where somebody asks", async () => {
    const clock = manualClock();
    const urls = new Map([
      ["validate", `${base}/validate`],
      ["learn", `${base}/learn`],
    ] as const);
    const triggers = readTopology(`${root}/helm/values.yaml`);
    let up = false;
    say = (response, { url = "" }) => {
      const step = url.slice(1);
      response.writeHead(400, step === "validate" || up ? { "wadi-step": step } : {}).end();
    };
    const steps = createRemoteSteps({ urls, headers: {}, concurrency: 2 }, triggers, { clock, log: silentLog });
    const missing = async () => {
      while (steps.missing()["steps"] === undefined) await new Promise(setImmediate);
      return steps.missing()["steps"];
    };

    steps.begin();
    expect(await missing()).toMatch(/^learn at http.*400 without the mark/);
    expect(seen.length).toBe(2);

    up = true;
    steps.missing();
    clock.advance(30_000);
    while (steps.missing()["steps"] !== undefined) await new Promise(setImmediate);
    expect(seen.length).toBe(3);
    expect(steps.called("learn")).toMatchObject({ failing: false, failure: { reason: "platform-400" } });
    expect(steps.called("predict")).toBeUndefined();
    steps.close();
  });

  test("where the order counts one call is under way at a time, else as many as topology and setting allow", () => {
    const [validate, , , learn] = readTopology(`${root}/helm/values.yaml`);
    const urls = new Map([
      ["validate", base],
      ["learn", base],
    ] as const);
    const triggers = [validate, { ...learn, order: "ordered" }] as Parameters<typeof createRemoteSteps>[1];

    const steps = createRemoteSteps({ urls, headers: {}, concurrency: 7 }, triggers, {
      clock: systemClock,
      log: silentLog,
    });

    expect(triggers.map((one) => steps.of(one)?.trigger.concurrency)).toEqual([7, 1]);
    steps.close();
  });
});
