import fc from "fast-check";
import { type Message, Partitioners, type PartitionMetadata } from "kafkajs";
import { expect, test } from "vitest";
import { createPartitioner, endsOf } from "./partitioner.ts";

const partitionsOf = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 0 }) as PartitionMetadata);

test("a key goes to the partition that Kafka's own clients choose, one that is named to that one", () => {
  const theirs = Partitioners.DefaultPartitioner();
  const ours = createPartitioner();
  const key = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );

  fc.assert(
    fc.property(
      key,
      fc.integer({ min: 1, max: 50 }),
      fc.option(fc.nat(49), { nil: undefined }),
      (one, count, partition) => {
        const message = { key: one, value: "v", ...(partition !== undefined && { partition }) };
        const args = { topic: "t", partitionMetadata: partitionsOf(count), message };

        expect(ours(args)).toBe(theirs(args));
      },
    ),
  );
});

test("of what was sent it is known where each partition ends, though Kafka tells only where it began", () => {
  const choose = createPartitioner();
  const messages: Message[] = Array.from({ length: 10 }, (_, i) => ({ value: "v", partition: i % 3 }));
  for (const message of messages) choose({ topic: "t", partitionMetadata: partitionsOf(3), message });

  const metadata = [0, 1, 2].map((partition) => ({ topicName: "t", partition, baseOffset: "100", errorCode: 0 }));

  expect(endsOf("t", messages, metadata)).toEqual([
    [0, 104],
    [1, 103],
    [2, 103],
  ]);
});
