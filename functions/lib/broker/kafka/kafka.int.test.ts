// The contract of brokers on a real Kafka.

import { beforeAll, describe, vi } from "vitest";
import { type BrokerLog, describeBroker } from "../broker.contract.ts";
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
});
