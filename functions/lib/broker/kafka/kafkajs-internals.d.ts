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
    /** Absent, or null, where Kafka names none. */
    abortedTransactions?: readonly unknown[] | null;
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

// As far as coding/ takes them.
declare module "kafkajs/src/errors.js" {
  export class KafkaJSError extends Error {
    constructor(message: string, options?: { retriable?: boolean; cause?: unknown });
    readonly retriable: boolean;
  }
}
declare module "kafkajs/src/protocol/message/compression/index.js" {
  interface Codec {
    decompress(packed: Buffer): Promise<Buffer>;
  }
  /** Null where nothing is compressed. */
  export function lookupCodecByAttributes(attributes: number): Codec | null;
}
declare module "kafkajs/src/protocol/encoder.js" {
  export default class Encoder {
    constructor(initialSize?: number);
    /** What was written. */
    readonly buffer: Buffer;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeString(value: string | null): this;
    writeBuffer(value: Buffer): this;
  }
}
declare module "kafkajs/src/protocol/decoder.js" {
  export default class Decoder {
    constructor(bytes: Buffer);
  }
}
declare module "kafkajs/src/protocol/messageSet/decoder.js" {
  import type { KafkaMessage } from "kafkajs";
  import type Decoder from "kafkajs/src/protocol/decoder.js";

  export default function read(from: Decoder, size: number): Promise<KafkaMessage[]>;
}
declare module "kafkajs/src/protocol/requests/fetch/index.js" {
  interface Response {
    decode(raw: Buffer): Promise<unknown>;
  }
  type Make = (options: object) => { request: object; response: Response; requestTimeout: number | null };
  const api: { protocol: (of: { version: number }) => Make };
  export default api;
}
declare module "kafkajs/src/protocol/requests/produce/index.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";

  interface Request {
    encode(): Promise<Encoder>;
  }
  // biome-ignore lint/suspicious/noExplicitAny: kafkajs gives its producer's own request, which coding/ describes.
  type Make = (options: any) => { request: Request; response: object };
  const api: { protocol: (of: { version: number }) => Make };
  export default api;
}

// As far as the tests compare our coding with it.
declare module "kafkajs/src/producer/partitioners/default/murmur2.js" {
  export default function murmur2(key: Buffer): number;
}
declare module "kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js" {
  import type { KafkaMessage } from "kafkajs";
  import type Decoder from "kafkajs/src/protocol/decoder.js";

  type Read = KafkaMessage & { isControlRecord: boolean; batchContext: { inTransaction: boolean; producerId: string } };
  export default function read(from: Decoder): Promise<Read[]>;
}
declare module "kafkajs/src/protocol/requests/fetch/v11/response.js" {
  import type read from "kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js";

  type Messages = Awaited<ReturnType<typeof read>>;
  const response: {
    decode(raw: Buffer): Promise<{ responses: { partitions: { partition: number; messages: Messages }[] }[] }>;
  };
  export default response;
}
declare module "kafkajs/src/protocol/requests/produce/v3/request.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";

  export default function requestOf(produce: object): { encode(): Promise<Encoder> };
}
