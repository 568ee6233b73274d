// What a fetch went past without anything to hand out: records of transactions that were aborted, and the markers at the ends
// of transactions, which have offsets like records. kafkajs goes on behind them and tells nobody, so that who counts by
// offsets would wait for them for ever.

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
