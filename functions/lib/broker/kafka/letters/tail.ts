// Reads the topics of the dead letters and of the decisions, from their starts, into the view.

import { randomBytes } from "node:crypto";
import type { Admin, Consumer, EachBatchPayload, Kafka } from "kafkajs";
import { asError, ConfigurationError, UnavailableError } from "../../../errors.ts";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import type { Log } from "../../../telemetry/log.ts";
import { createConsumer } from "../client.ts";
import { onPassedOver } from "../passed-over.ts";
import { decisionOf } from "./decision.ts";
import { letterOf } from "./record.ts";
import { type LetterView, MAX_PARTITIONS } from "./view.ts";

export interface LetterTopics {
  readonly letters: string;
  readonly decisions: string;
  /** Whose the letters' topic is; default: Wadi's own. */
  readonly owner?: TopicOwner;
}

const RESTART_MS = 1000;
const PATIENCE_MS = 10_000;

export class LetterTail {
  readonly #view: LetterView;
  readonly #topics: LetterTopics;
  readonly #log: Log;
  /** What comes next, and what is known to be there, by `<topic>/<partition>`. */
  readonly #next = new Map<string, number>();
  readonly #ends = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  readonly #group = `wadi-dead-letters-${randomBytes(8).toString("hex")}`;
  #consumer: Consumer | undefined;
  #admin: Admin | undefined;
  #kafka: Kafka | undefined;
  #partitions = 0;
  /** kafkajs is under way, and minds its consumer itself. */
  #isReading = false;
  #closed = false;

  constructor(view: LetterView, topics: LetterTopics, log: Log) {
    this.#view = view;
    this.#topics = topics;
    this.#log = log;
  }

  /** From then on it goes on by itself. */
  async start(kafka: Kafka, admin: Admin): Promise<void> {
    this.#admin = admin;
    this.#kafka = kafka;
    await this.look();
    void this.#run();
  }

  #names(): string[] {
    return [this.#topics.letters, this.#topics.decisions];
  }

  /** Asks where the topics begin and end by now. */
  async look(): Promise<void> {
    for (const topic of this.#names()) {
      const bounds = await (this.#admin as Admin).fetchTopicOffsets(topic);
      if (topic === this.#topics.letters) this.#seen(bounds.length);
      for (const { partition, low, high } of bounds) {
        const topicPartition = `${topic}/${partition}`;
        this.grown(topic, partition, Number(high));
        this.#next.set(topicPartition, Math.max(this.#next.get(topicPartition) ?? 0, Number(low)));
        if (topic === this.#topics.letters) this.#view.trim(partition, Number(low));
      }
    }
    this.#notify();
  }

  /** kafkajs would take a minute to see that there are more: who looks for letters would wait in vain. */
  #seen(partitions: number): void {
    if (partitions > MAX_PARTITIONS) {
      const { letters } = this.#topics;
      throw new ConfigurationError(`the topic ${letters} has ${partitions} partitions; ${MAX_PARTITIONS} are the most`);
    }
    if (partitions > this.#partitions && this.#isReading) void this.#renew();
    this.#partitions = partitions;
  }

  async #renew(): Promise<void> {
    this.#isReading = false;
    await this.#consumer?.disconnect().catch(() => {});
    await this.#run();
  }

  /** There is something at `end - 1`. */
  grown(topic: string, partition: number, end: number): void {
    const topicPartition = `${topic}/${partition}`;
    this.#ends.set(topicPartition, Math.max(this.#ends.get(topicPartition) ?? 0, end));
  }

  /** Settles when all that is known to be there was read. @throws UnavailableError. */
  async caughtUp(): Promise<void> {
    const ends = [...this.#ends];
    const missing = () =>
      ends.reduce((sum, [topicPartition, end]) => sum + Math.max(0, end - (this.#next.get(topicPartition) ?? 0)), 0);
    if (this.#admin === undefined) throw this.#unread("they were not read yet");
    if (missing() === 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => missing() === 0 && resolve();
    const timer = setTimeout(() => reject(this.#unread(`${missing()} are still to be read`)), PATIENCE_MS);
    this.#waiting.add(look);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  #unread(why: string): UnavailableError {
    return new UnavailableError(
      "kafka-unavailable",
      `the dead letters in Kafka cannot be shown: ${why}; ask again later`,
    );
  }

  async #run(): Promise<void> {
    if (this.#closed || this.#kafka === undefined) return;
    const again = () => {
      this.#isReading = false;
      if (!this.#closed) setTimeout(() => this.#run(), RESTART_MS);
    };
    const consumer = createConsumer(this.#kafka, this.#group);
    this.#consumer = consumer;
    consumer.on(consumer.events.GROUP_JOIN, () => this.#seek(consumer));
    consumer.on(consumer.events.CRASH, ({ payload }) => void (payload.restart || again()));
    onPassedOver(consumer, ({ topic, partition, next }) => this.#reach(topic, partition, next));
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: this.#names(), fromBeginning: true });
      await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#take(payload) });
      this.#isReading = true;
    } catch (error) {
      this.#log.debug({ err: error }, "the dead letters cannot be read; tried again");
      await consumer.disconnect().catch(() => {});
      again();
    }
  }

  /** Nothing is read twice. */
  #seek(consumer: Consumer): void {
    for (const [topicPartition, next] of this.#next) {
      const [, topic = "", partition] = /^(.*)\/(\d+)$/.exec(topicPartition) ?? [];
      consumer.seek({ topic, partition: Number(partition), offset: String(next) });
    }
  }

  async #take({ batch }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const topicPartition = `${topic}/${partition}`;
    const from = this.#next.get(topicPartition) ?? 0;
    this.#view.together(() => {
      for (const message of batch.messages) {
        if (Number(message.offset) < from) continue;
        if (topic === this.#topics.letters) this.#put(partition, message);
        else {
          const decision = decisionOf(message);
          if (decision !== undefined) this.#view.decide(decision);
        }
      }
    });
    this.#reach(topic, partition, Number(batch.lastOffset()) + 1);
  }

  #reach(topic: string, partition: number, next: number): void {
    const topicPartition = `${topic}/${partition}`;
    this.#next.set(topicPartition, Math.max(this.#next.get(topicPartition) ?? 0, next));
    this.#notify();
  }

  #put(partition: number, message: EachBatchPayload["batch"]["messages"][number]): void {
    try {
      this.#view.put(letterOf(message, this.#view.numberOf(partition, Number(message.offset)), this.#topics.owner));
    } catch (error) {
      const where = { topic: this.#topics.letters, partition, offset: message.offset };
      this.#log.warn(
        { ...where, reason: asError(error).message },
        "a dead letter that is no CloudEvent is passed over",
      );
    }
  }

  #notify(): void {
    for (const look of this.#waiting) look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#consumer?.disconnect().catch(() => {});
    // Its group holds nothing; Kafka would forget it by itself in a while.
    await this.#admin?.deleteGroups([this.#group]).catch(() => {});
  }
}
