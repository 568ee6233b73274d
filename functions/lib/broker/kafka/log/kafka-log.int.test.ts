// What a broker on Kafka adds to the contract of brokers: the log is others' too.

import { Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { manualClock, systemClock } from "../../../clock.ts";
import { TooLargeError, UnavailableError } from "../../../errors.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { Answer, Subscriber, Trigger } from "../../broker.ts";
import {
  accepted,
  eventOf,
  gate,
  lagOf,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "../../broker-under-test.contract.ts";
import { groupOf, type KafkaAddress, parseKafkaAddress, topicOf } from "../address.ts";
import { type KafkaBrokerOptions, openKafkaBroker } from "../kafka.ts";
import { transact } from "../transaction.contract.ts";
import { kafkaForTests, newName, noKafka, noOwnKafka, ownKafka } from "../under-test.contract.ts";

function addressAt(brokers: readonly string[], partitions = 1): KafkaAddress {
  return parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=${partitions}`) as KafkaAddress;
}

/** One of perhaps several on this log. */
async function open(
  address: KafkaAddress,
  subscriber: Subscriber,
  trigger: Partial<Trigger> = {},
  options: Partial<KafkaBrokerOptions> = {},
) {
  const triggers = [{ trigger: triggerOf(trigger), subscriber }];
  const broker = await openKafkaBroker({ address, triggers, clock: systemClock, graceMs: 1000, ...options });
  onTestFinished(() => broker.stop());
  return broker;
}

/** Another client of the same Kafka. */
async function stranger(address: KafkaAddress) {
  const kafka = new Kafka({ brokers: [...address.brokers], logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  onTestFinished(async () => void (await Promise.all([admin.disconnect(), producer.disconnect()])));
  return { admin, producer };
}

const refused: Answer = { status: 422, headers: { "kne-wadireason": "schema" } };

describe.skipIf(noKafka !== undefined)("a log that others write and read, too", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  let brokers: readonly string[] = [];
  beforeAll(async () => {
    brokers = await kafkaForTests();
  });

  test("what another client wrote is delivered, with partition and offset; what is no CloudEvent is skipped", async () => {
    const address = addressAt(brokers);
    const subscriber = subscriberOf();
    const broker = await open(address, subscriber, { order: "ordered" });
    const { producer } = await stranger(address);
    const structured = { ...eventOf("whole"), n: 7, flag: true };

    await producer.send({
      topic: topicOf(address),
      messages: [
        { value: "no event" },
        { key: "k", value: '{"n":1}', headers: { ce_specversion: "1.0", ce_id: "1", ce_source: "/s", ce_type: "a" } },
        { value: JSON.stringify(structured), headers: { "content-type": "application/cloudevents+json" } },
      ],
    });
    await until(() => subscriber.ids.length === 2);
    await broker.publish(eventOf("own"));
    await until(() => subscriber.ids.length === 3);

    const positionAt = (offset: number) => ({ knativekafkapartition: "0", knativekafkaoffset: String(offset) });
    expect(subscriber.events).toMatchObject([
      { id: "1", data: { n: 1 }, ...positionAt(1) },
      { ...structured, ...positionAt(2) },
      { ...eventOf("own"), ...positionAt(3) },
    ]);
  });

  test("what is put in lies there as a CloudEvent in binary mode, keyed with its partitionkey", async () => {
    const address = addressAt(brokers);
    const broker = await open(address, subscriberOf());
    await broker.publish(eventOf(1, { partitionkey: "k1", subject: "é", data: { n: 1 } }));
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: newName("g"), maxWaitTimeInMs: 100 });
    onTestFinished(() => consumer.disconnect());
    const seen: { key: string; value: string; headers: Record<string, string> }[] = [];

    await consumer.subscribe({ topic: topicOf(address), fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message: { key, value, headers = {} } }) => {
        const texts = Object.entries(headers).map(([name, text]) => [name, String(text)]);
        seen.push({ key: String(key), value: String(value), headers: Object.fromEntries(texts) });
      },
    });
    await until(() => seen.length === 1);

    expect(seen).toEqual([
      {
        key: "k1",
        value: '{"n":1}',
        headers: {
          "content-type": "application/json",
          ce_specversion: "1.0",
          ce_id: "1",
          ce_source: "/test",
          ce_type: "a",
          ce_partitionkey: "k1",
          ce_subject: "é",
        },
      },
    ]);
  });

  test("an event that Kafka would not take is refused as too large, and the next one is taken", async () => {
    const address = addressAt(brokers);
    const subscriber = subscriberOf();
    const broker = await open(address, subscriber, {}, { maxEventBytes: 10 * 1024 * 1024 });

    const refusals = await Promise.allSettled([
      broker.publish(eventOf("large", { data: "x".repeat(2 * 1024 * 1024) })),
      broker.publish(eventOf("small")),
    ]);
    await until(() => subscriber.ids.length === 1);

    expect(refusals).toMatchObject([{ status: "rejected" }, { status: "fulfilled" }]);
    expect((refusals[0] as PromiseRejectedResult).reason).toBeInstanceOf(TooLargeError);
    expect(subscriber.ids).toEqual(["small"]);
    await expect(broker.check()).resolves.toBeUndefined();
  });

  test("a reply that Kafka would not take sends its cause to the dead letters", async () => {
    const large = eventOf("large", { type: "b", data: "x".repeat(2 * 1024 * 1024) });
    const subscriber = subscriberOf(() => ({ status: 200, event: large }));
    const broker = await open(addressAt(brokers), subscriber, {}, { maxEventBytes: 10 * 1024 * 1024 });

    await broker.publish(eventOf(1));
    await until(() => broker.status().triggers[0]?.deadLetters === 1);

    expect(await broker.deadLetters.list({ limit: 9 })).toMatchObject([{ reason: "too-large", event: { id: "1" } }]);
  });

  test("a trigger that is new on a topic begins with what comes after", async () => {
    const address = addressAt(brokers, 3);
    const first = await open(address, subscriberOf());
    for (const id of [1, 2, 3]) await first.publish(eventOf(id, { partitionkey: `k${id}` }));

    const late = subscriberOf();
    const second = await open(address, late, { name: "late" });
    for (const id of [4, 5, 6]) await second.publish(eventOf(id, { partitionkey: `k${id}` }));
    await until(() => late.ids.length === 3);
    await settled(second);

    expect(late.ids.sort()).toEqual(["4", "5", "6"]);
  });

  test("what was aborted is not delivered, and is no lag: nothing is left to be read of it", async () => {
    const address = addressAt(brokers, 3);
    const subscriber = subscriberOf();
    const broker = await open(address, subscriber);
    const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });

    await transact(kafka, topicOf(address), 3, "commit", (n) => eventOf(`kept-${n}`));
    await until(() => subscriber.ids.length === 3);
    await transact(kafka, topicOf(address), 3, "abort", (n) => eventOf(`aborted-${n}`));
    await until(() => lagOf(broker) === 0);
    const { admin } = await stranger(address);
    const committed = async () => {
      const [offsets] = await admin.fetchOffsets({ groupId: groupOf(address, "step"), topics: [topicOf(address)] });
      return offsets?.partitions.map(({ offset }) => offset);
    };
    while ((await committed())?.some((offset) => offset !== "4")) await new Promise((next) => setTimeout(next, 20));

    expect(subscriber.ids.sort()).toEqual(["kept-0", "kept-1", "kept-2"]);
    await broker.publish(eventOf("next"));
    await until(() => subscriber.ids.includes("next"));
  });

  test("two brokers share the events, in order by key; who stays takes over what the other leaves", async () => {
    const address = addressAt(brokers, 4);
    const seen: Event[] = [];
    const subscriber = (who: string) =>
      subscriberOf((event) => {
        seen.push({ ...event, who });
        return accepted;
      });
    const [one, two] = [subscriber("one"), subscriber("two")];
    const first = await open(address, one, { order: "ordered" });
    const second = await open(address, two, { order: "ordered" });
    const send = async (from: number, to: number) => {
      for (let id = from; id < to; id++) await first.publish(eventOf(id, { partitionkey: `k${id % 8}` }));
    };

    await send(0, 80);
    await until(() => new Set(seen.map(({ id }) => id)).size === 80);
    await second.stop();
    await send(80, 160);
    await until(() => new Set(seen.map(({ id }) => id)).size === 160);
    await settled(first);

    expect([one.ids.length > 0, two.ids.length > 0]).toEqual([true, true]);
    for (let key = 0; key < 8; key++) {
      const firsts = [
        ...new Set(seen.filter((event) => event["partitionkey"] === `k${key}`).map(({ id }) => Number(id))),
      ];
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    }
  });

  test("a trigger that gets nowhere holds a bounded part of the log, and holds up no other", async () => {
    const address = addressAt(brokers);
    const never = subscriberOf(() => new Promise(() => {}));
    const fast = subscriberOf();
    const clock = manualClock(Date.now());
    const broker = await openKafkaBroker({
      address,
      clock,
      graceMs: 0,
      triggers: [
        { trigger: triggerOf({ name: "stuck", concurrency: 4 }), subscriber: never },
        { trigger: triggerOf({ name: "fast", order: "ordered" }), subscriber: fast },
      ],
    });
    onTestFinished(async () => {
      const stopped = broker.stop();
      clock.advance(0);
      await stopped;
    });
    const events = Array.from({ length: 3000 }, (_, i) => eventOf(i, { data: "x".repeat(10_000) }));

    for (let i = 0; i < events.length; i += 500) {
      await Promise.all(events.slice(i, i + 500).map((event) => broker.publish(event)));
    }
    await until(() => fast.ids.length === 3000);
    await until(() => broker.status().triggers[1]?.lag === 0);

    expect(never.ids.length).toBe(4);
    expect(broker.status().triggers[0]).toMatchObject({ lag: 3000, inFlight: 4 });
  });

  test("what was held back when a second broker came goes on with both", async () => {
    const address = addressAt(brokers, 2);
    const gates = [gate(), gate()];
    const seen = new Set<string>();
    const subscriber = (which: number) =>
      subscriberOf(async (event) => {
        await gates[which]?.promise;
        seen.add(event.id);
        return accepted;
      });
    const first = await open(address, subscriber(0), { concurrency: 4 });
    const events = Array.from({ length: 3000 }, (_, i) => eventOf(i, { partitionkey: `k${i}` }));
    await Promise.all(events.map((event) => first.publish(event)));
    await until(() => first.status().triggers[0]?.inFlight === 4);

    const second = await open(address, subscriber(1), { concurrency: 4 });
    for (const one of gates) one.resolve();
    await until(() => seen.size === events.length);
    await Promise.all([settled(first), settled(second)]);

    expect(seen.size).toBe(events.length);
  });

  test("dead letters that KafkaSink wrote are shown, sent again once by two at once, and gone for both", async () => {
    const address = addressAt(brokers);
    const subscriber = subscriberOf();
    const [first, second] = [await open(address, subscriber), await open(address, subscriber)];
    const { producer } = await stranger(address);
    const core = { ce_specversion: "1.0", ce_id: "1", ce_source: "/s", ce_type: "a", ce_partitionkey: "k" };
    const failure = {
      ce_knativeerrordest: "http://learn.wadi.svc.cluster.local/",
      ce_knativeerrorcode: "503",
      ce_knativekafkaoffset: "17",
    };
    await producer.send({
      topic: address.deadLetters,
      messages: [{ value: '{"n":1}', headers: { ...core, ...failure, "content-type": "application/json" } }],
    });
    await until(() => first.status().deadLetters === 1 && second.status().deadLetters === 1);

    const [letter] = await first.deadLetters.list({ limit: 9, trigger: "learn", reason: "503" });
    const redriven = await Promise.all(
      [first, second].map(({ deadLetters }) => deadLetters.redrive([letter?.number ?? 0])),
    );
    // Whoever did not send it hears of that with its next look at Kafka.
    await until(() => subscriber.ids.length === 1 && [first, second].every((one) => one.status().deadLetters === 0));
    await Promise.all([settled(first), settled(second)]);

    expect(redriven.sort()).toEqual([0, 1]);
    expect(subscriber.events).toMatchObject([{ id: "1", redriven: "1", data: { n: 1 } }]);
    expect(subscriber.events[0]).not.toHaveProperty("knativeerrordest");
    expect(await first.deadLetters.list({ limit: 9 })).toEqual([]);
  });

  test("a third broker, which comes later, knows what was decided before", async () => {
    const address = addressAt(brokers);
    let answer = refused;
    const first = await open(
      address,
      subscriberOf(() => answer),
    );
    for (const id of [1, 2, 3]) await first.publish(eventOf(id));
    await until(() => first.status().deadLetters === 3);
    const [newest, middle] = await first.deadLetters.list({ limit: 2 });
    answer = accepted;
    await first.deadLetters.redrive([newest?.number ?? 0]);
    await first.deadLetters.drop([middle?.number ?? 0]);

    const third = await open(address, subscriberOf());

    expect((await third.deadLetters.list({ limit: 9 })).map(({ number }) => number)).toEqual([1]);
  });
});

describe.skipIf(noOwnKafka !== undefined)("a Kafka that comes and goes", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

  test("a broker opens without Kafka, comes up with it, and when it is killed nothing accepted is lost", async () => {
    const kafka = await ownKafka({ started: false });
    const replies = new Set<string>();
    const subscriber = subscriberOf((event) => ({ status: 200, event: eventOf(event.id, { type: "b" }) }));
    const listener = subscriberOf((event) => {
      replies.add(event.id);
      return accepted;
    });
    const broker = await openKafkaBroker({
      address: addressAt(kafka.brokers, 2),
      clock: systemClock,
      graceMs: 1000,
      triggers: [
        { trigger: triggerOf({ order: "ordered" }), subscriber },
        { trigger: triggerOf({ name: "listen", filters: [{ exact: { type: "b" } }] }), subscriber: listener },
      ],
    });
    onTestFinished(() => broker.stop());
    const up = async () => {
      while ((await broker.check().catch(() => "away")) === "away") await new Promise((next) => setTimeout(next, 20));
    };
    const taken = new Set<string>();
    const send = async (id: number) => {
      await broker.publish(eventOf(id, { partitionkey: `k${id}` })).then(
        () => taken.add(String(id)),
        () => {},
      );
    };

    await expect(broker.check()).rejects.toThrow(/Kafka at kafka:\/\/127.0.0.1:\d+ does not answer.*start it/);
    await expect(broker.publish(eventOf("early"))).rejects.toBeInstanceOf(UnavailableError);
    await kafka.start();
    await up();
    for (let id = 0; id < 200; id++) void send(id);
    await until(() => replies.size > 20);
    await kafka.kill();
    await until(() => broker.status().triggers.every(({ inFlight }) => inFlight === 0));
    await kafka.start();
    await up();
    for (let id = 200; id < 220; id++) await send(id);
    await until(() => [...taken].every((id) => replies.has(id)) && lagOf(broker) === 0);

    expect(taken.size).toBeGreaterThan(20);
    expect(broker.status()).toMatchObject({ deadLetters: 0 });
  });
});
