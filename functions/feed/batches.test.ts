// Against a real HTTP server that takes batches and answers as it is told.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { BATCH, MAX_BATCH_BYTES } from "../lib/events/batch.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import type { Outgoing } from "./late-labels.ts";
import { type SenderOptions, sendEvents } from "./sender.ts";

/** A status, with a message; `cut` closes the connection without an answer. */
type Reply = { readonly status: number; readonly message?: string } | "cut";

let server: Server;
let url: string;
/** The ids of each request, in order of arrival. */
let got: string[][];
/** Bytes of each body. */
let sizes: number[];
let underWay: number;
let most: number;
let questions: number;
let reply: (ids: readonly string[], nth: number) => Reply | Promise<Reply>;

beforeEach(async () => {
  got = [];
  sizes = [];
  underWay = 0;
  most = 0;
  questions = 0;
  reply = () => ({ status: 202 });
  server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") {
      questions++;
      return void response.writeHead(405, { "accept-post": `*/*, ${BATCH}` }).end();
    }
    most = Math.max(most, ++underWay);
    const body = await bodyOf(request);
    const ids =
      request.headers["content-type"] === BATCH
        ? (JSON.parse(body) as Event[]).map(({ id }) => id)
        : [String(request.headers["ce-id"])];
    got.push(ids);
    sizes.push(Buffer.byteLength(body));
    const answer = await reply(ids, got.length);
    underWay--;
    if (answer === "cut") return void request.socket.destroy();
    response.writeHead(answer.status).end(JSON.stringify({ message: answer.message }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const outgoing = (id: string, data: object = { x: 1 }, follows?: Outgoing): Outgoing => {
  const event: Event = { specversion: "1.0", source: "/s", type: "t", id, datacontenttype: "application/json", data };
  return follows === undefined ? { event } : { event, follows };
};

const numbered = (n: number) => Array.from({ length: n }, (_, i) => outgoing(String(i)));
const idsOf = (events: readonly Outgoing[]) => events.map(({ event }) => event.id);

async function send(events: AsyncIterable<Outgoing> | Iterable<Outgoing>, options: Partial<SenderOptions> = {}) {
  const setOut: string[] = [];
  const accepted: string[] = [];
  const refused: [string, string][] = [];
  const waited: string[] = [];
  const error = await sendEvents(events, {
    url,
    clock: systemClock,
    signal: new AbortController().signal,
    setOut: ({ event }) => setOut.push(event.id),
    accepted: ({ event }) => accepted.push(event.id),
    refused: ({ event }, reason) => refused.push([event.id, reason]),
    waiting: (reason) => waited.push(reason),
    ...options,
  }).catch((thrown: unknown) => thrown as Error);
  return { setOut, accepted, refused, waited, error };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

describe("one batch under way, the next one is what has come by then", () => {
  test("all arrive in their order, at most a thousand in a request, and the door is asked once", async () => {
    const events = numbered(2500);

    const { accepted, setOut } = await send(events);

    expect(got.flat()).toEqual(idsOf(events));
    expect([accepted, setOut]).toEqual([idsOf(events), idsOf(events)]);
    expect([most, questions]).toEqual([1, 1]);
    expect(got.map((ids) => ids.length)).toEqual([1, 1000, 1000, 499]);
  });

  test("a slow stream does not wait for a batch to fill", async () => {
    async function* events(): AsyncGenerator<Outgoing> {
      for (const one of numbered(3)) {
        yield one;
        while (got.length <= Number(one.event.id)) await soon();
      }
    }

    await send(events());

    expect(got).toEqual([["0"], ["1"], ["2"]]);
  });

  test("no more than the limit in a batch, and no more are asked for than the next one has room for", async () => {
    const answers = Promise.withResolvers<Reply>();
    reply = (_ids, nth) => (nth === 1 ? answers.promise : { status: 202 });
    let asked = 0;
    function* events(): Generator<Outgoing> {
      while (asked < 20) yield outgoing(String(++asked));
    }
    const sending = send(events(), { limit: 8 });

    while (got.length < 1) await soon();
    // One is under way, eight wait, and the next one was asked for.
    expect(asked).toBe(10);

    answers.resolve({ status: 202 });
    await sending;
    expect(got.map((ids) => ids.length)).toEqual([1, 8, 8, 3]);
  });

  test("no batch is larger than the door takes", async () => {
    const events = Array.from({ length: 30 }, (_, i) => outgoing(String(i), { text: "é".repeat(100_000) }));

    const { accepted } = await send(events);

    expect(accepted).toEqual(idsOf(events));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_BATCH_BYTES);
    expect(got.map((ids) => ids.length)).toEqual([1, 5, 5, 5, 5, 5, 4]);
  });

  test("a label is in a later batch than its observation, whatever the limit", async () => {
    const observations = numbered(6);
    const labels = observations.map((one) => outgoing(`l${one.event.id}`, {}, one));
    const events = observations.flatMap((one, i) => [one, ...labels.slice(i - 1, i)]);

    const { accepted } = await send(events);

    expect(accepted).toEqual(idsOf(events));
    for (const ids of got) expect(ids.filter((id) => ids.includes(`l${id}`))).toEqual([]);
  });

  test("a limit of one sends single events, and asks nothing", async () => {
    await send(numbered(3), { limit: 1 });

    expect(got).toEqual([["0"], ["1"], ["2"]]);
    expect(questions).toBe(0);
  });
});

describe("a batch that is refused", () => {
  const odd = (...bad: string[]) => {
    reply = (ids) => {
      const found = ids.find((id) => bad.includes(id));
      return found === undefined ? { status: 202 } : { status: 400, message: `${found} is no event` };
    };
  };

  test.each([[400], [413]])("with %i: the bad one is named, the others are accepted, in order", async (status) => {
    reply = (ids) => (ids.includes("37") ? { status, message: "it is no event" } : { status: 202 });

    const { accepted, refused } = await send(numbered(100));

    expect(refused).toEqual([["37", `${status} it is no event`]]);
    expect(accepted).toEqual(idsOf(numbered(100)).filter((id) => id !== "37"));
    // In halves, and not a hundred requests.
    expect(got.length).toBeLessThan(20);
  });

  test("whatever is bad in it, what arrives keeps its order, each once", async () => {
    odd("1", "2", "50", "98", "99");

    const { accepted, refused } = await send(numbered(100));

    expect(refused.map(([id]) => id)).toEqual(["1", "2", "50", "98", "99"]);
    expect(accepted).toEqual(idsOf(numbered(100)).filter((id) => !refused.some(([bad]) => bad === id)));
  });

  test("a label is refused with its observation, and never sent", async () => {
    odd("o");
    const observation = outgoing("o");
    const events = [...numbered(3), observation, outgoing("l1", {}, observation), ...numbered(3)];

    const { refused } = await send([...events, outgoing("l2", {}, observation)], { limit: 6 });

    expect(refused).toEqual([
      ["o", "400 o is no event"],
      ["l1", "its observation was refused"],
      ["l2", "its observation was refused"],
    ]);
    expect(got.flat().filter((id) => id.startsWith("l"))).toEqual([]);
  });

  test("one larger than any step takes is refused unsent with the reason, and the others go on", async () => {
    const large = outgoing("large", { text: "x".repeat(256 * 1024) });

    const { accepted, refused } = await send([...numbered(3), large, outgoing("after")]);

    expect(accepted).toEqual(["0", "1", "2", "after"]);
    expect(refused).toEqual([["large", expect.stringMatching(/^its data has 2621\d\d bytes/)]]);
    expect(got.flat()).not.toContain("large");
  });

  test("one whose data is small enough, but not with its attributes, goes alone and in its turn", async () => {
    const frame = JSON.stringify({ text: "" }).length;
    const largest = outgoing("largest", { text: "x".repeat(256 * 1024 - frame) });

    const { accepted } = await send([...numbered(3), largest, outgoing("after")]);

    expect(accepted).toEqual(["0", "1", "2", "largest", "after"]);
    expect(got).toContainEqual(["largest"]);
  });

  test("one that cannot be written is refused, and the next one is sent", async () => {
    const endless: Record<string, unknown> = {};
    endless["self"] = endless;

    const { accepted, refused } = await send([outgoing("a"), outgoing("endless", endless), outgoing("b")]);

    expect(refused).toEqual([["endless", expect.stringMatching(/cannot be written/)]]);
    expect(accepted).toEqual(["a", "b"]);
  });
});

describe("what may pass is tried again with the same ids", () => {
  test.each<[string, Reply]>([
    ["429", { status: 429, message: "busy" }],
    ["503", { status: 503, message: "busy" }],
    ["a connection that was cut", "cut"],
  ])("%s", async (_title, answer) => {
    reply = (ids) => (ids.length > 1 && got.filter((one) => one.length > 1).length < 3 ? answer : { status: 202 });

    const { accepted, waited } = await send(numbered(100));

    expect(accepted).toEqual(idsOf(numbered(100)));
    expect(got.map((ids) => ids.length)).toEqual([1, 99, 99, 99]);
    expect(waited).toHaveLength(1);
  });

  test("what is wrong with the address ends it at once", async () => {
    reply = (ids) => ({ status: ids.length === 1 ? 202 : 404 });

    const { accepted, refused, error } = await send(numbered(5000));

    expect(error).toBeInstanceOf(FailedError);
    expect([accepted, refused, got.length]).toEqual([["0"], [], 2]);
  });
});

describe("its end", () => {
  test("a signal ends it: what is under way is answered, nothing more sets out", async () => {
    const abort = new AbortController();
    reply = async (_ids, nth) => {
      if (nth === 3) abort.abort();
      await soon();
      return { status: 202 };
    };
    let closed = false;
    async function* events(): AsyncGenerator<Outgoing> {
      try {
        for (let i = 0; ; i++) yield outgoing(String(i));
      } finally {
        closed = true;
      }
    }

    const { accepted, setOut, error } = await send(events(), { signal: abort.signal });

    expect(error).toBeUndefined();
    expect(accepted).toEqual(got.flat());
    expect(setOut).toEqual(accepted);
    expect([got.length, closed]).toEqual([3, true]);
  });

  test("events that cannot be read to the end: what came before is sent first", async () => {
    async function* events(): AsyncGenerator<Outgoing> {
      yield* numbered(50);
      throw new FailedError("the file is torn");
    }

    const { accepted, error } = await send(events());

    expect(error).toHaveProperty("message", "the file is torn");
    expect(accepted).toEqual(idsOf(numbered(50)));
  });
});
