import fc from "fast-check";
import { type Message, Partitioners, type PartitionMetadata } from "kafkajs";
import { expect, test } from "vitest";
import { UnavailableError } from "../../errors.ts";
import { batchOf } from "./coding/batch-writer.ts";
import { endsOf, Partitioner } from "./partitioner.ts";

const partitionsOf = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 0 }) as PartitionMetadata);

test("a key goes to the partition that Kafka's own clients choose, one that is named to that one", () => {
  const theirs = Partitioners.DefaultPartitioner();
  const ours = new Partitioner().create();
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
  const choose = new Partitioner().create();
  const messages: Message[] = Array.from({ length: 10 }, (_, i) => ({ value: "v", partition: i % 3 }));
  for (const message of messages) choose({ topic: "t", partitionMetadata: partitionsOf(3), message });

  const metadata = [0, 1, 2].map((partition) => ({ topicName: "t", partition, baseOffset: "100", errorCode: 0 }));

  expect(endsOf("t", messages, metadata)).toEqual([
    [0, 104],
    [1, 103],
    [2, 103],
  ]);
});

/** One that has sent a message to a topic of so many partitions. */
function afterOneSend(partitions: number) {
  const partitioner = new Partitioner();
  const choose = partitioner.create();
  choose({ topic: "t", partitionMetadata: partitionsOf(partitions), message: { value: "v" } });
  return { partitioner, choose };
}

const keyed: Message[] = Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, value: `v${i}` }));

test("before the first send of a topic its messages are handed over as they are", () => {
  expect(new Partitioner().packed("t", keyed)).toBe(keyed);
});

test("then those of a partition are handed over as one, in their order, and written as if each had come by itself", () => {
  const { partitioner, choose } = afterOneSend(3);
  const nobody = { producerId: -1n, producerEpoch: 0, firstSequence: 0, transactional: false };
  const partitionMetadata = partitionsOf(3);

  const packed = partitioner.packed("t", keyed);

  expect(packed.map(({ partition }) => partition)).toEqual([0, 1, 2]);
  for (const one of packed) {
    const alone = keyed.filter((message) => choose({ topic: "t", partitionMetadata, message }) === one.partition);
    expect(batchOf([one], nobody, 0)).toEqual(batchOf(alone, nobody, 0));
  }
});

test("where each partition ends counts the messages that were handed over as one", () => {
  const { partitioner, choose } = afterOneSend(2);
  const messages = Array.from({ length: 5 }, (_, i): Message => ({ value: "v", partition: i % 2 }));
  const packed = partitioner.packed("t", messages);
  for (const message of packed) choose({ topic: "t", partitionMetadata: partitionsOf(2), message });

  const metadata = [0, 1].map((partition) => ({ topicName: "t", partition, baseOffset: "100", errorCode: 0 }));

  expect(endsOf("t", packed, metadata)).toEqual([
    [0, 103],
    [1, 102],
  ]);
});

test("messages for a partition that is no more are refused, and the next send goes to those there are", () => {
  const { partitioner, choose } = afterOneSend(3);
  const last = partitioner.packed("t", keyed).at(-1) as Message;

  expect(() => choose({ topic: "t", partitionMetadata: partitionsOf(2), message: last })).toThrow(UnavailableError);

  expect(partitioner.packed("t", keyed).map(({ partition }) => partition)).toEqual([0, 1]);
});
