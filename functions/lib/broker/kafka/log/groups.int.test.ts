// Consumer groups of a real Kafka: calm, with more members than they should have, and in a rebalance that does not end.

import { Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../clock.ts";
import { until } from "../../broker-under-test.contract.ts";
import { groupOf, type KafkaAddress, parseKafkaAddress, topicOf } from "../address.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";
import { lookAtGroups } from "./groups.ts";

const PATIENCE_MS = 1500;

async function openTopic() {
  const brokers = [...(await kafkaForTests())];
  const address = parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("g")}`) as KafkaAddress;
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 2 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: topicOf(address), numPartitions: 2 }] });
  onTestFinished(() => admin.disconnect());
  const look = (most: number) =>
    lookAtGroups({ address, triggers: ["learn"], most, patienceMs: PATIENCE_MS, clock: systemClock });
  return { address, kafka, look };
}

/** As the dispatcher's, by the group's name; each event goes through `handle`. */
async function consume(kafka: Kafka, address: KafkaAddress, handle: () => Promise<void>): Promise<void> {
  const consumer = kafka.consumer({
    groupId: groupOf(address, "learn"),
    sessionTimeout: 30_000,
    heartbeatInterval: 300,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  onTestFinished(() => consumer.disconnect());
  await consumer.subscribe({ topic: topicOf(address), fromBeginning: true });
  // Resolved once the group has it.
  return consumer.run({ eachMessage: handle });
}

describe.skipIf(noKafka !== undefined)(
  `consumer groups in Kafka${noKafka === undefined ? "" : ` (${noKafka})`}`,
  { tags: ["kafka"] },
  () => {
    vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
    beforeAll(kafkaForTests);

    test("a group that nobody is in yet has no members, and is calm", async () => {
      const { look, address } = await openTopic();

      expect(await look(1)).toEqual([
        { trigger: "learn", group: groupOf(address, "learn"), members: 0, rebalancing: false },
      ]);
    });

    test("a consumer that is busy holds up the rebalance for a second one, which is seen; then both are counted", async () => {
      const { address, kafka, look } = await openTopic();
      let release = () => {};
      let isBusy = false;
      const busy = new Promise<void>((resolve) => {
        release = resolve;
      });
      const producer = kafka.producer();
      await producer.connect();
      onTestFinished(() => producer.disconnect());
      await consume(kafka, address, () => {
        isBusy = true;
        return busy;
      });
      await producer.send({ topic: topicOf(address), messages: [{ value: "1" }] });
      await until(() => isBusy);
      expect(await look(1)).toMatchObject([{ members: 1, rebalancing: false }]);

      const joined = consume(kafka, address, async () => {});
      await vi.waitFor(async () => expect(await look(Infinity)).toMatchObject([{ rebalancing: true }]), 10_000);

      release();
      await joined;
      expect(await look(1)).toMatchObject([{ members: 2 }]);
    });
  },
);
