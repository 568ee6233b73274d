// Against a real HTTP server that answers as it is told, and takes no batches.

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../lib/clock.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { FailedError } from "../lib/failure.ts";
import type { Outgoing } from "./late-labels.ts";
import { type SenderOptions, sendEvents } from "./sender.ts";

/** A status, with a body; `cut` closes the connection without an answer. */
type Reply = { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> } | "cut";

let server: Server;
let url: string;
let got: string[];
let underWay: number;
let most: number;
let answersOptions: boolean;
let reply: (id: string, nth: number) => Reply | Promise<Reply>;

beforeEach(async () => {
  got = [];
  underWay = 0;
  most = 0;
  answersOptions = true;
  reply = () => ({ status: 202 });
  server = createServer(async (request, response) => {
    if (request.method === "OPTIONS") {
      if (answersOptions) response.writeHead(405).end();
      return;
    }
    most = Math.max(most, ++underWay);
    const id = String(request.headers["ce-id"]);
    got.push(id);
    await bodyOf(request);
    const answer = await reply(id, got.filter((one) => one === id).length);
    underWay--;
    if (answer === "cut") return void request.socket.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function bodyOf(request: IncomingMessage): Promise<void> {
  for await (const _chunk of request);
}

const outgoing = (id: string, follows?: Outgoing): Outgoing => {
  const event: Event = { specversion: "1.0", source: "/s", type: "t", id, data: { x: 1 } };
  return follows === undefined ? { event } : { event, follows };
};

/** An observation and its label. */
function pair(n: number): [Outgoing, Outgoing] {
  const observation = outgoing(`o${n}`);
  return [observation, outgoing(`l${n}`, observation)];
}

async function send(events: AsyncIterable<Outgoing> | Iterable<Outgoing>, options: Partial<SenderOptions> = {}) {
  const accepted: string[] = [];
  const refused: [string, string][] = [];
  const waited: string[] = [];
  const error = await sendEvents(events, {
    url,
    limit: 4,
    clock: systemClock,
    signal: new AbortController().signal,
    accepted: ({ event }) => accepted.push(event.id),
    refused: ({ event }, reason) => refused.push([event.id, reason]),
    waiting: (reason) => waited.push(reason),
    ...options,
  }).catch((thrown: unknown) => thrown as Error);
  return { accepted, refused, waited, error };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("an ingress that does not say in time whether it takes batches is told of, and gets one event after the other", async () => {
  answersOptions = false;
  const ids = Array.from({ length: 20 }, (_, i) => `e${i}`);

  const { accepted, waited } = await send(
    ids.map((id) => outgoing(id)),
    { questionMs: 50 },
  );

  expect(accepted).toEqual(ids);
  expect(got).toEqual(ids);
  expect(most).toBe(1);
  expect(waited).toEqual(["it has not said within 0.05 s whether it takes batches: events go one by one"]);
});

describe("S1: in order, so many at once", () => {
  test("one at a time they arrive in their order", async () => {
    const events = Array.from({ length: 20 }, (_, i) => outgoing(String(i)));

    const { accepted } = await send(events, { limit: 1 });

    expect(got).toEqual(events.map(({ event }) => event.id));
    expect(accepted).toEqual(got);
    expect(most).toBe(1);
  });

  test("no more than the limit are under way, and that many are", async () => {
    reply = async () => {
      while (got.length < 4) await soon();
      return { status: 202 };
    };

    await send(Array.from({ length: 40 }, (_, i) => outgoing(String(i))));

    expect(most).toBe(4);
    expect(new Set(got).size).toBe(40);
  });

  test("no more events are asked for than can set out", async () => {
    const answers = Promise.withResolvers<Reply>();
    reply = () => answers.promise;
    let asked = 0;
    function* events(): Generator<Outgoing> {
      while (asked < 10) yield outgoing(String(++asked));
    }
    const sending = send(events());

    while (got.length < 4) await soon();
    // The fifth was asked for and waits for room.
    expect(asked).toBe(5);

    answers.resolve({ status: 202 });
    await sending;
    expect(got).toHaveLength(10);
  });
});

describe("S2: a label follows its observation", () => {
  test("it sets out only once its observation was accepted", async () => {
    const [observation, label] = pair(1);
    const answers = Promise.withResolvers<Reply>();
    reply = (id) => (id === "o1" ? answers.promise : { status: 202 });
    const sending = send([observation, label, outgoing("other")]);

    while (!got.includes("other")) await soon();
    expect(got).not.toContain("l1");

    answers.resolve({ status: 202 });
    const { accepted } = await sending;
    expect(accepted.toSorted()).toEqual(["l1", "o1", "other"]);
  });

  test("what was refused is not sent again", async () => {
    reply = (id) => ({ status: id === "o1" ? 400 : 202 });
    const [first, label] = pair(1) as [Outgoing, Outgoing];

    const { refused } = await send([first, { event: first.event, follows: first }, label]);

    expect(refused.toSorted()).toEqual([
      ["l1", "its observation was refused"],
      ["o1", "400"],
      ["o1", "it was refused the first time"],
    ]);
  });

  test("it is refused with its observation, and never sent", async () => {
    reply = (id) => ({ status: id === "o1" ? 400 : 202 });

    const { accepted, refused } = await send([...pair(1), ...pair(2)]);

    expect(accepted.toSorted()).toEqual(["l2", "o2"]);
    expect(refused).toEqual([
      ["o1", "400"],
      ["l1", "its observation was refused"],
    ]);
    expect(got).not.toContain("l1");
  });

  test("it is not sent where nobody knows what became of its observation", async () => {
    reply = (id) => ({ status: id === "o1" ? 404 : 202 });

    const { error } = await send(pair(1));

    expect(error).toBeInstanceOf(FailedError);
    expect(got).toEqual(["o1"]);
  });
});

describe("what may pass is tried again", () => {
  test.each([[408], [429], [500], [503]])(
    "after %i, with the same id, and the hold-up is told once",
    async (status) => {
      reply = (_id, nth) =>
        nth < 3 ? { status, body: '{"error":"x","message":"the disk is full"}' } : { status: 202 };

      const { accepted, waited, refused } = await send([outgoing("a")]);

      expect([accepted, refused]).toEqual([["a"], []]);
      expect(got).toEqual(["a", "a", "a"]);
      expect(waited).toEqual([`${status} the disk is full`]);
    },
  );

  test("after a connection that was cut, once the ingress has answered at all", async () => {
    reply = (id, nth) => (id === "b" && nth === 1 ? "cut" : { status: 202 });

    const { accepted } = await send([outgoing("a"), outgoing("b")], { limit: 1 });

    expect(accepted).toEqual(["a", "b"]);
    expect(got).toEqual(["a", "b", "b"]);
  });

  test("but not without end", async () => {
    // Time passes only while it waits, and then at once.
    let now = 0;
    const clock: Clock = {
      now: () => now,
      after(ms, run) {
        now += ms;
        setImmediate(run);
        return () => {};
      },
    };
    reply = () => ({ status: 503, body: "gone fishing" });

    const { error, refused } = await send([outgoing("a")], { clock, patienceMs: 3_000 });

    expect(error).toBeInstanceOf(FailedError);
    expect(error).toHaveProperty("message", expect.stringMatching(/does not take events \(503 gone fishing\)/));
    expect([now >= 3_000, refused]).toEqual([true, []]);
  });
});

describe("what is wrong with the address ends it at once", () => {
  test("nobody is there: the message says how to start it", async () => {
    await new Promise((resolve) => server.close(resolve));

    const { error, waited } = await send([outgoing("a"), outgoing("b")]);

    expect(error).toBeInstanceOf(FailedError);
    expect(error).toHaveProperty("message", expect.stringMatching(/ECONNREFUSED.*wadi start.*--url/));
    expect(waited).toEqual([]);
  });

  test.each([[301], [307], [401], [403], [404], [405]])("%i is about the address", async (status) => {
    reply = () => ({ status, headers: status < 400 ? { location: "/elsewhere" } : {}, body: "no" });

    const { error, refused } = await send([outgoing("a"), outgoing("b")], { limit: 1 });

    expect(error).toHaveProperty("message", expect.stringMatching(`${status}.*--url`));
    expect([got, refused]).toEqual([["a"], []]);
  });

  test.each([[400], [413], [422]])("%i is about the event, and the next one is sent", async (status) => {
    reply = (id) => (id === "a" ? { status, body: '{"message":"no id"}' } : { status: 202 });

    const { accepted, refused } = await send([outgoing("a"), outgoing("b")]);

    expect(refused).toEqual([["a", `${status} no id`]]);
    expect(accepted).toEqual(["b"]);
  });
});

describe("its end", () => {
  test("a signal ends it: what is under way is answered, nothing more sets out", async () => {
    const abort = new AbortController();
    reply = async (id) => {
      if (id === "2") abort.abort();
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

    const { accepted, error } = await send(events(), { signal: abort.signal });

    expect(error).toBeUndefined();
    expect(accepted.toSorted()).toEqual(got.toSorted());
    expect(got.length).toBeLessThan(10);
    expect(closed).toBe(true);
  });

  test("events that cannot be read to the end: what is under way is answered first", async () => {
    async function* events(): AsyncGenerator<Outgoing> {
      yield outgoing("a");
      throw new FailedError("the file is torn");
    }
    reply = async () => {
      await soon();
      return { status: 202 };
    };

    const { accepted, error } = await send(events());

    expect(error).toHaveProperty("message", "the file is torn");
    expect(accepted).toEqual(["a"]);
  });

  test("an event that cannot be written is refused, and the next one is sent", async () => {
    const { accepted, refused } = await send([outgoing("\ud800"), outgoing("b")]);

    expect(refused[0]?.[1]).toMatch(/cannot be written/);
    expect(accepted).toEqual(["b"]);
  });
});

describe("an event larger than any step takes", () => {
  // A Knative ingress answers 503 to it, which would be tried again until the patience is over, and end the whole run.
  const large = (text: string): Outgoing => ({
    event: { specversion: "1.0", source: "/s", type: "t", id: "large", data: { text } },
  });
  const frame = JSON.stringify({ text: "" }).length;

  test("is refused unsent with the reason, its label with it, and the others go on", async () => {
    const event = large("x".repeat(256 * 1024));
    reply = (id) => ({ status: id === "large" ? 503 : 202 });

    const { accepted, refused, error } = await send([outgoing("1"), event, outgoing("label", event), outgoing("2")]);

    expect(error).toBeUndefined();
    expect(got.toSorted()).toEqual(["1", "2"]);
    expect(accepted.toSorted()).toEqual(["1", "2"]);
    expect(refused).toEqual([
      ["large", expect.stringMatching(/^its data has 2621\d\d bytes, and Wadi takes at most 262144; make it smaller/)],
      ["label", "its observation was refused"],
    ]);
  });

  test("is measured in bytes, to the byte", async () => {
    const most = large("x".repeat(256 * 1024 - frame));
    const over = large(`${"x".repeat(256 * 1024 - frame - 1)}é`);

    expect(await send([most])).toMatchObject({ accepted: ["large"], refused: [] });
    expect(await send([over])).toMatchObject({ accepted: [], refused: [["large", expect.any(String)]] });
  });
});
