// Where each message goes: murmur2 of its key, as Java's clients do. kafkajs copies all messages of a partition for each that it
// adds to them, so we do that once the partitions are known, and hand over one message a partition that bears the others.

import {
  type ICustomPartitioner,
  type Message,
  Partitioners,
  type PartitionMetadata,
  type RecordMetadata,
} from "kafkajs";
import { UnavailableError } from "../../errors.ts";
import type { SentMessage } from "./coding/batch-writer.ts";
import { murmur2 } from "./coding/murmur2.ts";

/** As it was sent last. */
type Placed = SentMessage & { chosen?: number };

export class Partitioner {
  /** Of each topic, as kafkajs knew them at the last send. */
  readonly #partitions = new Map<string, PartitionMetadata[]>();
  readonly #chooseWithoutKey = Partitioners.DefaultPartitioner();

  /** @throws UnavailableError where a topic has fewer partitions than it had: kafkajs would drop the message. */
  readonly create: ICustomPartitioner = () => (args) => {
    const { topic, partitionMetadata, message } = args;
    this.#partitions.set(topic, partitionMetadata);
    const { bears, partition } = message as Placed;
    if (bears !== undefined && !partitionMetadata.some(({ partitionId }) => partitionId === partition)) {
      throw new UnavailableError("kafka-unavailable", `the topic ${topic} has no partition ${partition} any more`);
    }
    const chosen = this.#choose(args);
    (message as Placed).chosen = chosen;
    return chosen;
  };

  /** The same messages, those of a partition as one. Before the first send of a topic, as they are. */
  packed(topic: string, messages: Message[]): Message[] {
    const partitionMetadata = this.#partitions.get(topic);
    if (partitionMetadata === undefined) return messages;
    const byPartition: Message[][] = [];
    for (const message of messages) {
      const partition = this.#choose({ topic, partitionMetadata, message });
      const others = byPartition[partition];
      if (others === undefined) byPartition[partition] = [message];
      else others.push(message);
    }
    return Object.entries(byPartition).map(
      ([partition, bears]): Placed => ({ value: null, partition: Number(partition), bears }),
    );
  }

  #choose(args: Parameters<ReturnType<ICustomPartitioner>>[0]): number {
    const { message, partitionMetadata } = args;
    const { key } = message;
    const isByKey = key != null && message.partition === undefined;
    return isByKey ? byKey(key, partitionMetadata.length) : this.#chooseWithoutKey(args);
  }
}

function byKey(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}

/** The first offset after what was sent, by partition of `topic`. */
export function endsOf(topic: string, messages: readonly Placed[], metadata: readonly RecordMetadata[]) {
  const counts = new Map<number, number>();
  for (const { chosen = 0, bears } of messages) {
    counts.set(chosen, (counts.get(chosen) ?? 0) + (bears?.length ?? 1));
  }
  return metadata
    .filter((one) => one.topicName === topic && one.baseOffset !== undefined)
    .map(({ partition, baseOffset }): [partition: number, end: number] => [
      partition,
      Number(baseOffset) + (counts.get(partition) ?? 0),
    ]);
}
