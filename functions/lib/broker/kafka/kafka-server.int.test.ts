// The Kafka that the tests run on: what kafkajs needs of it, on every version we name.

import { describe, expect, onTestFinished, test } from "vitest";
import { type LogFields, silentLog } from "../../telemetry/log.ts";
import { type KafkaAddress, parseKafkaAddress } from "./address.ts";
import { createClient } from "./client.ts";
import { lookAtKafka } from "./log/look.ts";
import { kafkaForTests, newName, noKafka } from "./under-test.contract.ts";

describe.skipIf(noKafka !== undefined)("on a real Kafka", { tags: ["kafka"] }, () => {
  test("what is produced with acks from all replicas is there, and neither Node nor kafkajs has said a word", async () => {
    const address = parseKafkaAddress((await kafkaForTests()).join()) as KafkaAddress;
    const said: unknown[] = [];
    const say = (fields: LogFields, message: string) => said.push({ ...fields, message });
    const warn = (warning: Error) => said.push(warning);
    process.on("warning", warn);
    onTestFinished(() => void process.off("warning", warn));
    const kafka = createClient(address, { ...silentLog, info: say, warn: say, error: say });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    const topic = newName("echo");
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: [{ key: "k", value: "v", headers: { h: "1" } }] });

    const offsets = await admin.fetchTopicOffsets(topic);
    await Promise.all([admin.disconnect(), producer.disconnect()]);

    expect(offsets.map(({ high }) => Number(high)).reduce((a, b) => a + b)).toBe(1);
    expect(said).toEqual([]);
  }, 30_000);

  test("a look at it tells what of Wadi's is there, and makes nothing", async () => {
    const address = parseKafkaAddress(`${await kafkaForTests()}?namespace=${newName("t")}`) as KafkaAddress;

    expect(await lookAtKafka(address)).toEqual({ brokers: 1, topics: [] });
    expect(await lookAtKafka(address)).toEqual({ brokers: 1, topics: [] });
  }, 30_000);
});
