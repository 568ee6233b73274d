// Reading along with a topic of a real Kafka: by who comes late, looks away, falls behind, and of groups that are far behind.

import type { Admin, Producer } from "kafkajs";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "../../../clock.ts";
import { asError } from "../../../errors.ts";
import { writeMessage } from "../../../events/kafka-binding.ts";
import { EventType } from "../../../events/vocabulary.ts";
import { silentLog } from "../../../telemetry/log.ts";
import { eventOf, until } from "../../broker-under-test.contract.ts";
import { type KafkaAddress, parseKafkaAddress, topicOf } from "../address.ts";
import { createClient, createProducer } from "../client.ts";
import { kafkaForTests, newName, noKafka } from "../under-test.contract.ts";
import { openFetcher } from "./fetcher.ts";
import { Follower } from "./follower.ts";
import { Lags } from "./lags.ts";
import { Tally } from "./tally.ts";

const LIMITS = { records: 10, recent: 4, lookMs: 100 };
const FIRST_MS = Date.UTC(2026, 0, 1);

interface Topic {
  readonly address: KafkaAddress;
  readonly admin: Admin;
  /** So many more, turn by turn in each of the two partitions, a second apart; two observations, two labels. */
  write(events: number): Promise<void>;
  writeTo(partition: number, events: number): Promise<void>;
}

async function makeTopic(): Promise<Topic> {
  const address = parseKafkaAddress(`${await kafkaForTests()}?namespace=${newName("t")}`) as KafkaAddress;
  const kafka = createClient(address, silentLog);
  const [admin, producer]: [Admin, Producer] = [kafka.admin(), createProducer(kafka)];
  await Promise.all([admin.connect(), producer.connect()]);
  onTestFinished(async () => void (await Promise.all([admin.disconnect(), producer.disconnect()])));
  const topic = topicOf(address);
  await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true });
  let written = 0;
  async function send(events: number, partitionOf: (n: number) => number): Promise<void> {
    const messages = Array.from({ length: events }, () => {
      const n = written++;
      const type = n % 4 < 2 ? EventType.observation : EventType.label;
      const message = writeMessage(eventOf(n, { type }), "binary", "knative");
      return { ...message, partition: partitionOf(n), timestamp: String(FIRST_MS + 1000 * n) };
    });
    await producer.send({ topic, messages });
  }
  return {
    ...{ address, admin },
    write: (events) => send(events, (n) => n % 2),
    async writeTo(partition, events) {
      // It knows the topic as it was.
      await producer.disconnect();
      await producer.connect();
      await send(events, () => partition);
    },
  };
}

function follow({ address, admin }: Topic, triggers: readonly string[] = []) {
  const clock = systemClock;
  const fetcher = openFetcher(createClient(address, silentLog), topicOf(address));
  const tally = new Tally(triggers.map((name) => ({ name, filters: [{ exact: { type: EventType.label } }] })));
  const lags = new Lags({ ...{ admin, address, tally, fetcher, triggers }, owner: "knative" });
  const seen: string[] = [];
  let passed = 0;
  const follower = new Follower({
    ...{ fetcher, tally, clock, owner: "knative", failure: asError, limits: LIMITS },
    bounds: () => lags.bounds(),
    behind: () => new Map(),
    seen: ({ id }) => void seen.push(id),
    passedOver(events) {
      passed += events;
    },
  });
  onTestFinished(() => follower.stop());
  return { follower, lags, tally, seen, passed: () => passed };
}

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => String(from + i));

describe.skipIf(noKafka !== undefined)("a topic of a real Kafka", { tags: ["kafka"] }, () => {
  vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
  beforeAll(kafkaForTests);

  test("who looks sees what is near the end and then all that comes, once each; what is too much to catch up with is counted", async () => {
    const topic = await makeTopic();
    await topic.write(30);
    const { follower, lags, seen, tally, passed } = follow(topic);

    const look = (least: number) =>
      until(() => {
        void follower.look();
        return seen.length >= least;
      });

    await look(4);
    expect([seen, passed()]).toEqual([ids(26, 30), 0]);
    await topic.write(6);
    await look(10);
    expect([seen.toSorted(), passed()]).toEqual([ids(26, 36), 0]);

    // Nobody looks for a while.
    await until(() => !follower.isAlong);
    await topic.write(8);
    await look(18);
    expect([seen.toSorted(), passed()]).toEqual([ids(26, 44), 0]);
    await until(() => !follower.isAlong);
    await topic.write(40);
    await look(28);
    expect([seen.toSorted(), passed()]).toEqual([[...ids(26, 44), ...ids(74, 84)], 30]);

    // A partition is added while it reads.
    await topic.admin.createPartitions({ topicPartitions: [{ topic: topicOf(topic.address), count: 3 }] });
    await topic.writeTo(2, 1);
    const grown = async () => {
      const position = follower.position();
      follower.grown((await lags.bounds()).high, position);
    };
    const all = look(29);
    await vi.waitFor(() => grown().then(() => expect(seen.length).toBe(29)), { timeout: 30_000 });
    await all;
    expect([seen.length, seen.at(-1), passed()]).toEqual([29, "84", 30]);
    // What there was before it began is not counted as new.
    expect(tally.received).toBe(0);
  });

  test("of a group that is far behind what was read along, the age of the oldest event that it takes is known, and no count", async () => {
    const topic = await makeTopic();
    await topic.write(30);
    const { follower, lags } = follow(topic, ["learn"]);

    await follower.look();
    // A Kafka that was started just now is still to find who knows of groups.
    const look = async () => lags.look(await lags.bounds(), true, FIRST_MS + 100_000);
    await vi.waitFor(look, { timeout: 30_000 });

    // Events 2 and 3 are the first that it takes, in either partition.
    expect(lags.status()).toEqual([{ name: "learn", lag: 30, lagSeconds: 98 }]);
  });
});
