// Looking at a broker's topic in a real Kafka while others work on it, or nobody does.

import { connect } from "node:net";
import { type Admin, Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../clock.ts";
import { writeMessage } from "../../../events/kafka-binding.ts";
import type { Answer, Broker } from "../../broker.ts";
import { accepted, eventOf, settled, subscriberOf, triggerOf, until } from "../../broker-under-test.contract.ts";
import { groupOf, type KafkaAddress, parseKafkaAddress } from "../address.ts";
import { openKafkaBroker } from "../kafka.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";
import { type KafkaReader, type KafkaReaderOptions, openKafkaReader } from "./reader.ts";

const refused: Answer = { status: 422, headers: { "kne-wadireason": "schema" }, body: "x is no number" };

async function newAddress(): Promise<KafkaAddress> {
  const brokers = await kafkaForTests();
  return parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=2`) as KafkaAddress;
}

/** Who works on it, as a trigger `learn`. */
async function work(address: KafkaAddress, answer: () => Answer): Promise<Broker> {
  const triggers = [{ trigger: { ...triggerOf({}), name: "learn" }, subscriber: subscriberOf(async () => answer()) }];
  const broker = await openKafkaBroker({ address, triggers, clock: systemClock, graceMs: 1000 });
  onTestFinished(() => broker.stop());
  return broker;
}

async function look(address: KafkaAddress, options: Partial<KafkaReaderOptions> = {}) {
  const reader = await openKafkaReader({ address, triggers: ["learn"], clock: systemClock, ...options });
  onTestFinished(() => reader.stop());
  return reader;
}

async function idsIn(log: KafkaReader["log"], type: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of log.read(await log.start(), await log.end(), [type])) {
    ids.push(...events.map(({ id }) => id));
  }
  return ids.sort();
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  return (await admin.fetchTopicOffsets(topic)).length;
}

const lagOf = (reader: KafkaReader) => reader.status().triggers[0]?.lag;

describe.skipIf(noKafka !== undefined)("a look at Kafka", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  beforeAll(kafkaForTests);

  test("shows dead letters, and sends one again, which another process then handles", async () => {
    const address = await newAddress();
    let answer = refused;
    const broker = await work(address, () => answer);
    await broker.publish(eventOf("a"));
    await until(() => broker.status().deadLetters === 1);

    const reader = await look(address);
    const [letter] = await reader.deadLetters.list({ limit: 10 });
    answer = accepted;
    const redriven = await reader.deadLetters.redrive([letter?.number ?? 0]);
    await settled(broker);

    expect(letter).toMatchObject({ trigger: "learn", reason: "schema", event: { id: "a" } });
    expect(redriven).toBe(1);
    expect(await reader.deadLetters.list({ limit: 10 })).toEqual([]);
    expect(reader.status().deadLetters).toBe(0);
  });

  test("of a cluster shows dead letters whose headers are no UTF-8 or percent-encoded, by the names that steps know", async () => {
    const address = await newAddress();
    await work(address, () => accepted);
    const producer = new Kafka({ brokers: [...address.brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const letter = (id: Buffer) => {
      const attributes = { ce_specversion: "1.0", ce_source: "/s", ce_type: "t", ce_knativeerrorcode: "422" };
      return { partition: 0, value: null, headers: { ...attributes, ce_id: id } };
    };
    const ids = [Buffer.from("S\u00e3o Paulo", "latin1"), Buffer.from("order%20q1"), Buffer.from("50%")];
    await producer.send({ topic: address.deadLetters, messages: ids.map(letter) });

    const reader = await look(address, { owner: "knative" });
    await until(() => reader.status().deadLetters === 3);
    const letters = await reader.deadLetters.list({ limit: 9, first: "oldest" });
    await reader.deadLetters.redrive(letters.map(({ number }) => number));
    const again = await idsIn(reader.log, "t");

    expect(letters.map(({ event }) => event.id)).toEqual(["São Paulo", "order q1", "50%"]);
    expect(again).toEqual(["50%", "São Paulo", "order q1"]);
  });

  test("shows all dead letters of a topic that gains partitions; what was sent again stays gone, and keeps its number", async () => {
    const address = await newAddress();
    await work(address, () => accepted);
    const kafka = new Kafka({ brokers: [...address.brokers], logLevel: logLevel.NOTHING });
    const [producer, admin] = [kafka.producer(), kafka.admin()];
    await Promise.all([producer.connect(), admin.connect()]);
    onTestFinished(async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])));
    const give = (partition: number) =>
      producer.send({
        topic: address.deadLetters,
        messages: [0, 1, 2].map((n) => ({ ...writeMessage(eventOf(`${partition}/${n}`)), partition })),
      });
    const idsAt = async ({ deadLetters }: KafkaReader) =>
      (await deadLetters.list({ limit: 99 })).map(({ event }) => event.id).sort();
    const before = await partitionsOf(admin, address.deadLetters);
    for (let partition = 0; partition < before; partition++) await give(partition);
    const reader = await look(address);
    await until(() => reader.status().deadLetters === 3 * before);
    const [first] = await reader.deadLetters.list({ limit: 1, first: "oldest" });

    await admin.createPartitions({ topicPartitions: [{ topic: address.deadLetters, count: before + 2 }] });
    await producer.disconnect(); // it knows the topic as it was
    await producer.connect();
    await give(before);
    await give(before + 1);
    await until(() => reader.status().deadLetters === 3 * (before + 2));
    const all = await idsAt(reader);
    const redriven = await reader.deadLetters.redrive([first?.number ?? 0]);
    const late = await look(address);

    expect(new Set(all).size).toBe(3 * (before + 2));
    expect([first?.event.id, redriven]).toEqual(["0/0", 1]);
    expect(await idsAt(late)).toEqual(all.filter((id) => id !== "0/0"));
    expect(late.status().deadLetters).toBe(all.length - 1);
  });

  test("shows how far each trigger is, and takes no event away from who works", async () => {
    const address = await newAddress();
    const broker = await work(address, () => refused);
    await broker.publish(eventOf("a"));
    await until(() => broker.status().deadLetters === 1);
    await broker.stop();
    const reader = await look(address);
    const [letter] = await reader.deadLetters.list({ limit: 10 });
    const before = lagOf(reader);

    await reader.deadLetters.redrive([letter?.number ?? 0]);
    await until(() => lagOf(reader) === 1);

    const admin = new Kafka({ brokers: [...address.brokers], logLevel: logLevel.NOTHING }).admin();
    onTestFinished(() => admin.disconnect());
    const { groups } = await admin.describeGroups([groupOf(address, "learn")]);
    expect(before).toBe(0);
    expect(groups.map(({ members }) => members.length)).toEqual([0]);
  });

  test("reads the log again, and disturbs nobody by it", async () => {
    const address = await newAddress();
    const broker = await work(address, () => accepted);
    for (const id of ["a", "b", "c"]) await broker.publish(eventOf(id));
    await settled(broker);
    const { log } = await look(address);

    const read: unknown[] = [];
    for await (const { events } of log.read(await log.start(), await log.end(), [eventOf("a").type])) {
      read.push(...events.map(({ id }) => id));
    }

    expect(read.sort()).toEqual(["a", "b", "c"]);
    expect(broker.status().triggers[0]).toMatchObject({ lag: 0, handled: 3 });
  });

  test("reaches Kafka by other ways than its addresses, where these are of another network", async () => {
    const address = await newAddress();
    await (await work(address, () => accepted)).publish(eventOf("a"));
    const [, port] = (address.brokers[0] ?? "").split(":");
    const asked: string[] = [];

    const reader = await look(
      { ...address, brokers: ["kafka.elsewhere.svc:9092"] },
      {
        socketFactory: ({ host, onConnect }) => {
          asked.push(host);
          return connect(Number(port), "127.0.0.1", onConnect);
        },
      },
    );

    await reader.check();
    expect(asked).toContain("kafka.elsewhere.svc");
  });

  test("fails where there is no such topic, and says which", async () => {
    const address = await newAddress();

    await expect(look(address)).rejects.toThrow(/Kafka at kafka:\/\/.*/);
  });
});
