// Where each message goes: murmur2 of its key, as Java's clients do. It is written down, for what a send answers tells
// only where the first message of a partition lies.

import { type ICustomPartitioner, type Message, Partitioners, type RecordMetadata } from "kafkajs";
import { murmur2 } from "./coding/murmur2.ts";

/** As it was sent last. */
type Placed = Message & { chosen?: number };

export const createPartitioner: ICustomPartitioner = () => {
  const chooseWithoutKey = Partitioners.DefaultPartitioner();
  return (args) => {
    const { message, partitionMetadata } = args;
    const { key } = message;
    const isByKey = key != null && message.partition === undefined;
    const partition = isByKey ? byKey(key, partitionMetadata.length) : chooseWithoutKey(args);
    (message as Placed).chosen = partition;
    return partition;
  };
};

function byKey(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === "string" ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}

/** The first offset after what was sent, by partition of `topic`. */
export function endsOf(topic: string, messages: readonly Placed[], metadata: readonly RecordMetadata[]) {
  const counts = new Map<number, number>();
  for (const { chosen = 0 } of messages) counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
  return metadata
    .filter((one) => one.topicName === topic && one.baseOffset !== undefined)
    .map(({ partition, baseOffset }): [partition: number, end: number] => [
      partition,
      Number(baseOffset) + (counts.get(partition) ?? 0),
    ]);
}
