// Fetches of a topic from any offset, without a consumer group: kafkajs's own consumers always join one, which takes Kafka seconds,
// needs a right of its own, and leaves a group behind.

import type { Kafka } from "kafkajs";
import type { Cluster } from "kafkajs/src/cluster/index.js";
import Batch from "kafkajs/src/consumer/batch.js";
import type { Fetched } from "../record.ts";

/** What one fetch found of one partition. */
export interface FetchedPart {
  readonly partition: number;
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

export interface Fetcher {
  /** @param from the next offset by partition. @throws what kafkajs throws; the next call looks for the leaders anew. */
  fetch(from: ReadonlyMap<number, number>, limits: FetchLimits): Promise<readonly FetchedPart[]>;
  close(): Promise<void>;
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

  /** By node. */
  async function leadersOf(partitions: number[]): Promise<[string, number[]][]> {
    await cluster.refreshMetadataIfNecessary();
    const found = () => Object.entries(cluster.findLeaderForPartitions(topic, partitions));
    const known = found().reduce((sum, [, ofNode]) => sum + ofNode.length, 0);
    // Of a partition that was added since kafkajs asked it says nothing.
    if (known < partitions.length) await cluster.refreshMetadata();
    return found();
  }

  async function fetchOf(nodeId: string, from: ReadonlyMap<number, number>, limits: FetchLimits) {
    const { waitMs, bytes, partBytes } = limits;
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
      .map((data) => partOf(data, from.get(data.partition) ?? 0));
  }

  function partOf(data: ConstructorParameters<typeof Batch>[2], from: number): FetchedPart {
    const batch = new Batch(topic, String(from), data);
    // Of nothing at all it cannot be told whether something is still under way.
    const next = batch.rawMessages.length === 0 ? from : Number(batch.lastOffset()) + 1;
    return { partition: data.partition, messages: batch.messages, next, end: Number(batch.highWatermark) };
  }

  return {
    async fetch(from, limits) {
      connected ??= connect();
      try {
        await connected;
        const parts = (await leadersOf([...from.keys()])).map(([nodeId, partitions]) =>
          fetchOf(nodeId, new Map(partitions.map((one) => [one, from.get(one) ?? 0])), limits),
        );
        return (await Promise.all(parts)).flat();
      } catch (error) {
        connected = undefined;
        // Leaders move, nodes go: whoever has what is asked for again.
        await cluster.disconnect().catch(() => {});
        throw error;
      }
    },
    async close() {
      await connected?.catch(() => {});
      await cluster.disconnect().catch(() => {});
    },
  };
}

/** As a consumer of this client would have it, with the same addresses, login and ways. */
function clusterOf(kafka: Kafka): Cluster {
  const name = Object.getOwnPropertySymbols(kafka).find((one) => one.description === "private:Kafka:createCluster");
  const create = name && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[name];
  if (create === undefined) throw new Error("this kafkajs is another than 2.2.4: it keeps its cluster elsewhere");
  return create({ metadataMaxAge: METADATA_MS, allowAutoTopicCreation: false, isolationLevel: READ_COMMITTED });
}
