// Archives of a topic in a real Kafka.

import { describe, expect, onTestFinished, test } from "vitest";
import { until } from "../lib/broker/broker-under-test.contract.ts";
import { parseKafkaAddress } from "../lib/broker/kafka/address.ts";
import { openKafkaBroker } from "../lib/broker/kafka/kafka.ts";
import { kafkaForTests, newName, noKafka } from "../lib/broker/kafka/under-test.contract.ts";
import { systemClock } from "../lib/clock.ts";
import { eventOf, idsOf, newPlace, openArchiver, rowsIn } from "./archive-under-test.contract.ts";

describe.skipIf(noKafka !== undefined)(
  `the archive of a topic${noKafka === undefined ? "" : ` (${noKafka})`}`,
  { timeout: 60_000, tags: ["kafka"] },
  () => {
    test("two Wadis on one Kafka contend, and each event of each partition lands once, in its order", async () => {
      const at = `${(await kafkaForTests()).join(",")}?namespace=${newName("archive")}&partitions=3`;
      const address = parseKafkaAddress(at);
      if (address === undefined) throw new Error("no address");
      const place = newPlace();
      const wadis = await Promise.all(
        [1, 2].map(async () => {
          const broker = await openKafkaBroker({ address, triggers: [], clock: systemClock });
          onTestFinished(() => broker.stop());
          const { name } = broker.follow();
          const archiver = openArchiver({ ...place, dataFolder: newPlace().dataFolder }, broker, {
            logName: async () => (await name?.()) ?? "",
          });
          return { broker, archiver };
        }),
      );
      const events = Array.from({ length: 200 }, (_, i) => eventOf(i, { partitionkey: `k${i % 20}` }));
      for (const [i, event] of events.entries()) await wadis[i % 2]?.broker.publish(event);
      await until(() => wadis.reduce((sum, { archiver }) => sum + archiver.figures().rows, 0) >= events.length);
      for (const { archiver } of wadis) await archiver.stop();

      const rows = await rowsIn(place.folder);

      expect(rows.map(({ id }) => id).sort()).toEqual(idsOf(events).sort());
      expect(new Set(rows.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]));
      const places = rows.map(({ partition, offset }) => `${partition} ${offset}`);
      expect(new Set(places).size).toBe(events.length);
      expect(rows[0]?.log).toMatch(/^.{10,}-knative-broker-archive/);
      expect(wadis.map(({ archiver }) => archiver.figures().failing)).toEqual([undefined, undefined]);
    });
  },
);
