// Offsets that a fetch skips: records of aborted transactions, and the markers at the ends of transactions. kafkajs continues
// after them without a word, so code that counts by offsets would wait for them for ever.

import type { Consumer } from "kafkajs";

export interface PassedOver {
  readonly topic: string;
  readonly partition: number;
  /** From here on nothing is to be read ... */
  readonly from: number;
  /** ... before this offset. */
  readonly next: number;
}

export function onPassedOver(consumer: Consumer, tell: (passed: PassedOver) => unknown): void {
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    const { topic, partition, batchSize, lastOffset } = payload;
    if (batchSize > 0) return;
    const from = Number(payload.firstOffset ?? lastOffset);
    // A listener's promise is not for kafkajs to wait for.
    void tell({ topic, partition, from, next: Number(lastOffset) + 1 });
  });
}
