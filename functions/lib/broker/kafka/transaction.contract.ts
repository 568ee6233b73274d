// A transaction in a real Kafka, as tests want one: a record for each partition, committed or aborted.

import type { Kafka } from "kafkajs";
import { writeMessage } from "../../events/kafka-binding.ts";
import type { Event } from "../../events/vocabulary.ts";
import { newName } from "./under-test.contract.ts";

/** Resolves when it is over in each partition: Kafka answers before it has written that it was committed or aborted. */
export async function transact(
  kafka: Kafka,
  topic: string,
  partitions: number,
  how: "commit" | "abort",
  eventOf: (partition: number) => Event,
): Promise<void> {
  const producer = kafka.producer({ transactionalId: newName("tx"), maxInFlightRequests: 1, idempotent: true });
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  const ends = async () => {
    const found = await admin.fetchTopicOffsets(topic);
    return new Map(found.map(({ partition, high }) => [partition, Number(high)]));
  };
  const before = await ends();
  const transaction = await producer.transaction();
  for (let partition = 0; partition < partitions; partition++) {
    await transaction.send({ topic, messages: [{ ...writeMessage(eventOf(partition)), partition }] });
  }
  await transaction[how]();
  // A record and a marker each.
  const isOver = (end: number, partition: number) => partition >= partitions || end >= (before.get(partition) ?? 0) + 2;
  while (![...(await ends())].every(([partition, end]) => isOver(end, partition))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all([producer.disconnect(), admin.disconnect()]);
}
