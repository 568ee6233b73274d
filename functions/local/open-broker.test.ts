import { expect, test } from "vitest";
import { parseKafkaAddress } from "../lib/broker/kafka/address.ts";
import { systemClock } from "../lib/clock.ts";
import { ConfigurationError } from "../lib/errors.ts";
import { DEFAULT_RETENTION } from "../lib/retention.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openBroker } from "./open-broker.ts";

test("who shares the events in Kafka must share the models: a store of one's own is refused, with the cure", async () => {
  const kafka = parseKafkaAddress("localhost:9092");
  const common = {
    retention: DEFAULT_RETENTION,
    dataFolder: "nowhere",
    triggers: [],
    clock: systemClock,
    log: silentLog,
  };

  const opened = openBroker({ ...common, kafka, storeKind: "sqlite" });

  await expect(opened).rejects.toBeInstanceOf(ConfigurationError);
  await expect(opened).rejects.toThrow(/--redis redis:\/\//);
});
