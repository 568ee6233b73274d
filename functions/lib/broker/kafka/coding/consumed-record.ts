// A record as a consumer hands it over, read no further than somebody asks: of most events a group looks at the type alone,
// and to read all headers takes ten times as long. Where its parts lie is found at once, so nothing that is asked for later fails.

import { ByteReader } from "./byte-reader.ts";

/** What all records of a batch share. */
export interface BatchContext {
  readonly baseOffset: bigint;
  readonly baseTimestamp: bigint;
  /** Where Kafka writes down when it took the batch: the time of all of it. */
  readonly appendTime: bigint | undefined;
  readonly isControl: boolean;
  /** kafkajs leaves out by these two what was aborted. */
  readonly inTransaction: boolean;
  readonly producerId: string;
}

type HeaderValue = Buffer | null;
export type Headers = Record<string, HeaderValue | HeaderValue[]>;

const TYPE = Buffer.from("ce_type");
const HOPS = Buffer.from("wadi-hops");

export class ConsumedRecord {
  readonly batchContext: BatchContext;
  /** The offset as a number. */
  readonly seq: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #offsetDelta: number;
  readonly #later: number | bigint;
  readonly #bytes: Buffer;
  readonly #headersAt: number;
  readonly #headerCount: number;
  /** Where the values of two headers lie; before the record where there are several, or nothing. */
  #typeAt = 0;
  #typeEnd = 0;
  #hopsAt = 0;
  #hopsEnd = 0;
  #headers: Headers | undefined;

  /** @param from stands before the record's attributes, and ends where the record does. @throws Error for what is none. */
  constructor(from: ByteReader, batch: BatchContext) {
    this.batchContext = batch;
    this.#bytes = from.bytes;
    from.skip(1);
    this.#later = from.isShort ? from.varint() : from.varlong();
    this.#offsetDelta = from.varint();
    this.seq = Number(batch.baseOffset) + this.#offsetDelta;
    this.key = bytesOf(from);
    this.value = bytesOf(from);
    this.#headerCount = from.varint();
    this.#headersAt = from.at;
    for (let count = 0; count < this.#headerCount; count++) this.#passHeader(from);
  }

  #passHeader(from: ByteReader): void {
    const name = from.skip(from.varint());
    const nameEnd = from.at;
    const length = from.varint();
    const value = from.skip(Math.max(0, length));
    // Of one that is there twice, or is nothing, whoever reads all of them decides.
    if (isAt(from.bytes, name, nameEnd, TYPE)) {
      this.#typeAt = this.#typeAt === 0 && length >= 0 ? value : -1;
      this.#typeEnd = from.at;
    } else if (isAt(from.bytes, name, nameEnd, HOPS)) {
      this.#hopsAt = this.#hopsAt === 0 && length >= 0 ? value : -1;
      this.#hopsEnd = from.at;
    }
  }

  get offset(): string {
    return String(this.batchContext.baseOffset + BigInt(this.#offsetDelta));
  }

  /** When it was written, epoch milliseconds. */
  get timestamp(): string {
    const { appendTime, baseTimestamp } = this.batchContext;
    return String(appendTime ?? BigInt.asIntN(64, baseTimestamp + BigInt(this.#later)));
  }

  /** A marker of a transaction, and nobody's message. */
  get isControlRecord(): boolean {
    return this.batchContext.isControl;
  }

  /** What the one header `ce_type` says, without a look at the others. */
  get type(): string | undefined {
    return this.#typeAt > 0 ? this.#bytes.toString("utf8", this.#typeAt, this.#typeEnd) : undefined;
  }

  /** What the one header `wadi-hops` says. */
  get hops(): string {
    return this.#hopsAt > 0 ? this.#bytes.toString("latin1", this.#hopsAt, this.#hopsEnd) : "";
  }

  /** Tells each header in its order, the value as where it lies in the bytes: `end` is below `start` where it is nothing. */
  eachHeader(tell: (name: string, bytes: Buffer, start: number, end: number) => void): void {
    const from = new ByteReader(this.#bytes, this.#headersAt);
    for (let count = 0; count < this.#headerCount; count++) {
      const name = from.skip(from.varint());
      const text = this.#bytes.toString("utf8", name, from.at);
      const length = from.varint();
      const start = from.skip(Math.max(0, length));
      tell(text, this.#bytes, start, length < 0 ? -1 : from.at);
    }
  }

  /** Of a header that is there more than once, all values in their order. */
  get headers(): Headers {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  #readHeaders(): Headers {
    // Anybody names them: `__proto__` or `toString`, too.
    const headers: Headers = Object.create(null);
    this.eachHeader((name, bytes, start, end) => {
      const value = end < start ? null : bytes.subarray(start, end);
      const earlier = headers[name];
      if (earlier === undefined) headers[name] = value;
      else headers[name] = Array.isArray(earlier) ? [...earlier, value] : [earlier, value];
    });
    return headers;
  }
}

function isAt(bytes: Buffer, start: number, end: number, name: Buffer): boolean {
  return end - start === name.length && name.compare(bytes, start, end) === 0;
}

/** Behind their length; null where that is below nothing. */
function bytesOf(from: ByteReader): Buffer | null {
  const length = from.varint();
  if (length < 0) return null;
  const start = from.skip(length);
  return from.bytes.subarray(start, from.at);
}
