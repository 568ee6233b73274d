// A transaction in a real Kafka, as tests want one: a record for each partition, committed or aborted.

import type { Kafka } from "kafkajs";
import { writeMessage } from "../../events/kafka-binding.ts";
import type { Event } from "../../events/vocabulary.ts";
import { newName } from "./under-test.contract.ts";

/** Resolves when it is over. */
export async function transact(
  kafka: Kafka,
  topic: string,
  partitions: number,
  how: "commit" | "abort",
  eventOf: (partition: number) => Event,
): Promise<void> {
  const producer = kafka.producer({ transactionalId: newName("tx"), maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  for (let partition = 0; partition < partitions; partition++) {
    await transaction.send({ topic, messages: [{ ...writeMessage(eventOf(partition)), partition }] });
  }
  await transaction[how]();
  await producer.disconnect();
}
