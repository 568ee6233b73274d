// A log that is away when the dashboard starts.

import { expect, test } from "vitest";
import { noLog, type ReadBroker } from "../admin/open/cluster.ts";
import { manualClock } from "../lib/clock.ts";
import { silentLog } from "../lib/telemetry/log.ts";
import { openedLater, openKafkaLog } from "./kafka-log.ts";

const there: ReadBroker = {
  ...noLog("", () => {}),
  status: () => ({ received: 0, triggers: [], deadLetters: 3 }),
  check: async () => {},
};

test("it is tried again after a while, and not at each question", async () => {
  const clock = manualClock();
  let tries = 0;
  const open = async () => {
    tries++;
    if (tries < 3) throw new Error(`nobody listens (${tries})`);
    return there;
  };
  const log = openedLater(open, "kafka://k:9092", clock, silentLog);
  const settled = () => log.deadLetters.list({ limit: 1 }).catch((error: Error) => error.message);

  expect(await settled()).toBe("nobody listens (1)");
  for (let i = 0; i < 5; i++) await expect(log.check()).rejects.toThrow("nobody listens (1)");
  expect(log.status().deadLetters).toBe(0);
  clock.advance(3000);
  expect(await settled()).toBe("nobody listens (2)");
  clock.advance(3000);
  await settled();

  expect(tries).toBe(3);
  await log.check();
  expect(log.status().deadLetters).toBe(3);
});

test("while it is opened the status waits for a moment and no longer, and a stop closes what is opened meanwhile", async () => {
  const opening = Promise.withResolvers<ReadBroker>();
  let stops = 0;
  const clock = manualClock();
  const log = openedLater(() => opening.promise, "kafka://k:9092", clock, silentLog);

  const checked = log.check();
  checked.catch(() => {});
  clock.advance(2000);
  await expect(checked).rejects.toThrow("Kafka at kafka://k:9092 is being connected to");
  const stopped = log.stop();
  opening.resolve({ ...there, stop: async () => void stops++ });
  await stopped;

  expect(stops).toBeGreaterThan(0);
});

test("a Broker without Kafka has no letters to list, and says why it has none to send again", async () => {
  const config = { kafka: undefined, kafkaLogin: undefined, triggers: undefined };
  const log = openKafkaLog({ config, retention: {}, clock: manualClock(), log: silentLog });

  expect(await log.deadLetters.list({ limit: 1 })).toEqual([]);
  await expect(log.deadLetters.redrive([1])).rejects.toThrow(/only one of class Kafka does/);
  await expect(log.check()).rejects.toThrow(/only one of class Kafka does/);
});
