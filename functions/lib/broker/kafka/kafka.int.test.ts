// The contract of brokers on a real Kafka.

import { Kafka, logLevel } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { manualClock } from "../../clock.ts";
import { type BrokerLog, describeBroker } from "../broker.contract.ts";
import { accepted, eventOf, gate, settled, subscriberOf, triggerOf } from "../broker-under-test.contract.ts";
import { parseKafkaAddress } from "./address.ts";
import { openKafkaBroker } from "./kafka.ts";
import { kafkaForTests, newName, noKafka } from "./under-test.contract.ts";

describe.skipIf(noKafka !== undefined)("Kafka as a broker", { tags: ["kafka"] }, () => {
  // Each test makes topics and joins a group; a busy machine takes its time for that.
  vi.setConfig({ testTimeout: 20_000, hookTimeout: 60_000 });
  beforeAll(kafkaForTests);

  describeBroker("on Kafka", async (): Promise<BrokerLog> => {
    const brokers = await kafkaForTests();
    const address = parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}&partitions=1`);
    if (address === undefined) throw new Error("no address");
    return { durable: true, remote: true, open: (triggers, clock) => openKafkaBroker({ address, triggers, clock }) };
  });

  test("partitions that share their slots are delivered in turn, however much lies in one of them", async () => {
    const address = parseKafkaAddress(`${(await kafkaForTests()).join(",")}?namespace=${newName("t")}&partitions=2`);
    if (address === undefined) throw new Error("no address");
    const first = gate();
    const subscriber = subscriberOf(async () => {
      await first.promise;
      return accepted;
    });
    const triggers = [{ trigger: triggerOf({ concurrency: 1 }), subscriber }];
    const broker = await openKafkaBroker({ address, triggers, clock: manualClock(Date.now()) });
    onTestFinished(() => broker.stop());
    const inPartition = (partition: string) =>
      subscriber.events.filter(({ knativekafkapartition }) => knativekafkapartition === partition).length;

    // Enough keys that both partitions have some.
    await broker.publishAll(Array.from({ length: 64 }, (_, i) => eventOf(i, { partitionkey: `k${i}` })));
    // By then all is fetched, and waits for the slot.
    await new Promise((resolve) => setTimeout(resolve, 500));
    first.resolve();
    await settled(broker);
    const few = Math.min(inPartition("0"), inPartition("1"));
    expect(few).toBeGreaterThan(8);
    const turns = subscriber.events.slice(0, 2 * few).map(({ knativekafkapartition }) => knativekafkapartition);

    expect(turns.filter((partition) => partition === "0").length).toBeGreaterThan(few - 8);
    expect(turns.filter((partition) => partition === "1").length).toBeGreaterThan(few - 8);
  });

  for (const order of ["ordered", "unordered"] as const) {
    test(`${order}: a dead letter too large for its topic is written without its data, says so, and holds up nothing`, async () => {
      const brokers = await kafkaForTests();
      const deadLetters = newName("letters");
      const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const configEntries = [{ name: "max.message.bytes", value: "4096" }];
      await admin.createTopics({ topics: [{ topic: deadLetters, configEntries }], waitForLeaders: true });
      await admin.disconnect();
      const address = parseKafkaAddress(
        `${brokers.join(",")}?namespace=${newName("t")}&partitions=1&deadLetters=${deadLetters}`,
      );
      if (address === undefined) throw new Error("no address");
      const subscriber = subscriberOf(({ id }) => (id === "1" ? { status: 422 } : accepted));
      const triggers = [{ trigger: triggerOf({ order }), subscriber }];
      const broker = await openKafkaBroker({ address, triggers, clock: manualClock(Date.now()) });
      onTestFinished(() => broker.stop());

      await broker.publish(eventOf(1, { subject: "s", data: { text: "x".repeat(8000) } }));
      await broker.publish(eventOf(2));
      await settled(broker);

      expect(subscriber.ids).toEqual(["1", "2"]);
      const [letter] = await broker.deadLetters.list({ limit: 9 });
      const where = { knativekafkapartition: "0", knativekafkaoffset: "0" };
      expect(letter?.event).toMatchObject({
        id: "1",
        subject: "s",
        knativeerrorcode: "422",
        datacut: "8011",
        ...where,
      });
      expect(letter?.event.data).toBeUndefined();
    });
  }
});
