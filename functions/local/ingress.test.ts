// Who may send what to the local doors, and in which form.

import { request } from "node:http";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readEvent } from "../lib/events/codec.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { forgedEvents } from "./forged-events.contract.ts";
import type { LocalWadi } from "./start.ts";
import { cleanUp, settled, startHere, temporaryFolder } from "./wadi-under-test.contract.ts";

let wadi: LocalWadi;
beforeAll(async () => {
  wadi = await startHere(temporaryFolder(), { adminPort: 0, allowedHosts: ["wadi.example.org"] });
});
afterAll(cleanUp);

type Headers = Readonly<Record<string, string>>;
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly error: string | undefined;
  readonly message: string;
}

let ids = 0;
const attributes = (type: string = EventType.observation) => ({
  "ce-specversion": "1.0",
  "ce-type": type,
  "ce-source": "/test",
  "ce-id": `e${++ids}`,
  "ce-pipeline": "line",
  "content-type": "application/json",
});

/** With Node's own client: `fetch` may set neither Host nor Origin. */
function ask(url: string, headers: Headers, body: string | Buffer = "", method = "POST"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => {
        text += piece;
      });
      response.on("end", () => {
        const { error, type, message, detail } = text.startsWith("{") ? JSON.parse(text) : {};
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, error: error ?? type, message: message ?? detail ?? "" });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const POINT = '{"x":1,"y":2}';
const received = () => wadi.broker.status().received;

async function counted(reason: string): Promise<number> {
  const text = await (await fetch(`${wadi.url}/metrics`)).text();
  return Number(new RegExp(`wadi_refused_total\\{reason="${reason}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

describe("internal events from outside", () => {
  const internal = Object.values(EventType).filter(
    (type) => !["dev.wadi.observation", "dev.wadi.label"].includes(type),
  );

  test.each(internal)("%s is refused by the broker's door and by that of validate, and counted", async (type) => {
    const [before, taken] = [await counted("internal-type"), received()];

    for (const path of ["/", "/validate"]) {
      const answer = await ask(wadi.url + path, attributes(type), "{}");
      expect(answer).toMatchObject({ status: 403, error: "internal-type" });
      expect(answer.message).toContain("dev.wadi.observation");
    }

    expect([await counted("internal-type"), received()]).toEqual([before + 2, taken]);
  });

  test.each(["featurize", "predict", "learn"])("%s has no door of its own here", async (step) => {
    expect((await ask(`${wadi.url}/${step}`, attributes(EventType.exampleLabelled), "{}")).status).toBe(404);
  });

  test("forged ones that were in the log all the same become dead letters, and teach nothing", async () => {
    const forged = fc.sample(forgedEvents, 400).flatMap((make, n) => eventOf(make(n).bytes) ?? []);
    const own = forged.filter(({ type }) => internal.includes(type as never));
    const { deadLetters: before } = wadi.broker.status();

    await Promise.all(own.map((event) => wadi.broker.publish(event)));
    await settled(wadi);

    expect(own.length).toBeGreaterThan(100);
    const sets = await wadi.store.models.sets();
    expect(sets.filter((set) => set !== "line")).toEqual([]);
    expect(wadi.broker.status().deadLetters).toBeGreaterThanOrEqual(before + own.length);
  });
});

/** Undefined where the bytes are no event. */
function eventOf(bytes: Buffer): Event | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  const headers = bytes
    .subarray(0, end)
    .toString("latin1")
    .split("\r\n")
    .slice(1)
    .flatMap((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
  try {
    return readEvent(headers, bytes.subarray(end + 4));
  } catch {
    return undefined;
  }
}

describe("hosts and origins", () => {
  const doors = (): readonly (readonly [string, string])[] => [
    ["the ingress", `${wadi.url}/`],
    ["the admin port", `${wadi.adminUrl}/api/status`],
  ];

  test("a foreign Host is refused at every door, and counted", async () => {
    const before = await counted("foreign-host");

    for (const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "localhost@evil.example:80",
      "a b",
    ]) {
      for (const [door, url] of doors()) {
        const answer = await ask(url, { ...attributes(), host }, POINT);
        expect(answer, `${host} at ${door}`).toMatchObject({ status: 403 });
        expect(answer.error).toContain("foreign-host");
        expect(answer.message).toContain("WADI_ALLOWED_HOSTS");
      }
    }

    expect(await counted("foreign-host")).toBe(before + 10);
  });

  test.each([
    "localhost",
    "localhost:1",
    "wadi.localhost",
    "127.0.0.9:80",
    "[::1]:8080",
    "192.168.1.7",
    "wadi.example.org",
    "WADI.example.org:80",
  ])("the Host %s is this machine's, or was set", async (host) => {
    expect((await ask(`${wadi.url}/`, { ...attributes(), host }, POINT)).status).toBe(202);
  });

  test("a page of another site may not ask, and that is counted", async () => {
    const before = await counted("foreign-origin");

    for (const origin of [
      "https://evil.example",
      "http://203.0.113.5",
      "http://localhost.evil.example",
      "null",
      "file://",
    ]) {
      for (const [door, url] of doors()) {
        const answer = await ask(url, { ...attributes(), origin, "content-type": "text/plain" }, POINT);
        expect(answer, `${origin} at ${door}`).toMatchObject({ status: 403 });
        expect(answer.error).toContain("foreign-origin");
      }
    }

    expect(await counted("foreign-origin")).toBe(before + 10);
  });

  test("a page of this machine, of the host that is asked, or one that was set may ask", async () => {
    for (const [host, origin] of [
      ["localhost:8080", "http://localhost:3000"],
      ["127.0.0.1:8080", "http://[::1]:9"],
      ["203.0.113.5:8080", "http://203.0.113.5:8080"],
      ["localhost", "https://wadi.example.org"],
    ] as const) {
      expect((await ask(`${wadi.url}/`, { ...attributes(), host, origin }, POINT)).status, origin).toBe(202);
    }
  });
});

describe("content-encoding", () => {
  test("gzip is read, of an event and of a question", async () => {
    const zipped = { "content-encoding": "gzip" };

    const event = await ask(`${wadi.url}/validate`, { ...attributes(), ...zipped }, gzipSync(POINT));
    const question = { "content-type": "application/json", ...zipped };
    const asked = await ask(`${wadi.url}/v2/models/line/infer`, question, gzipSync('{"inputs":{"x":1}}'));

    expect([event.status, asked.status]).toEqual([200, 200]);
  });

  test.each([
    ["what is none", Buffer.from(POINT), 400, "content-encoding"],
    ["half of it", gzipSync(POINT).subarray(0, 20), 400, "content-encoding"],
    ["what is too large once it is unzipped", gzipSync(Buffer.alloc(300 * 1024, 32)), 413, "too-large"],
    ["much in little", gzipSync(Buffer.alloc(50 * 1024 * 1024)), 413, "too-large"],
  ])("gzip: %s is refused", async (_what, body, status, error) => {
    const answer = await ask(`${wadi.url}/`, { ...attributes(), "content-encoding": "gzip" }, body);

    expect(answer).toMatchObject({ status, error });
  });

  test.each(["br", "deflate", "gzip, gzip", "sdch"])("%s is 415 with the cure", async (coding) => {
    const answer = await ask(`${wadi.url}/`, { ...attributes(), "content-encoding": coding }, POINT);

    expect(answer).toMatchObject({ status: 415, error: "content-encoding" });
    expect([answer.headers["accept-encoding"], answer.message]).toEqual(["gzip", expect.stringContaining("send gzip")]);
  });
});

describe("batched mode", () => {
  const batch = { "content-type": "application/cloudevents-batch+json; charset=utf-8" };
  const member = (more: object = {}) => ({
    specversion: "1.0",
    type: EventType.observation,
    source: "/batch",
    id: `b${++ids}`,
    pipeline: "line",
    data: { x: 1, y: 2 },
    ...more,
  });
  const send = (events: unknown, headers: Headers = batch) => ask(`${wadi.url}/`, headers, JSON.stringify(events));

  test("all of it is in the log, in its order, once it is accepted", async () => {
    const events = Array.from({ length: 100 }, () => member());

    const { status } = await send(events);

    expect(status).toBe(202);
    const kept: string[] = [];
    const { log } = wadi.broker;
    for await (const { events: page } of log.read(await log.start(), await log.end(), [EventType.observation])) {
      kept.push(...page.filter(({ source }) => source === "/batch").map(({ id }) => id));
    }
    expect(kept).toEqual(events.map(({ id }) => id));
  });

  test("the door says that it takes batches; that of validate does not", async () => {
    const [broker, validate] = [
      await ask(`${wadi.url}/`, {}, "", "OPTIONS"),
      await ask(`${wadi.url}/validate`, {}, "", "OPTIONS"),
    ];

    expect(broker.headers["accept-post"]).toContain("application/cloudevents-batch+json");
    expect(validate.headers["accept-post"]).not.toContain("batch");
    expect(await ask(`${wadi.url}/validate`, batch, "[]")).toMatchObject({ status: 400, error: "batch-mode" });
  });

  test.each([
    ["no object", 1, 400, "not-a-cloudevent"],
    ["without an id", { id: undefined }, 400, expect.any(String)],
    ["an attribute that is none", { "A-b": "x" }, 400, "attribute-name"],
    ["an internal type", { type: EventType.exampleLabelled }, 403, "internal-type"],
    ["one too large", { data: { x: "x".repeat(300 * 1024) } }, 413, "too-large"],
  ])("one wrong member refuses the batch and is named: %s", async (_what, odd, status, error) => {
    const taken = received();

    const answer = await send([member(), member(), typeof odd === "object" ? member(odd) : odd, member()]);

    expect(answer).toMatchObject({ status, error, message: expect.stringContaining("[2] of the batch") });
    expect(received()).toBe(taken);
  });

  test.each([
    ["no list", "{}", 400],
    ["no JSON", "[", 400],
    ["too many events", JSON.stringify(Array(1001).fill(0)), 413],
    ["too many bytes", JSON.stringify([" ".repeat(1024 * 1024)]), 413],
  ])("%s is refused", async (_what, body, status) => {
    expect((await ask(`${wadi.url}/`, batch, body)).status).toBe(status);
  });

  test("an empty one is accepted", async () => {
    expect((await send([])).status).toBe(202);
  });
});
