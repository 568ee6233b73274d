// Fetches of a topic from any offset, without a consumer group: kafkajs's own consumers always join one, which takes Kafka seconds,
// needs a right of its own, and leaves a group behind.

import type { Kafka } from "kafkajs";
import type { Cluster } from "kafkajs/src/cluster/index.js";
import Batch, { type PartitionData } from "kafkajs/src/consumer/batch.js";
import { type Fetched, seqOf } from "../record.ts";

/** What one fetch found of one partition. */
export interface FetchedPart {
  readonly partition: number;
  /** The offset that was asked for. */
  readonly from: number;
  /** Without markers and what was aborted, in the order of their offsets. */
  readonly messages: readonly Fetched[];
  /** The offset to go on from. */
  readonly next: number;
  /** Where the partition ends. */
  readonly end: number;
}

export interface FetchLimits {
  /** How long Kafka waits for something to come. */
  readonly waitMs: number;
  /** Of each node of Kafka, and of each partition; one record is given however large it is. */
  readonly bytes: number;
  readonly partBytes: number;
}

/** The next offset by partition. */
export type From = ReadonlyMap<number, number>;

export interface Fetcher {
  /** From all nodes at once. @throws what kafkajs throws; the next call looks for the leaders anew. */
  fetch(from: From, limits: FetchLimits): Promise<readonly FetchedPart[]>;
  /** Who leads which of the partitions, by node. @throws as `fetch`. */
  leadersOf(partitions: readonly number[]): Promise<ReadonlyMap<string, readonly number[]>>;
  /** From one node. @throws as `fetch`; an OffsetOutOfRange where the log begins later or ends earlier. */
  fetchOf(nodeId: string, from: From, limits: FetchLimits): Promise<readonly FetchedPart[]>;
  close(): Promise<void>;
}

/** Of kafkajs. */
export interface OffsetOutOfRange extends Error {
  readonly name: "KafkaJSOffsetOutOfRange";
  readonly partition: number;
}

const READ_COMMITTED = 1;
const METADATA_MS = 60_000;

export function openFetcher(kafka: Kafka, topic: string): Fetcher {
  const cluster = clusterOf(kafka);
  let connected: Promise<void> | undefined;

  async function connect(): Promise<void> {
    await cluster.connect();
    await cluster.addTargetTopic(topic);
  }

  /** Connected, and again after a failure: leaders move, nodes go. */
  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    connected ??= connect();
    const connection = connected;
    try {
      await connection;
      return await work();
    } catch (error) {
      if (!isOutOfRange(error) && connected === connection) {
        connected = undefined;
        await cluster.disconnect().catch(() => {});
      }
      throw error;
    }
  }

  async function leadersOf(partitions: readonly number[]): Promise<Map<string, number[]>> {
    await cluster.refreshMetadataIfNecessary();
    const found = () => Object.entries(cluster.findLeaderForPartitions(topic, [...partitions]));
    const known = found().reduce((sum, [, ofNode]) => sum + ofNode.length, 0);
    // Of a partition that was added since kafkajs asked it says nothing.
    if (known < partitions.length) await cluster.refreshMetadata();
    return new Map(found());
  }

  async function fetchOf(nodeId: string, from: From, { waitMs, bytes, partBytes }: FetchLimits) {
    const broker = await cluster.findBroker({ nodeId });
    const partitions = [...from].map(([partition, next]) => ({
      partition,
      fetchOffset: String(next),
      maxBytes: partBytes,
    }));
    const { responses } = await broker.fetch({
      ...{ maxWaitTime: waitMs, minBytes: 1, maxBytes: bytes, isolationLevel: READ_COMMITTED },
      topics: [{ topic, partitions }],
    });
    return responses
      .flatMap((response) => response.partitions)
      .map((data) => partOf(topic, data, from.get(data.partition) ?? 0));
  }

  return {
    fetch: (from, limits) =>
      attempt(async () => {
        const parts = [...(await leadersOf([...from.keys()]))].map(([nodeId, partitions]) =>
          fetchOf(nodeId, new Map(partitions.map((one) => [one, from.get(one) ?? 0])), limits),
        );
        return (await Promise.all(parts)).flat();
      }),
    leadersOf: (partitions) => attempt(() => leadersOf(partitions)),
    fetchOf: (nodeId, from, limits) => attempt(() => fetchOf(nodeId, from, limits)),
    async close() {
      await connected?.catch(() => {});
      await cluster.disconnect().catch(() => {});
    },
  };
}

export function isOutOfRange(error: unknown): error is OffsetOutOfRange {
  return error instanceof Error && error.name === "KafkaJSOffsetOutOfRange";
}

function partOf(topic: string, data: PartitionData, from: number): FetchedPart {
  const [partition, end] = [data.partition, Number(data.highWatermark)];
  const fetched: readonly ReadMessage[] = data.messages;
  const last = fetched.at(-1);
  // Of nothing at all it cannot be told whether something is still under way.
  if (last === undefined) return { partition, from, messages: [], next: from, end };
  if (
    (data.abortedTransactions ?? []).length === 0 &&
    fetched.every(({ isControlRecord }) => isControlRecord === false)
  ) {
    const messages = seqOf(fetched[0] as Fetched) >= from ? fetched : fetched.filter((one) => seqOf(one) >= from);
    return { partition, from, messages, next: Math.max(from, seqOf(last)) + 1, end };
  }
  const batch = new Batch(topic, String(from), data);
  return { partition, from, messages: batch.messages, next: Number(batch.lastOffset()) + 1, end };
}

type ReadMessage = Fetched & { readonly isControlRecord?: boolean };

/** As a consumer of this client would have it, with the same addresses, login and ways. */
function clusterOf(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find((one) => one.description === "private:Kafka:createCluster");
  const create = name && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[name];
  if (create === undefined) throw new Error("this kafkajs is another than 2.2.4: it keeps its cluster elsewhere");
  return create({ metadataMaxAge: METADATA_MS, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
}
