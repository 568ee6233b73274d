// What a producer sends to Kafka, from version 3 of it on (Kafka 0.11), uncompressed.
// https://kafka.apache.org/protocol#The_Messages_Produce

import type { Message } from "kafkajs";
import Encoder from "kafkajs/src/protocol/encoder.js";
import { batchOf } from "./batch-writer.ts";

export const FIRST_VERSION = 3;

/** As kafkajs's producer gives it. */
export interface Produce {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  /** A text, or a Long of kafkajs. */
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence?: number;
      readonly messages: readonly Message[];
    }[];
  }[];
}

/** @param now of messages without a timestamp, epoch milliseconds. */
export function writeProduceRequest(produce: Produce, now: number): Encoder {
  const { acks, timeout, transactionalId = null, topicData } = produce;
  const request = new Encoder();
  request.writeString(transactionalId).writeInt16(acks).writeInt32(timeout).writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    request.writeString(topic).writeInt32(partitions.length);
    for (const { partition, messages, firstSequence = 0 } of partitions) {
      const batch = batchOf(messages, { ...producerOf(produce), firstSequence }, now);
      request.writeInt32(partition).writeInt32(batch.length).writeBuffer(batch);
    }
  }
  return request;
}

function producerOf({ producerId = -1, producerEpoch = 0, transactionalId }: Produce) {
  return { producerId: BigInt(String(producerId)), producerEpoch, transactional: Boolean(transactionalId) };
}
