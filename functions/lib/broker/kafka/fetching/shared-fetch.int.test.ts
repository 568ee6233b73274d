// Several triggers of one process on a real Kafka: one fetch for all that keep up, and each for itself where they do not.

import { Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../clock.ts";
import { writeMessage } from "../../../events/kafka-binding.ts";
import { type LogFields, silentLog } from "../../../telemetry/log.ts";
import {
  accepted,
  bare,
  eventOf,
  gate,
  settled,
  subscriberOf,
  triggerOf,
  until,
} from "../../broker-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../address.ts";
import { openKafkaBroker } from "../kafka.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";

/** More than a trigger holds in memory. */
const MANY = 2500;
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

describe.skipIf(noKafka !== undefined)("triggers that are at different places of a log", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  let brokers: readonly string[] = [];
  beforeAll(async () => {
    brokers = await kafkaForTests();
  });

  const addressOf = () =>
    parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=1`) as KafkaAddress;

  /** One that waits at a gate, and one that keeps up. */
  async function openTwo(address: KafkaAddress, log = silentLog) {
    const door = gate();
    const behind = subscriberOf(async () => {
      await door.promise;
      return accepted;
    });
    const along = subscriberOf();
    const broker = await openKafkaBroker({
      address,
      log,
      clock: systemClock,
      graceMs: 1000,
      triggers: [
        { trigger: triggerOf({ name: "behind", order: "ordered", concurrency: 4 }), subscriber: behind },
        { trigger: triggerOf({ name: "along", order: "ordered" }), subscriber: along },
      ],
    });
    onTestFinished(() => broker.stop());
    // A busy Kafka may be looked for once more after the broker has opened.
    await vi.waitFor(() => broker.check(), 30_000);
    return { broker, door, behind, along };
  }

  test("get each event once and in order, who keeps up and who was held up and catches up meanwhile", async () => {
    const { broker, door, behind, along } = await openTwo(addressOf());
    const publish = (from: number, to: number) =>
      broker.publishAll(numbers(from, to).map((id) => eventOf(id, { data: "x".repeat(2000) })));

    await publish(0, MANY);
    await until(() => along.ids.length === MANY);
    const whileHeldUp = behind.ids.length;
    door.resolve();
    await publish(MANY, 2 * MANY);
    await settled(broker);

    expect(whileHeldUp).toBe(4);
    expect(along.ids).toEqual(numbers(0, 2 * MANY));
    expect(behind.ids).toEqual(numbers(0, 2 * MANY));
  });

  test("share what was read of an event while both keep up, and get it as it was written, from here or by another", async () => {
    const address = addressOf();
    const { broker, door, behind, along } = await openTwo(address);
    const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    const event = eventOf(1, {
      n: 7,
      labelled: true,
      subject: "東京",
      time: "2026-01-31T08:30:00Z",
      data: { x: [1, -0] },
    });

    door.resolve();
    await broker.publish(event);
    await producer.send({ topic: topicOf(address), messages: [writeMessage({ ...event, id: "2" })] });
    await until(() => along.ids.length === 2 && behind.ids.length === 2);

    const [own, others] = along.events;
    expect(behind.events[0]).toBe(own);
    expect(behind.events[1]).toBe(others);
    expect(bare(own)).toEqual({ ...event, n: "7", labelled: "true", data: { x: [1, 0] } });
    expect(bare(others)).toEqual({ ...bare(own), id: "2" });
    expect(others).toMatchObject({ knativekafkapartition: "0", knativekafkaoffset: "1" });
  });

  test("go on where the log begins, and say so, where it was trimmed before they had come so far", async () => {
    const address = addressOf();
    const said: string[] = [];
    const log = { ...silentLog, error: (_fields: LogFields, message: string) => void said.push(message) };
    const { broker, door, behind, along } = await openTwo(address, log);
    const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await broker.publishAll(numbers(0, MANY).map((id) => eventOf(id, { data: "x".repeat(2000) })));
    await until(() => along.ids.length === MANY);

    await admin.fetchTopicOffsets(topicOf(address)); // kafkajs must have met the topic
    await admin.deleteTopicRecords({ topic: topicOf(address), partitions: [{ partition: 0, offset: "2400" }] });
    door.resolve();
    await until(() => behind.ids.at(-1) === String(MANY - 1));
    await broker.publish(eventOf("later"));
    await settled(broker);

    expect(behind.ids.slice(-101)).toEqual([...numbers(2400, MANY), "later"]);
    expect(along.ids).toEqual([...numbers(0, MANY), "later"]);
    expect(said).toEqual([expect.stringContaining("events left the log before they were handled")]);
  });
});
