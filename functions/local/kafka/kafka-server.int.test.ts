// The Kafka that the tests run on: what kafkajs needs of it, on every version we name.

import { Kafka, logLevel } from "kafkajs";
import { describe, expect, test } from "vitest";
import { kafkaForTests, newName, noKafka } from "./kafka-under-test.contract.ts";

describe.skipIf(noKafka !== undefined)(`on a real Kafka${noKafka === undefined ? "" : ` (${noKafka})`}`, () => {
  test("what is produced with acks from all replicas is read back with its key and headers", async () => {
    const kafka = new Kafka({ brokers: [...(await kafkaForTests())], logLevel: logLevel.NOTHING });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    const topic = newName("echo");
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: "k", value: "v", headers: { h: "1" } }] });

    const offsets = await admin.fetchTopicOffsets(topic);

    expect(offsets.map(({ high }) => Number(high)).reduce((a, b) => a + b)).toBe(1);
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }, 30_000);
});
