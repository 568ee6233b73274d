// A part of kafkajs that it does not export, as far as request-queue.ts mends it.
declare module "kafkajs/src/network/requestQueue/index.js" {
  export default class RequestQueue {
    pending: unknown[];
    throttledUntil: number;
    throttleCheckTimeoutId: NodeJS.Timeout | null;
    scheduleCheckPendingRequests(): void;
    checkPendingRequests(): void;
  }
}

// As far as follow/fetcher.ts takes them.
declare module "kafkajs/src/cluster/index.js" {
  import type { PartitionData } from "kafkajs/src/consumer/batch.js";

  export interface Node {
    fetch(request: {
      maxWaitTime: number;
      minBytes: number;
      maxBytes: number;
      isolationLevel: number;
      topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
    }): Promise<{ responses: { partitions: PartitionData[] }[] }>;
  }
  export interface Cluster {
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    addTargetTopic(topic: string): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
    findBroker(node: { nodeId: string }): Promise<Node>;
  }
}
declare module "kafkajs/src/consumer/batch.js" {
  import type { KafkaMessage } from "kafkajs";

  export interface PartitionData {
    partition: number;
    highWatermark: string;
    messages: KafkaMessage[];
  }
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, data: PartitionData);
    highWatermark: string;
    rawMessages: KafkaMessage[];
    messages: KafkaMessage[];
    lastOffset(): string;
  }
}
