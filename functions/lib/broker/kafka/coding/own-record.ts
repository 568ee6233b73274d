// A record that this process has written, as a consumer hands it over: see sent-batches.ts. It is read where somebody asks for more
// than it is known to say.

import { ByteReader } from "./byte-reader.ts";
import { type BatchContext, ConsumedRecord, type Headers } from "./consumed-record.ts";
import type { SentEvent, SentRecord } from "./sent-batches.ts";

export class OwnRecord {
  readonly batchContext: BatchContext;
  /** The offset as a number. */
  readonly seq: number;
  readonly sent: SentEvent;
  readonly #bytes: Buffer;
  readonly #place: SentRecord;
  #record: ConsumedRecord | undefined;

  /** @param delta how many records of the batch stand before it. */
  constructor(bytes: Buffer, place: SentRecord, delta: number, batch: BatchContext) {
    this.batchContext = batch;
    this.seq = Number(batch.baseOffset) + delta;
    this.sent = place.event;
    this.#bytes = bytes;
    this.#place = place;
  }

  get type(): string {
    return this.sent.type;
  }

  get isControlRecord(): boolean {
    return false;
  }

  get offset(): string {
    return String(this.seq);
  }

  get timestamp(): string {
    return this.#read().timestamp;
  }

  get key(): Buffer | null {
    return this.#read().key;
  }

  get value(): Buffer | null {
    return this.#read().value;
  }

  get hops(): string {
    return this.#read().hops;
  }

  eachHeader(tell: Parameters<ConsumedRecord["eachHeader"]>[0]): void {
    this.#read().eachHeader(tell);
  }

  get headers(): Headers {
    return this.#read().headers;
  }

  #read(): ConsumedRecord {
    const { start, end } = this.#place;
    this.#record ??= new ConsumedRecord(new ByteReader(this.#bytes, start, end), this.batchContext);
    return this.#record;
  }
}
