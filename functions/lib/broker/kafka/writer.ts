// Produces records, one send after the other. Those that come meanwhile are sent together, in their order.
//
//   W1  `written` is called after all replicas have it, in the order of `enter`.
//   W2  What waits behind a failed send fails with it, so that nothing overtakes what is tried again.
//   W3  After a failed send some of its records may be in the log all the same.
//   W4  Of a send that is too large what is at fault alone fails: it is halved until that is found.

import type { Message, Producer } from "kafkajs";
import { asError, TooLargeError } from "../../errors.ts";
import { endsOf, type Partitioner } from "./partitioner.ts";

export interface Record {
  readonly topic: string;
  readonly message: Message;
}

export interface Writing {
  readonly records: readonly Record[];
  readonly bytes: number;
  written(): void;
  failed(error: Error): void;
}

/** A batch is one request a partition, which Kafka measures as it measures one event: 1 MiB by default. */
const BATCH_BYTES = 640 * 1024;
const BATCH_RECORDS = 1000;

export interface WriterHost {
  /** What kafkajs threw, as an error of ours. */
  failure(error: unknown): Error;
  /** All of `topic`'s partition before offset `end` is in the log; told before `written`. */
  grown(topic: string, partition: number, end: number): void;
  /** A send is over, whatever became of it. */
  turned(): void;
}

export class Writer {
  readonly #producer: Producer;
  readonly #partitioner: Partitioner;
  readonly #host: WriterHost;
  #queue: Writing[] = [];
  #sending = false;

  /** @param partitioner that of the producer. */
  constructor(producer: Producer, partitioner: Partitioner, host: WriterHost) {
    this.#producer = producer;
    this.#partitioner = partitioner;
    this.#host = host;
  }

  get empty(): boolean {
    return !this.#sending && this.#queue.length === 0;
  }

  enter(writing: Writing): void {
    this.#queue.push(writing);
    if (this.#sending) return;
    this.#sending = true;
    // What else comes in this turn of the event loop goes with it.
    setImmediate(() => this.#run());
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#send(this.#next());
      this.#host.turned();
    }
    this.#sending = false;
    this.#host.turned();
  }

  #next(): readonly Writing[] {
    let [count, bytes, records] = [0, 0, 0];
    for (const writing of this.#queue) {
      bytes += writing.bytes;
      records += writing.records.length;
      if (count > 0 && (bytes > BATCH_BYTES || records > BATCH_RECORDS)) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** False: it failed, and what waited with it. */
  async #send(batch: readonly Writing[]): Promise<boolean> {
    try {
      const topicMessages = this.#byTopic(batch);
      const metadata = await this.#producer.sendBatch({ acks: -1, topicMessages });
      for (const { topic, messages } of topicMessages) {
        for (const [partition, end] of endsOf(topic, messages, metadata)) this.#host.grown(topic, partition, end);
      }
      for (const writing of batch) writing.written();
    } catch (thrown) {
      const error = this.#host.failure(thrown);
      if (error instanceof TooLargeError && batch.length > 1) return await this.#sendHalves(batch);
      const isAlone = error instanceof TooLargeError;
      const behind = isAlone ? [] : this.#queue.splice(0);
      for (const writing of [...batch, ...behind]) writing.failed(asError(error));
      return isAlone;
    }
    return true;
  }

  async #sendHalves(batch: readonly Writing[]): Promise<boolean> {
    const middle = batch.length >> 1;
    const second = batch.slice(middle);
    // It waits meanwhile: where the first half fails, it fails as the first of those behind.
    this.#queue.unshift(...second);
    if (!(await this.#send(batch.slice(0, middle)))) return false;
    this.#queue.splice(0, second.length);
    return await this.#send(second);
  }

  #byTopic(batch: readonly Writing[]) {
    const topics = new Map<string, Message[]>();
    for (const { records } of batch) {
      for (const { topic, message } of records) {
        const messages = topics.get(topic);
        if (messages === undefined) topics.set(topic, [message]);
        else messages.push(message);
      }
    }
    return [...topics].map(([topic, messages]) => ({ topic, messages: this.#partitioner.packed(topic, messages) }));
  }
}
