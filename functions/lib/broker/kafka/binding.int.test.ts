// CloudEvents through a real Kafka, to and from others: the SDK for Java, and Kafka's own console tools.

import { Kafka, logLevel } from "kafkajs";
import { describe, expect, test } from "vitest";
import { readMessage, writeMessage } from "../../events/kafka-binding.ts";
import type { Event } from "../../events/vocabulary.ts";
import "./codecs.ts";
import { noJava } from "../../java.contract.ts";
import { consoleConsumer, consoleProducer, javaPeer } from "./java-peer.contract.ts";
import { kafkaForTests, newName, noKafka, noOwnKafka } from "./under-test.contract.ts";

const TIMEOUT_MS = 120_000;
const CORE = { specversion: "1.0", source: "/wadi/test", type: "dev.wadi.observation" };
const OURS: readonly Event[] = [
  { ...CORE, id: "minimal" },
  { ...CORE, id: "json", datacontenttype: "application/json", data: { level: 3, name: "Ebbe 🌊" } },
  { ...CORE, id: "text", datacontenttype: "text/plain", data: "Köln\r\n" },
  { ...CORE, id: "avro", datacontenttype: "application/avro", data: Buffer.from([0, 255, 195, 40, 10]) },
  {
    ...{
      ...CORE,
      id: "all",
      subject: "Euro € 😀 100%20",
      time: "2018-04-05T03:56:24.123Z",
      dataschema: "urn:wadi:a:1",
    },
    partitionkey: "k-1",
    labelled: true,
    redriven: -7,
    datacontenttype: "application/json",
    data: [1, null],
  },
];

async function topicOf(messages: readonly ReturnType<typeof writeMessage>[] = []) {
  const brokers = await kafkaForTests();
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const topic = newName("binding");
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [...messages] });
  await producer.disconnect();
  return { kafka, topic, brokers: brokers.join(",") };
}

/** The first `count` messages as kafkajs has them. */
async function consumed(kafka: Kafka, topic: string, count: number) {
  const consumer = kafka.consumer({ groupId: newName("group"), maxWaitTimeInMs: 200 });
  const messages: { key: Buffer | null; event: Event }[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    async eachMessage({ message }) {
      messages.push({ key: message.key, event: readMessage(message) });
      if (messages.length === count) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return messages;
}

const reason = noKafka ?? noJava;
const tags = noKafka ? ["kafka"] : ["java"];
describe.skipIf(reason !== undefined)("with the CloudEvents SDK for Java", { tags }, () => {
  test(
    "what it puts into a topic, in both modes, we read without loss",
    async () => {
      const { kafka, topic, brokers } = await topicOf();

      await javaPeer("write", brokers, topic);
      const read = await consumed(kafka, topic, 12);

      const ids = ["minimal", "json", "text", "xml", "avro", "all"];
      expect(read.map(({ event }) => event.id)).toEqual(ids.flatMap((id) => [id, id]));
      expect(read[8]?.event).toMatchObject({
        datacontenttype: "application/avro",
        data: Buffer.from([0, 255, 195, 40, 10]),
      });
      expect(read[9]?.event).toEqual(read[8]?.event);
      expect(read[10]).toMatchObject({
        key: Buffer.from("k-1"),
        event: { yes: "true", whole: "-7", partitionkey: "k-1" },
      });
      expect(read[11]?.event).toMatchObject({ yes: true, whole: -7, data: { level: 3, name: "Ebbe 🌊" } });
    },
    TIMEOUT_MS,
  );

  test(
    "what we put into a topic, in both modes, it reads without loss",
    async () => {
      const sent = OURS.flatMap((event) => [writeMessage(event), writeMessage(event, "structured")]);
      const { topic, brokers } = await topicOf(sent);

      const lines = await javaPeer("read", brokers, topic, String(sent.length));

      const read = lines.map((line) => JSON.parse(line) as [string | null, Record<string, string>, string | null]);
      for (const [i, { data, ...attributes }] of OURS.entries()) {
        const texts = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
        const { value, key } = writeMessage(OURS[i] as Event);
        for (const [theirKey, theirs, content] of read.slice(2 * i, 2 * i + 2)) {
          expect(theirKey).toBe(key);
          expect(theirs).toEqual(texts);
          expect(content === null ? null : Buffer.from(content, "base64")).toEqual(value);
        }
        expect(data === undefined).toBe(read[2 * i]?.[2] === null);
      }
    },
    TIMEOUT_MS,
  );
});

const noTools = noKafka ?? noOwnKafka;
describe.skipIf(noTools !== undefined)("with Kafka's console tools", { tags: ["kafka"] }, () => {
  test(
    "a line with headers, typed into kafka-console-producer, is an event",
    async () => {
      const { kafka, topic, brokers } = await topicOf();
      const headers =
        "ce_specversion:1.0,ce_id:a-1,ce_source:/console,ce_type:dev.wadi.observation,ce_time:2018-04-05T03:56:24Z";
      const properties = ["parse.headers=true", "parse.key=true"];

      const lines = `${headers}\tk-1\t{"level": 3, "name": "Ebbe 🌊"}\n${headers},content-type:text/plain\tk-2\tKöln\n`;
      await consoleProducer(["--bootstrap-server", brokers, "--topic", topic], properties, lines);
      const read = await consumed(kafka, topic, 2);

      const event = { ...CORE, id: "a-1", source: "/console", time: "2018-04-05T03:56:24Z" };
      expect(read).toEqual([
        { key: Buffer.from("k-1"), event: { ...event, data: { level: 3, name: "Ebbe 🌊" } } },
        { key: Buffer.from("k-2"), event: { ...event, datacontenttype: "text/plain", data: "Köln" } },
      ]);
    },
    TIMEOUT_MS,
  );

  test.each(["gzip", "snappy", "lz4", "zstd"])(
    "events that a producer of Java compresses with %s are read",
    async (codec) => {
      const { kafka, topic, brokers } = await topicOf();
      const headers = "ce_specversion:1.0,ce_source:/console,ce_type:dev.wadi.observation";
      const levels = Array.from({ length: 2000 }, (_, level) => level);
      const lines = levels.map((level) => `${headers},ce_id:a-${level}\t{"level": ${level}, "name": "Ebbe"}\n`);
      // Long enough that a batch has blocks of 32 KiB, as Java's snappy cuts them.
      const args = ["--compression-codec", codec, "--batch-size", "200000", "--timeout", "200"];

      const to = ["--bootstrap-server", brokers, "--topic", topic];
      await consoleProducer([...to, ...args], ["parse.headers=true"], lines.join(""));
      const read = await consumed(kafka, topic, levels.length);

      expect(read.map(({ event }) => event.data)).toEqual(levels.map((level) => ({ level, name: "Ebbe" })));
      expect(read.map(({ event }) => event.id)).toEqual(levels.map((level) => `a-${level}`));
    },
    TIMEOUT_MS,
  );

  test(
    "kafka-console-consumer shows an event of ours, every attribute and all its data",
    async () => {
      const event = OURS.find(({ id }) => id === "all") as Event;
      const { topic, brokers } = await topicOf([writeMessage(event), writeMessage(event, "structured")]);
      const from = ["--bootstrap-server", brokers, "--topic", topic, "--from-beginning", "--max-messages", "2"];

      const lines = await consoleConsumer(from, ["print.headers=true", "print.key=true"]);

      const [binary = [], structured = []] = lines.map((line) => line.split("\t"));
      const { headers } = writeMessage(event);
      expect(Object.fromEntries((binary[0] ?? "").split(",").map((one) => one.split(/:(.*)/s, 2)))).toEqual(headers);
      expect(binary.slice(1)).toEqual(["k-1", "[1,null]"]);
      expect(structured.slice(0, 2)).toEqual(["content-type:application/cloudevents+json; charset=UTF-8", "k-1"]);
      expect(JSON.parse(structured[2] ?? "")).toEqual(event);
    },
    TIMEOUT_MS,
  );
});
