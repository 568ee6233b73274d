// The topics that Wadi uses, made where they are not there. What is there stays as it is.

import { setTimeout as sleep } from "node:timers/promises";
import type { Admin, IResourceConfigEntry, ITopicConfig } from "kafkajs";
import type { Retention } from "../../retention.ts";
import { decisionsOf, type KafkaAddress, topicOf } from "./address.ts";

/** A dead letter is an event with what was said of it: larger than the event may be. */
const LETTER_BYTES = 2 * 1024 * 1024;
const LOOK_MS = 50;
const LOOKS = 200;

/** Whether the broker's topic was made just now. @throws what kafkajs throws. */
export async function ensureTopics(admin: Admin, address: KafkaAddress, retention: Retention): Promise<boolean> {
  const wanted = topicsOf(address, retention);
  const there = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !there.has(topic));
  let made = false;
  if (missing.length > 0) made = await admin.createTopics({ topics: missing, waitForLeaders: false });
  for (const { topic } of wanted) await hasLeaders(admin, topic);
  return made && missing.some(({ topic }) => topic === topicOf(address));
}

/** The topic of what was decided of dead letters alone: the others are of who delivers. @throws what kafkajs throws. */
export async function ensureDecisions(admin: Admin, address: KafkaAddress, retention: Retention): Promise<void> {
  const topic = decisionsOf(address);
  if ((await admin.listTopics()).includes(topic)) return;
  const topics = topicsOf(address, retention).filter((one) => one.topic === topic);
  await admin.createTopics({ topics, waitForLeaders: true });
  await hasLeaders(admin, topic);
}

function topicsOf(address: KafkaAddress, { logMs, deadLetterMs }: Retention): ITopicConfig[] {
  const { partitions, replication = -1, deadLetters } = address;
  const made = (topic: string, numPartitions: number, configEntries: IResourceConfigEntry[]) => ({
    topic,
    numPartitions,
    replicationFactor: replication,
    configEntries,
  });
  const size = { name: "max.message.bytes", value: String(LETTER_BYTES) };
  return [
    made(topicOf(address), partitions, [{ name: "retention.ms", value: String(logMs) }]),
    made(deadLetters, 1, [{ name: "retention.ms", value: String(deadLetterMs) }, size]),
    // A decision must outlive its letter, whose last segment may be a while behind its time.
    made(decisionsOf(address), 1, [
      { name: "cleanup.policy", value: "compact,delete" },
      { name: "retention.ms", value: String(2 * deadLetterMs) },
    ]),
  ];
}

/** A topic that another process has just made is known to some of the cluster before it is to the rest. */
async function hasLeaders(admin: Admin, topic: string): Promise<void> {
  for (let look = 1; ; look++) {
    try {
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (look === LOOKS) throw error;
      await sleep(LOOK_MS);
    }
  }
}
