// A broker that delivers nothing: for a look at a journal in which nobody runs.

import { expect, test } from "vitest";
import { manualClock } from "../../clock.ts";
import { DAY_MS } from "../../duration.ts";
import {
  accepted,
  eventOf,
  journalFile,
  lagOf,
  quiet,
  settled,
  subscriberOf,
  triggerOf,
} from "../broker-under-test.contract.ts";
import { openEmbeddedBroker } from "./embedded.ts";

/** A journal with one dead letter (event 1) and, while its subscriber answered nothing, two events that wait. */
async function journal() {
  const path = journalFile();
  const clock = manualClock();
  const asleep = new Promise<never>(() => {});
  const subscriber = subscriberOf((event) => (event.id === "1" ? { status: 422, body: "no" } : asleep));
  const open = (options: object = {}) =>
    openEmbeddedBroker({ path, triggers: [{ trigger: triggerOf(), subscriber }], clock, graceMs: 0, ...options });
  const broker = await open();
  await broker.publish(eventOf(1));
  await settled(broker);
  for (const id of [2, 3]) await broker.publish(eventOf(id));
  await quiet();
  const stopped = broker.stop();
  clock.advance(1);
  await stopped;
  subscriber.ids.length = 0;
  return { open, clock, subscriber };
}

test("it shows what waits and what was given up, and hands out nothing", async () => {
  const { open, clock, subscriber } = await journal();
  const broker = await open({ delivers: false });

  clock.advance(DAY_MS);
  await quiet();

  expect(lagOf(broker)).toBe(2);
  expect(broker.status()).toMatchObject({ deadLetters: 1 });
  expect((await broker.deadLetters.list({ limit: 9 })).map(({ event }) => event.id)).toEqual(["1"]);
  await broker.stop();
  expect(subscriber.ids).toEqual([]);
});

test("what is sent again with it waits, and the next broker delivers it once, after what waited before", async () => {
  const { open, subscriber } = await journal();
  const idle = await open({ delivers: false });
  const [letter] = await idle.deadLetters.list({ limit: 1 });

  expect(await idle.deadLetters.redrive([letter?.number ?? 0])).toBe(1);
  expect(lagOf(idle)).toBe(3);
  await quiet();
  await idle.stop();
  const seen = subscriberOf(() => accepted);
  const broker = await open({ triggers: [{ trigger: triggerOf({ order: "ordered" }), subscriber: seen }] });
  await settled(broker);

  expect(subscriber.ids).toEqual([]);
  expect(seen.ids).toEqual(["2", "3", "1"]);
  expect(broker.status().deadLetters).toBe(0);
  await broker.stop();
});

test("however old the journal is, a look at it costs nothing of it", async () => {
  const { open, clock } = await journal();
  clock.advance(365 * DAY_MS);

  const idle = await open({ delivers: false, retention: { logMs: 1, deadLetterMs: 1, bytes: 1 } });
  await idle.publish(eventOf(4));
  clock.advance(365 * DAY_MS);
  await quiet();

  expect(lagOf(idle)).toBe(3);
  expect((await idle.deadLetters.list({ limit: 9 })).length).toBe(1);
  await idle.stop();
});

test("a trigger that it was the first to see begins where the next broker finds the end of the log", async () => {
  const { open } = await journal();
  const other = { trigger: triggerOf({ name: "other" }), subscriber: subscriberOf(() => accepted) };

  const idle = await open({ delivers: false, triggers: [other] });
  await idle.publish(eventOf(4));
  await idle.stop();
  const broker = await open({ triggers: [other] });
  await settled(broker);

  expect(other.subscriber.ids).toEqual([]);
  await broker.stop();
});
