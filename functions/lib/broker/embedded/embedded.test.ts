import { expect, test } from "vitest";
import { ConfigurationError } from "../../errors.ts";
import { type BrokerLog, describeBroker } from "../broker.contract.ts";
import type { Trigger } from "../broker.ts";
import {
  accepted,
  eventOf,
  journalFile,
  lagOf,
  quiet,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "../broker-under-test.contract.ts";
import { openEmbeddedBroker } from "./embedded.ts";
import { open } from "./under-test.contract.ts";

const logOn = (path: () => string, durable: boolean) => async (): Promise<BrokerLog> => {
  const file = path();
  return { durable, open: (triggers, clock) => openEmbeddedBroker({ path: file, triggers, clock }) };
};

describeBroker("in a file", logOn(journalFile, true));
describeBroker(
  "in memory",
  logOn(() => ":memory:", false),
);

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
