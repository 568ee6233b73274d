// The log of the dashboard in a real Kafka: one whose topics come after the dashboard, as in a cluster that is being set up.

import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { eventOf, subscriberOf, triggerOf, until } from "../lib/broker/broker-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress } from "../lib/broker/kafka/address.ts";
import { openKafkaBroker } from "../lib/broker/kafka/kafka.ts";
import { kafkaForTests, newName, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { systemClock } from "../lib/clock.ts";
import { STEPS } from "../lib/events/vocabulary.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openKafkaLog } from "./kafka-log.ts";

describe.skipIf(noKafka !== undefined)("a real Kafka", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(kafkaForTests);

  test("topics that are not there yet are told as missing; once they are, lag and letters are there, and no group is joined", async () => {
    const brokers = await kafkaForTests();
    const kafka = parseKafkaAddress(`${brokers.join(",")}?namespace=${newName("t")}`) as KafkaAddress;
    const log = openKafkaLog({
      config: { kafka, kafkaLogin: undefined },
      ...{ retention: {}, clock: systemClock, log: silentLog },
    });
    onTestFinished(() => log.stop());
    await expect(log.reached()).rejects.toThrow(/topic|partition/i);
    expect(log.status()).toMatchObject({ triggers: [], deadLetters: 0 });

    const refused = { status: 422, headers: { "kne-wadireason": "schema" }, body: "" };
    const triggers = STEPS.map((name) => ({
      trigger: { ...triggerOf({}), name },
      subscriber: subscriberOf(async () => refused),
    }));
    const broker = await openKafkaBroker({ address: kafka, triggers, clock: systemClock, graceMs: 1000 });
    onTestFinished(() => broker.stop());
    await broker.publish(eventOf("a"));
    await until(() => broker.status().deadLetters === STEPS.length);

    // It looks again by itself when somebody asks how things are.
    await until(() => {
      void log.check().catch(() => {});
      return log.status().deadLetters === STEPS.length;
    });
    expect((await log.deadLetters.list({ limit: 10 })).map(({ trigger }) => trigger).sort()).toEqual([...STEPS].sort());
    expect(log.status().triggers.map(({ name }) => name)).toEqual([...STEPS]);
    await until(() => log.status().triggers.every(({ lag }) => lag === 0));
  });
});
