// The topic of a broker read again, on a real Kafka.

import { Kafka, logLevel } from "kafkajs";
import { describe, expect, onTestFinished, test } from "vitest";
import { asError } from "../../../errors.ts";
import { writeMessage } from "../../../events/kafka-binding.ts";
import { eventOf } from "../../broker-under-test.contract.ts";
import type { EventLog, LogPosition } from "../../event-log.ts";
import { transact } from "../transaction.contract.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";
import { openTopicLog } from "./topic-log.ts";

interface Written {
  readonly type?: string;
  readonly time?: number;
  readonly mode?: "binary" | "structured";
}

/** A topic, what is written to it, and the log on it. */
async function openTopic(partitions: number, idleMs?: number) {
  const kafka = new Kafka({ brokers: [...(await kafkaForTests())], logLevel: logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  await Promise.all([admin.connect(), producer.connect()]);
  const topic = newName("log");
  const configEntries = [{ name: "retention.ms", value: "-1" }]; // these are dated long ago
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }], waitForLeaders: true });
  const log = openTopicLog({
    kafka,
    topic,
    admin: async () => admin,
    failure: asError,
    ...(idleMs !== undefined && { idleMs }),
  });
  onTestFinished(async () => {
    await log.close();
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  });
  const write = (partition: number, id: number | string, { type = "a", time = 0, mode = "binary" }: Written = {}) => {
    const message = { ...writeMessage(eventOf(id, { type }), mode), partition, timestamp: String(1_000_000 + time) };
    return producer.send({ topic, messages: [message] });
  };
  const writeLarge = async (count: number) => {
    const pad = "x".repeat(8192);
    const messages = Array.from({ length: count }, (_, i) =>
      writeMessage({ ...eventOf(i, { type: "a" }), data: { pad } }),
    );
    for (let n = 0; n < count; n += 50) await producer.send({ topic, messages: messages.slice(n, n + 50) });
  };
  const writeRaw = (partition: number, value: string) => producer.send({ topic, messages: [{ partition, value }] });
  /** Of this topic's readers, those that have a consumer. */
  const groups = async () => {
    const named = (await admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith("wadi-log-"));
    const described = await admin.describeGroups(named.map(({ groupId }) => groupId));
    return described.groups.filter(({ members }) =>
      members.some(({ memberMetadata }) => memberMetadata.includes(topic)),
    );
  };
  return { groups, log, write, writeLarge, writeRaw, admin, topic, kafka };
}

async function idsOf(
  log: EventLog,
  from: LogPosition,
  to: LogPosition,
  types: readonly string[] = ["a"],
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { events } of log.read(from, to, types)) ids.push(...events.map(({ id }) => id));
  return ids;
}

describe.skipIf(noKafka !== undefined)(
  `the log in Kafka${noKafka === undefined ? "" : ` (${noKafka})`}`,
  { timeout: 60_000, tags: ["kafka"] },
  () => {
    test("is read from one position up to another, by the types that are asked for, again and again", async () => {
      const { log, write, writeRaw } = await openTopic(1);
      await write(0, "1");
      await write(0, "2", { type: "b" });
      await writeRaw(0, "no event");
      await write(0, "3");
      const end = await log.end();
      await write(0, "later");

      expect(end).toEqual([4]);
      expect(await idsOf(log, await log.start(), end)).toEqual(["1", "3"]);
      expect(await idsOf(log, [0], end, ["a", "b"])).toEqual(["1", "2", "3"]);
      expect(await idsOf(log, [1], [4])).toEqual(["3"]);
      expect(await idsOf(log, end, await log.end())).toEqual(["later"]);
      expect(await idsOf(log, [9], end)).toEqual([]);
    });

    test("an event in structured mode is read by its type, as one in binary mode is", async () => {
      const { log, write } = await openTopic(1);
      await write(0, "1", { mode: "structured" });
      await write(0, "2", { mode: "structured", type: "b" });
      await write(0, "3");

      expect(await idsOf(log, [0], await log.end())).toEqual(["1", "3"]);
      expect(await idsOf(log, [0], await log.end(), ["b"])).toEqual(["2"]);
    });

    test("a reading that its caller ends early leaves no consumer behind", async () => {
      const { log, write, groups } = await openTopic(1, 20);
      await write(0, "1");

      for await (const _page of log.read([0], [1], ["a"])) {
        expect(await groups()).toHaveLength(1);
        break;
      }
      while ((await groups()).length > 0) await new Promise((done) => setTimeout(done, 20));

      expect(await idsOf(log, [0], [1])).toEqual(["1"]);
    });

    test("of several partitions is read by the time at which Kafka took its events in, each time alike", async () => {
      const { log, write } = await openTopic(3);
      for (let i = 0; i < 60; i++) await write((i * 7) % 3, i, { time: i });

      const once = await idsOf(log, [0, 0, 0], await log.end());
      const again = await idsOf(log, [0, 0, 0], await log.end());

      expect(once).toEqual(Array.from({ length: 60 }, (_, i) => String(i)));
      expect(again).toEqual(once);
    });

    test("knows the position of a time, and what lies behind its end is the end", async () => {
      const { log, write } = await openTopic(2);
      for (let i = 0; i < 10; i++) await write(i % 2, i, { time: i * 1000 });

      const position = await log.at(1_000_000 + 6000);

      expect(await idsOf(log, position, await log.end())).toEqual(["6", "7", "8", "9"]);
      expect(await log.at(2_000_000_000)).toEqual(await log.end());
    });

    test("tells how far it is with each page, so that a reading that broke off goes on there", async () => {
      const { log, write } = await openTopic(2);
      for (let i = 0; i < 600; i++) await write(i % 2, i, { time: i });
      const end = await log.end();
      const read: string[] = [];
      let position: LogPosition = [0, 0];

      for await (const { events, through } of log.read(position, end, ["a"])) {
        read.push(...events.map(({ id }) => id));
        position = through;
        break;
      }

      expect(read.length).toBeLessThan(600);
      expect([...read, ...(await idsOf(log, position, end))]).toEqual(Array.from({ length: 600 }, (_, i) => String(i)));
    });

    test("is read to its end though that is an aborted transaction, and what was aborted is no part of it", async () => {
      const { log, write, kafka, topic } = await openTopic(2);
      await write(0, "kept");
      await transact(kafka, topic, 2, "abort", () => eventOf("aborted", { type: "a" }));
      const end = await log.end();

      expect(end).toEqual([3, 2]);
      expect(await idsOf(log, [0, 0], end)).toEqual(["kept"]);
      expect(await idsOf(log, [0, 0], end)).toEqual(["kept"]);
    });

    test("leaves out what is kept no longer", async () => {
      const { log, write, admin, topic } = await openTopic(1);
      for (let i = 0; i < 5; i++) await write(0, i);
      const end = await log.end(); // kafkajs must have met the topic, too
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "3" }] });

      expect(await log.start()).toEqual([3]);
      expect(await idsOf(log, [0], end)).toEqual(["3", "4"]);
    });

    test("is read to its end though it is trimmed beyond what was read by then", async () => {
      const { log, writeLarge, admin, topic } = await openTopic(1);
      await writeLarge(1500); // more than is held in memory
      const end = await log.end();
      const read: string[] = [];

      for await (const { events } of log.read([0], end, ["a"])) {
        read.push(...events.map(({ id }) => id));
        if (read.length === events.length) {
          await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "1300" }] });
        }
      }

      const numbers = read.map(Number);
      const beforeTrim = numbers.length - 200;
      expect(numbers.slice(0, beforeTrim)).toEqual(Array.from({ length: beforeTrim }, (_, i) => i));
      expect(numbers.slice(beforeTrim)).toEqual(Array.from({ length: 200 }, (_, i) => 1300 + i));
      expect(beforeTrim).toBeLessThan(1300);
    });
  },
);
