// Where each message goes: murmur2 of its key, as Java's clients do. It is written down, for what a send answers tells
// only where the first message of a partition lies.

import { type ICustomPartitioner, type Message, Partitioners, type RecordMetadata } from "kafkajs";

const placed = new WeakMap<Message, number>();

export const createPartitioner: ICustomPartitioner = () => {
  const choose = Partitioners.DefaultPartitioner();
  return (args) => {
    const partition = choose(args);
    placed.set(args.message, partition);
    return partition;
  };
};

/** The first offset after what was sent, by partition of `topic`. */
export function endsOf(topic: string, messages: readonly Message[], places: readonly RecordMetadata[]) {
  const counts = new Map<number, number>();
  for (const message of messages) {
    const partition = placed.get(message) ?? 0;
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
  }
  return places
    .filter((place) => place.topicName === topic && place.baseOffset !== undefined)
    .map(({ partition, baseOffset }): [partition: number, end: number] => [
      partition,
      Number(baseOffset) + (counts.get(partition) ?? 0),
    ]);
}
