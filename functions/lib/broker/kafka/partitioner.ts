// Where each message goes: murmur2 of its key, as Java's clients do. It is written down, for what a send answers tells
// only where the first message of a partition lies.

import { type ICustomPartitioner, type Message, Partitioners, type RecordMetadata } from "kafkajs";

const partitionOf = new WeakMap<Message, number>();

export const createPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (args) => {
    const partition = choose(args);
    partitionOf.set(args.message, partition);
    return partition;
  };
};

/** The first offset after what was sent, by partition of `topic`. */
export function endsOf(topic: string, messages: readonly Message[], metadata: readonly RecordMetadata[]) {
  const counts = new Map<number, number>();
  for (const message of messages) {
    const partition = partitionOf.get(message) ?? 0;
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  return metadata
    .filter((one) => one.topicName === topic && one.baseOffset !== undefined)
    .map(({ partition, baseOffset }): [partition: number, end: number] => [
      partition,
      Number(baseOffset) + (counts.get(partition) ?? 0),
    ]);
}
