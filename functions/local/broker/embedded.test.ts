import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../lib/clock.ts";
import { ConfigurationError, TooLargeError } from "../../lib/errors.ts";
import type { Event } from "../../lib/events/vocabulary.ts";
import {
  accepted,
  type BrokerLog,
  describeBroker,
  eventOf,
  gate,
  lagOf,
  quiet,
  replyTo,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "./broker.contract.ts";
import type { Answer, Trigger } from "./broker.ts";
import { createEmbeddedBroker, type EmbeddedOptions, openEmbeddedBroker } from "./embedded.ts";
import { Journal } from "./journal.ts";
import { openDatabase } from "./journal-file.ts";

function journalFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "wadi-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, "journal.db");
}

const logOn = (path: () => string, durable: boolean) => async (): Promise<BrokerLog> => {
  const file = path();
  return { durable, open: (triggers, clock) => openEmbeddedBroker({ path: file, triggers, clock }) };
};

describeBroker("in a file", logOn(journalFile, true));
describeBroker(
  "in memory",
  logOn(() => ":memory:", false),
);

/** What is reachable, after a full garbage collection. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

async function open(options: Partial<EmbeddedOptions> & { trigger?: Partial<Trigger> } = {}) {
  const clock = manualClock();
  const subscriber = subscriberOf();
  const triggers = [{ trigger: triggerOf(options.trigger), subscriber }];
  const broker = await openEmbeddedBroker({ path: ":memory:", triggers, clock, ...options });
  onTestFinished(() => broker.stop());
  return { clock, subscriber, broker };
}

test("an event comes back from the journal as it was: all kinds of data, typed extensions, bytes", async () => {
  const path = journalFile();
  const kinds: object[] = [
    { data: { a: [1, "x", null, { b: 1.5e-7 }], "": "é\u2028\ud83d\ude00" } },
    { data: 42 },
    { data: "text" },
    { data: "" },
    { data: false },
    { data: null },
    { data: undefined, subject: "no data" },
    { data: Buffer.from([0, 255, 128]), datacontenttype: "application/octet-stream" },
    { data: Buffer.alloc(0), datacontenttype: "application/octet-stream" },
    { data: JSON.parse('{"__proto__":{"a":1},"data":{"type":"Buffer","data":[1]}}') },
    { flag: true, count: -7, text: "7", time: "2026-01-31T08:30:00.123456789Z" },
  ];
  const events = kinds.map((kind, i) => {
    const event = eventOf(i, kind);
    if (event.data === undefined) delete event.data;
    return event;
  });
  const first = await open({ path, trigger: { concurrency: 1 }, triggers: [] });
  await first.broker.stop();
  const idle = subscriberOf(() => new Promise(() => {}));
  const filling = await open({ path, graceMs: 0, triggers: [{ trigger: triggerOf(), subscriber: idle }] });
  for (const event of events) await filling.broker.publish(event);
  const stopped = filling.broker.stop();
  filling.clock.advance(0);
  await stopped;

  const { broker, subscriber } = await open({ path, trigger: { order: "ordered" } });
  await settled(broker);

  expect(subscriber.events).toStrictEqual(events);
  expect(subscriber.events.map((event) => "data" in event)).toEqual(events.map((event) => "data" in event));
});

test("who keeps up gets the very objects that were published", async () => {
  const { broker, subscriber } = await open();
  const event = eventOf(1);

  await broker.publish(event);
  await settled(broker);

  expect(subscriber.events[0]).toBe(event);
});

test("a loop of replies ends at the hop limit, in the dead letters", async () => {
  const looping = subscriberOf((event) => ({ status: 200, event: eventOf(`${event.id}+`) }));
  const { broker } = await open({ triggers: [{ trigger: triggerOf(), subscriber: looping }] });

  await broker.publish(eventOf("0"));
  await settled(broker);

  expect(looping.ids.length).toBe(33);
  const [letter] = broker.deadLetters(9);
  expect(letter).toMatchObject({ reason: "hop-limit", event: { id: `0${"+".repeat(33)}` } });
  expect(letter?.event).not.toHaveProperty("knativeerrorcode");
});

test("hops are counted on across a restart", async () => {
  const path = journalFile();
  const clock = manualClock();
  const answers: Answer[] = [];
  const trigger = triggerOf({ order: "ordered" });
  const looping = subscriberOf((event) => answers.pop() ?? { status: 200, event: eventOf(`${event.id}+`) });
  const first = await openEmbeddedBroker({ path, clock, maxHops: 3, triggers: [{ trigger, subscriber: looping }] });
  const seen: Event[] = [];
  first.tap((event) => {
    seen.push(event);
    if (seen.length === 3) answers.push({ status: 503 });
  });
  await first.publish(eventOf("0"));
  await until(() => first.status().triggers[0]?.waiting !== undefined);
  await first.stop();

  const second = await openEmbeddedBroker({ path, clock, maxHops: 3, triggers: [{ trigger, subscriber: looping }] });
  onTestFinished(() => second.stop());
  await settled(second);

  expect(second.deadLetters(9).map(({ event }) => event.id)).toEqual(["0++++"]);
});

test("an event over the limit is refused; a reply over it sends its cause to the dead letters", async () => {
  const big = (event: Event) => ({ status: 200, event: { ...replyTo(event), data: "x".repeat(1000) } });
  const triggers = [{ trigger: triggerOf(), subscriber: subscriberOf(big) }];
  const { broker } = await open({ triggers, maxEventBytes: 500 });

  await expect(broker.publish(eventOf(1, { data: "x".repeat(1000) }))).rejects.toBeInstanceOf(TooLargeError);
  await broker.publish(eventOf(2));
  await settled(broker);

  expect(broker.deadLetters(9)).toMatchObject([{ reason: "too-large", event: { id: "2" } }]);
});

test("what JSON cannot hold is refused, and nothing else with it", async () => {
  const { broker, subscriber } = await open();

  const [first, second] = await Promise.allSettled([
    broker.publish(eventOf(1, { data: 1n })),
    broker.publish(eventOf(2)),
  ]);
  await settled(broker);

  expect(first).toMatchObject({ status: "rejected", reason: { code: "not-json" } });
  expect(second.status).toBe("fulfilled");
  expect(subscriber.ids).toEqual(["2"]);
});

test("a slow trigger does not hold up another", async () => {
  const slow = subscriberOf(() => new Promise(() => {}));
  const fast = subscriberOf();
  const triggers = [
    { trigger: triggerOf({ name: "slow", order: "ordered", concurrency: 4 }), subscriber: slow },
    { trigger: triggerOf({ name: "fast", order: "ordered", concurrency: 4 }), subscriber: fast },
  ];
  const { broker, clock } = await open({ triggers, graceMs: 0 });

  await Promise.all(Array.from({ length: 5000 }, (_, i) => broker.publish(eventOf(i))));
  await until(() => broker.status().triggers[1]?.lag === 0);

  expect(slow.ids.length).toBe(4);
  expect(broker.status().triggers).toMatchObject([
    { lag: 5000, inFlight: 4 },
    { lag: 0, handled: 5000 },
  ]);
  void broker.stop();
  clock.advance(0);
});

test("a backlog of 100,000 is delivered in order and held in pages, not in memory", async () => {
  const BACKLOG = 100_000;
  const path = journalFile();
  const wait = gate();
  const blocked = subscriberOf(async () => {
    await wait.promise;
    return accepted;
  });
  let next = 0;
  let wrong = 0;
  const ordered = {
    destination: "",
    async deliver({ id }: Event): Promise<Answer> {
      if (Number(id) !== next++) wrong++;
      if (next % 10_000 === 0) peak = Math.max(peak, heldBytes());
      return accepted;
    },
  };
  let peak = 0;
  const before = triggerOf({ name: "ordered", order: "ordered" });
  const first = await open({ path, triggers: [{ trigger: before, subscriber: blocked }] });
  const padding = "x".repeat(500);
  for (let i = 0; i < BACKLOG; i += 10_000) {
    await Promise.all(
      Array.from({ length: 10_000 }, (_, k) => first.broker.publish(eventOf(i + k, { data: { padding } }))),
    );
  }
  expect(blocked.ids.length).toBe(8);
  expect(lagOf(first.broker)).toBe(BACKLOG);
  const stopped = first.broker.stop();
  first.clock.advance(10_000);
  await stopped;
  wait.resolve();

  const { broker } = await open({ path, triggers: [{ trigger: before, subscriber: ordered }] });
  expect(lagOf(broker)).toBe(BACKLOG);
  const start = heldBytes();
  await settled(broker);

  expect({ wrong, next }).toEqual({ wrong: 0, next: BACKLOG });
  // The backlog itself is some 70 MB of text; a page of it has 128 events.
  expect(peak - start).toBeLessThan(10e6);
}, 60_000);

test("a full disk refuses what is published, keeps what was, and goes on by itself when there is room again", async () => {
  const path = journalFile();
  const db = openDatabase(path);
  const clock = manualClock();
  const replies: string[] = [];
  // Of more than two pages: it never fits into what is left of one.
  const reply = (event: Event) => ({ ...replyTo(event), data: "y".repeat(10_000) });
  const subscriber = subscriberOf((event) => ({ status: 200, event: reply(event) }));
  const trigger = triggerOf({ order: "ordered" });
  const broker = createEmbeddedBroker(new Journal(db, path), { path, clock, triggers: [{ trigger, subscriber }] });
  onTestFinished(() => broker.stop());
  broker.tap((event) => void (event.type === "b" && replies.push(event.id)));
  await broker.publish(eventOf("before"));
  await settled(broker);
  const { page_count: pages } = db.prepare("PRAGMA page_count").get() as { page_count: number };

  db.exec(`PRAGMA max_page_count = ${pages + 14}`);
  let accepted = 0;
  let refusal: unknown;
  while (refusal === undefined) {
    const result = await broker.publish(eventOf(`event-${accepted}`, { data: "x".repeat(1500) })).catch((e) => e);
    if (result === undefined) accepted++;
    else refusal = result;
  }
  db.exec("PRAGMA max_page_count = 1"); // not one page more than there are
  expect(refusal).toMatchObject({ name: "UnavailableError", code: "journal-unavailable" });
  expect((refusal as Error).message).toContain(path);
  await until(() => broker.status().triggers[0]?.waiting !== undefined);
  expect(broker.status().triggers[0]?.waiting?.reason).toBe("journal-unavailable");
  const [handedOut, lag] = [subscriber.ids.length, lagOf(broker)];
  expect(lag).toBeGreaterThan(0);
  clock.advance(1000);
  await until(() => subscriber.ids.length > handedOut && broker.status().triggers[0]?.waiting !== undefined);
  expect(lagOf(broker)).toBe(lag);

  db.exec("PRAGMA max_page_count = 1000000");
  clock.advance(1000);
  await settled(broker);
  await broker.publish(eventOf("after"));
  await settled(broker);

  const expected = ["before", ...Array.from({ length: accepted }, (_, i) => `event-${i}`), "after"];
  expect(replies).toEqual(expected);
  expect(broker.status()).toMatchObject({ received: expected.length, deadLetters: 0 });
});

test("a trigger that the journal has not seen begins with what comes after", async () => {
  const path = journalFile();
  const first = await open({ path });
  await first.broker.publish(eventOf(1));
  await settled(first.broker);
  await first.broker.stop();

  const late = subscriberOf();
  const second = await open({ path, triggers: [{ trigger: triggerOf({ name: "late" }), subscriber: late }] });
  await second.broker.publish(eventOf(2));
  await settled(second.broker);

  expect(late.ids).toEqual(["2"]);
});

test("a trigger that changes from unordered to ordered delivers nothing twice that was settled alone", async () => {
  const path = journalFile();
  const stuck = subscriberOf((event) => (event.id === "2" ? { status: 503 } : accepted));
  const first = await open({ path, triggers: [{ trigger: triggerOf(), subscriber: stuck }] });
  for (const id of [1, 2, 3]) await first.broker.publish(eventOf(id));
  await until(() => lagOf(first.broker) === 1);
  await first.broker.stop();

  const { broker, subscriber } = await open({ path, trigger: { order: "ordered" } });
  await broker.publish(eventOf(4));
  await settled(broker);

  expect(subscriber.ids).toEqual(["2", "4"]);
});

test("a tap that throws disturbs nobody, and one that is taken off hears no more", async () => {
  const { broker, subscriber } = await open();
  const heard: string[] = [];
  broker.tap(() => {
    throw new Error("a broken dashboard");
  });
  const off = broker.tap(({ id }) => heard.push(id));

  await broker.publish(eventOf(1));
  off();
  await broker.publish(eventOf(2));
  await settled(broker);

  expect(heard).toEqual(["1"]);
  expect(subscriber.ids).toEqual(["1", "2"]);
});

test("stop does not wait for ever: past its grace, what is under way stays in the journal", async () => {
  const path = journalFile();
  const never = subscriberOf(() => new Promise(() => {}));
  const first = await open({ path, graceMs: 5000, triggers: [{ trigger: triggerOf(), subscriber: never }] });
  await first.broker.publish(eventOf(1));
  await until(() => never.ids.length === 1);

  const stopped = first.broker.stop();
  await quiet();
  first.clock.advance(5000);
  await stopped;

  const { broker, subscriber } = await open({ path });
  await settled(broker);
  expect(subscriber.ids).toEqual(["1"]);
});

test("a topology that cannot be is refused at the start", async () => {
  const filters = [{ cesql: "type = 'a'" }] as unknown as Trigger["filters"];
  const delivery = { ...triggerOf().delivery, timeout: "30s" };

  await expect(open({ trigger: { filters } })).rejects.toBeInstanceOf(ConfigurationError);
  await expect(open({ trigger: { delivery } })).rejects.toThrow(/trigger step: delivery.timeout is "30s"/);
});
