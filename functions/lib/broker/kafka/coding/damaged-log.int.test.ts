// A real Kafka whose disk gives back other bytes than were written: it sends them on as they are, and so does kafkajs.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../clock.ts";
import { type LogFields, silentLog } from "../../../telemetry/log.ts";
import { accepted, eventOf, subscriberOf, triggerOf } from "../../broker-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../address.ts";
import { openKafkaBroker } from "../kafka.ts";
import { kafkaForTests, logOfKafkaForTests, newName, noKafkaLog } from "../under-test.contract.ts";

describe.skipIf(noKafkaLog !== undefined)(
  "a batch of records that is damaged on Kafka's disk",
  { tags: ["kafka"] },
  () => {
    test("is said, nothing behind it is passed over, and all goes on by itself once it is mended", async () => {
      const address = parseKafkaAddress(
        `${await kafkaForTests()}?namespace=${newName("t")}&partitions=1`,
      ) as KafkaAddress;
      const [said, delivered]: [string[], string[]] = [[], []];
      const log = {
        ...silentLog,
        error: (fields: LogFields) => void said.push(String((fields["err"] as Error)?.message)),
      };
      let isAway = true;
      const subscriber = subscriberOf((event) => {
        if (isAway) return { status: 503 };
        delivered.push(event.id);
        return accepted;
      });
      const open = () =>
        openKafkaBroker({
          address,
          clock: systemClock,
          graceMs: 100,
          log,
          triggers: [{ trigger: triggerOf({ order: "ordered" }), subscriber }],
        });
      const first = await open();
      for (const id of ["before", "in-it", "behind"]) await first.publish(eventOf(id));
      await first.stop();
      const file = join(await logOfKafkaForTests(), `${topicOf(address)}-0/00000000000000000000.log`);
      const written = readFileSync(file);
      const damaged = Buffer.from(written);
      damaged.write("IN-IT", damaged.indexOf("in-it"));

      writeFileSync(file, damaged, { flag: "r+" });
      isAway = false;
      const second = await open();
      onTestFinished(() => second.stop());
      await vi.waitFor(() => expect(said.join()).toContain("at offset 1 is damaged"), 30_000);
      const whileDamaged = [...delivered];
      writeFileSync(file, written, { flag: "r+" });
      await vi.waitFor(() => expect(delivered).toHaveLength(3), 30_000);

      expect(whileDamaged).toEqual(["before"]);
      expect(delivered).toEqual(["before", "in-it", "behind"]);
    }, 90_000);
  },
);
