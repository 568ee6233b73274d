// A look at a Kafka from outside: whether it answers, and what of Wadi's is there.

import kafkajs, { type ISocketFactory } from "kafkajs";
import { silentLog } from "../../../telemetry/log.ts";
import { decisionsOf, type KafkaAddress, topicOf } from "../address.ts";
import { createClient, failureOf } from "../client.ts";

export interface TopicLook {
  readonly name: string;
  readonly partitions: number;
  /** The fewest of a partition. */
  readonly replicas: number;
  /** Infinity: for ever. */
  readonly retentionMs: number;
}

export interface KafkaLook {
  readonly brokers: number;
  /** Of the broker's topic and the dead letters', those that are there. */
  readonly topics: readonly TopicLook[];
}

/** Nothing is made or changed. @throws ConfigurationError, UnavailableError, each with its cure. */
export async function lookAtKafka(address: KafkaAddress, socketFactory?: ISocketFactory): Promise<KafkaLook> {
  const admin = createClient(address, silentLog, socketFactory).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const there = new Set(await admin.listTopics());
    const names = [topicOf(address), address.deadLetters].filter((name) => there.has(name));
    if (names.length === 0) return { brokers: brokers.length, topics: [] };
    const [{ topics }, { resources }] = await Promise.all([
      admin.fetchTopicMetadata({ topics: names }),
      admin.describeConfigs({
        includeSynonyms: false,
        resources: names.map((name) => ({
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name,
          configNames: ["retention.ms"],
        })),
      }),
    ]);
    const retention = new Map(resources.map((one) => [one.resourceName, Number(one.configEntries[0]?.configValue)]));
    return {
      brokers: brokers.length,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        retentionMs: retention.get(name) === -1 ? Infinity : (retention.get(name) ?? Number.NaN),
      })),
    };
  } catch (error) {
    throw failureOf(error, address);
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the topic of the decisions, after the dead letters themselves were deleted. Nothing may be reading it. */
export async function removeDecisions(address: KafkaAddress, socketFactory?: ISocketFactory): Promise<void> {
  const admin = createClient(address, silentLog, socketFactory).admin();
  try {
    await admin.connect();
    const topic = decisionsOf(address);
    if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] });
  } catch (error) {
    throw failureOf(error, address);
  } finally {
    await admin.disconnect();
  }
}
