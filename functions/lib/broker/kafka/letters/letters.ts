// The dead letters in Kafka: read from their topic and from that of the decisions, looked at and decided by people.

import type { Admin, Kafka } from "kafkajs";
import type { TopicOwner } from "../../../events/kafka-binding.ts";
import type { Event } from "../../../events/vocabulary.ts";
import type { Log } from "../../../telemetry/log.ts";
import type { DeadLetterQueue } from "../../broker.ts";
import { decisionsOf, type KafkaAddress } from "../address.ts";
import type { Record } from "../writer.ts";
import { openLetterQueue } from "./queue.ts";
import { LetterTail, type LetterTopics } from "./tail.ts";
import { LetterView } from "./view.ts";

export interface LettersHost {
  readonly address: KafkaAddress;
  /** Whose the letters' topic is; default: Wadi's own. */
  readonly owner?: TopicOwner;
  readonly log: Log;
  now(): number;
  /** All of them, in this order. @throws UnavailableError. */
  write(records: readonly Record[], bytes: number): Promise<void>;
  /** Puts events in again. @throws UnavailableError. */
  publish(events: readonly Event[]): Promise<void>;
}

/** Of a record that holds a decision, roughly. */
const DECISION_BYTES = 100;

export class Letters {
  readonly queue: DeadLetterQueue;
  readonly #view = new LetterView();
  readonly #topics: LetterTopics;
  readonly #tail: LetterTail;

  constructor({ address, owner, log, now, write, publish }: LettersHost) {
    const decisions = decisionsOf(address);
    this.#topics = { letters: address.deadLetters, decisions, ...(owner !== undefined && { owner }) };
    this.#tail = new LetterTail(this.#view, this.#topics, log);
    this.queue = openLetterQueue({
      view: this.#view,
      tail: this.#tail,
      decisions,
      now,
      write: (records) => write(records, DECISION_BYTES * records.length),
      publish,
    });
  }

  /** Those that were read and not decided. */
  get count(): number {
    return this.#view.count;
  }

  /** Begins to read; goes on by itself. @throws what kafkajs throws. */
  start(kafka: Kafka, admin: Admin): Promise<void> {
    return this.#tail.start(kafka, admin);
  }

  /** Asks where the topics begin and end by now. @throws what kafkajs throws. */
  look(): Promise<void> {
    return this.#tail.look();
  }

  /** Resolves when all that is known to be there was read. @throws UnavailableError. */
  caughtUp(): Promise<void> {
    return this.#tail.caughtUp();
  }

  /** The topic, if it is one of theirs, has a record at `end - 1`. */
  grown(topic: string, partition: number, end: number): void {
    const { letters, decisions } = this.#topics;
    if (topic === letters || topic === decisions) this.#tail.grown(topic, partition, end);
  }

  async close(): Promise<void> {
    await this.#tail.close();
    this.#view.close();
  }
}
