// What the embedded broker does at its limits: hops, sizes, a long backlog, a full disk.

import { expect, onTestFinished, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { TooLargeError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Answer } from "../broker.ts";
import {
  accepted,
  eventOf,
  eventsInMemory,
  gate,
  journalFile,
  lagOf,
  quiet,
  replyTo,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "../broker-under-test.contract.ts";
import { createEmbeddedBroker, openEmbeddedBroker } from "./embedded.ts";
import { Journal } from "./journal.ts";
import { openJournalFile } from "./journal-file.ts";
import { RECENT_ENTRIES } from "./recent.ts";
import { open } from "./under-test.contract.ts";

test("a loop of replies ends at the hop limit, in the dead letters", async () => {
  const looping = subscriberOf((event) => ({ status: 200, event: eventOf(`${event.id}+`) }));
  const { broker } = await open({ triggers: [{ trigger: triggerOf(), subscriber: looping }] });

  await broker.publish(eventOf("0"));
  await settled(broker);

  expect(looping.ids.length).toBe(33);
  const [letter] = await broker.deadLetters.list({ limit: 9 });
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

  expect((await second.deadLetters.list({ limit: 9 })).map(({ event }) => event.id)).toEqual(["0++++"]);
});

test("an event over the limit is refused; a reply over it sends its cause to the dead letters", async () => {
  const big = (event: Event) => ({ status: 200, event: { ...replyTo(event), data: "x".repeat(1000) } });
  const triggers = [{ trigger: triggerOf(), subscriber: subscriberOf(big) }];
  const { broker } = await open({ triggers, maxEventBytes: 500 });

  await expect(broker.publish(eventOf(1, { data: "x".repeat(1000) }))).rejects.toBeInstanceOf(TooLargeError);
  await broker.publish(eventOf(2));
  await settled(broker);

  expect(await broker.deadLetters.list({ limit: 9 })).toMatchObject([{ reason: "too-large", event: { id: "2" } }]);
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

test("a backlog is delivered in order and held in pages, not in memory, however long it is", async () => {
  const BACKLOG = 20_000;
  const path = journalFile();
  const blocked = subscriberOf(() => new Promise<never>(() => {}));
  const trigger = triggerOf({ name: "ordered", order: "ordered", concurrency: 64 });
  const first = await open({ path, triggers: [{ trigger, subscriber: blocked }] });
  const padding = "x".repeat(500);
  await Promise.all(Array.from({ length: BACKLOG }, (_, i) => first.broker.publish(eventOf(i, { data: { padding } }))));
  expect(blocked.ids.length).toBe(64);
  expect(lagOf(first.broker)).toBe(BACKLOG);
  const stopped = first.broker.stop();
  first.clock.advance(10_000);
  await stopped;
  const memory = eventsInMemory();
  const held: number[] = [];
  let next = 0;
  let wrong = 0;
  const ordered = {
    destination: "",
    async deliver(event: Event): Promise<Answer> {
      memory.show(event);
      if (Number(event.id) !== next++) wrong++;
      if (next % 2000 === 0) held.push(await memory.count());
      return accepted;
    },
  };

  const { broker } = await open({ path, triggers: [{ trigger, subscriber: ordered }] });
  expect(lagOf(broker)).toBe(BACKLOG);
  await settled(broker);

  expect({ wrong, next }).toEqual({ wrong: 0, next: BACKLOG });
  expect(held.length).toBe(10);
  // A page has 128 events, and 64 are in flight; while the disk is at work on 256 that are settled, as many wait for it.
  expect(Math.max(...held)).toBeLessThanOrEqual(128 + 2 * (256 + 64));
}, 60_000);

test.each(["ordered", "unordered"] as const)(
  "%s: a full disk refuses what is published, keeps what was, and goes on by itself when there is room again",
  async (order) => {
    const path = journalFile();
    const db = openJournalFile(path);
    const clock = manualClock();
    const replies: string[] = [];
    // Of more than two pages: it never fits into what is left of one.
    const reply = (event: Event) => ({ ...replyTo(event), data: "y".repeat(10_000) });
    const subscriber = subscriberOf((event) => ({ status: 200, event: reply(event) }));
    const trigger = triggerOf({ order });
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
    await expect(broker.check()).rejects.toMatchObject({ name: "UnavailableError", code: "journal-unavailable" });
    expect((refusal as Error).message).toContain(path);
    await until(() => broker.status().triggers[0]?.waiting !== undefined);
    expect(broker.status().triggers[0]?.waiting?.reason).toBe("journal-unavailable");
    const [handedOut, lag] = [subscriber.ids.length, lagOf(broker)];
    expect(lag).toBeGreaterThan(0);
    clock.advance(1000);
    await until(() => subscriber.ids.length > handedOut && broker.status().triggers[0]?.waiting !== undefined);
    expect(lagOf(broker)).toBe(lag);
    await expect(broker.check()).rejects.toThrow(/cannot be written: .*full/);

    db.exec("PRAGMA max_page_count = 1000000");
    clock.advance(1000);
    await settled(broker);
    await expect(broker.check()).resolves.toBeUndefined();
    await broker.publish(eventOf("after"));
    await settled(broker);

    const expected = ["before", ...Array.from({ length: accepted }, (_, i) => `event-${i}`), "after"];
    expect(order === "ordered" ? replies : [...replies].sort()).toEqual(
      order === "ordered" ? expected : expected.sort(),
    );
    expect(broker.status()).toMatchObject({ received: expected.length, deadLetters: 0 });
  },
);

test.each(["ordered", "unordered"] as const)(
  "%s: a journal that cannot be read is said once a second, and read on when it can be",
  async (order) => {
    const path = ":memory:";
    const db = openJournalFile(path);
    const clock = manualClock();
    const errors: string[] = [];
    const error = (_: unknown, message: string) => message.includes("cannot be read") && errors.push(message);
    const log = { error, warn() {}, info() {} };
    const first = gate();
    const behind = subscriberOf(async ({ id }) => {
      if (id === "0") await first.promise;
      return accepted;
    });
    const trigger = triggerOf({ order, concurrency: 1 });
    const triggers = [{ trigger, subscriber: behind }];
    const options = { path, clock, triggers, log: log as unknown as Log };
    const broker = createEmbeddedBroker(new Journal(db, path), options);
    onTestFinished(() => broker.stop());
    const count = RECENT_ENTRIES + 500;
    await Promise.all(Array.from({ length: count }, (_, i) => broker.publish(eventOf(i))));
    // The first look for what may be trimmed is over.
    clock.advance(50);

    db.exec("ALTER TABLE events RENAME TO elsewhere");
    first.resolve();
    await until(() => errors.length > 0);
    for (let i = 0; i < 5; i++) await expect(broker.publish(eventOf("refused"))).rejects.toThrow();
    expect(errors.length).toBe(1);
    clock.advance(1000);
    await quiet();
    expect(errors.length).toBe(2);
    db.exec("ALTER TABLE elsewhere RENAME TO events");
    clock.advance(1000);
    await settled(broker);

    expect(behind.ids).toEqual(Array.from({ length: count }, (_, i) => String(i)));
  },
);
