// Batches that this process has sent and may fetch again: what their records say is known, and need not be read. A batch that is
// fetched is known by its bytes, all that the checksum covers, and Kafka writes nothing there: equal bytes say the same, whoever
// sent them.

import { AT } from "./batch-format.ts";

/** An event of ours as a message bears it beside its bytes. */
export interface SentEvent {
  readonly type: string;
  /** The event as a reader would make it of the bytes; undefined where they must be read. */
  read(): unknown;
}

/** One record of a batch. */
export interface SentRecord {
  /** Where it lies in the batch, without its length. */
  readonly start: number;
  readonly end: number;
  readonly event: SentEvent;
}

interface SentBatch {
  readonly bytes: Buffer;
  readonly records: readonly SentRecord[];
}

export class SentBatches {
  readonly #maxBytes: number;
  /** By their checksums, the oldest first. */
  readonly #batches = new Map<number, SentBatch>();
  #bytes = 0;

  /** The oldest go where all together have more: another process has their partition, or nobody reads on. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  remember(batch: SentBatch): void {
    const crc = batch.bytes.readUInt32BE(AT.crc);
    this.#forget(crc);
    this.#batches.set(crc, batch);
    this.#bytes += batch.bytes.length;
    for (const oldest of this.#batches.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#forget(oldest);
    }
  }

  /** The records of a batch that was sent, once; undefined where it is another's. */
  take(bytes: Buffer): readonly SentRecord[] | undefined {
    const crc = bytes.readUInt32BE(AT.crc);
    const batch = this.#batches.get(crc);
    if (batch === undefined || batch.bytes.compare(bytes, AT.attributes, bytes.length, AT.attributes) !== 0)
      return undefined;
    this.#forget(crc);
    return batch.records;
  }

  #forget(crc: number): void {
    this.#bytes -= this.#batches.get(crc)?.bytes.length ?? 0;
    this.#batches.delete(crc);
  }
}

/** Of this process, whose way to code records is one for all its clients. */
export const sentBatches = new SentBatches(4 * 1024 * 1024);
