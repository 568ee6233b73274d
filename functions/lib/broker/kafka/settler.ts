// Writes the outcome of a delivery to Kafka: the reply or the dead letter first, then the event is settled.
//
//   S1  Replies of one lane are written in the order of their causes: one writer, one send at a time.
//   S2  An event whose outcome cannot be written is unsettled with all after it, and delivered again. Until then it is
//       pending: an offset that is committed meanwhile does not pass it.
//   S3  A dead letter too large for its topic is written without its data.

import { TooLargeError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { deadLetterOf, withoutData } from "../dead-letter.ts";
import type { Entry, Lane } from "../lane.ts";
import type { Failure, FinalOutcome } from "../outcome.ts";
import { refusedReply, settlementOf } from "../settlement.ts";
import { letterRecord } from "./letters/record.ts";
import type { Part } from "./offset-committer.ts";
import type { Sized } from "./record.ts";
import type { TriggerConsumer } from "./trigger-consumer.ts";
import type { Writer } from "./writer.ts";

export interface SettlerHost {
  readonly topic: string;
  /** Of the dead letters. */
  readonly letters: string;
  readonly maxHops: number;
  now(): number;
  /** @throws TooLargeError. */
  recordOf(event: Event, hops: number): Sized;
  /** A reply is in the log. */
  appended(event: Event, hops: number, bytes: number): void;
  /** A dead letter is. */
  onDeadLetter(trigger: string, letter: Event, reason: string, bytes: number): void;
  failed(error: Error): void;
}

/** What a settler needs of the consumer whose events it settles. */
export type SettledConsumer = Pick<TriggerConsumer, "trigger" | "partOf" | "commitSoon" | "wake">;

interface Result {
  readonly topic: string;
  readonly record: Sized;
  readonly how: "handled" | "dead";
  written(): void;
  /** The topic takes no record of this size; without this, that is a failure like any other. */
  refused?(error: TooLargeError): void;
}

export class Settler {
  readonly #consumer: SettledConsumer;
  readonly #writer: Writer;
  readonly #host: SettlerHost;
  /** Events of one failed send, by part: they are unsettled together, in their order. */
  readonly #lost = new Map<Part, Entry[]>();

  constructor(consumer: SettledConsumer, writer: Writer, host: SettlerHost) {
    this.#consumer = consumer;
    this.#writer = writer;
    this.#host = host;
  }

  settle(lane: Lane, entry: Entry, outcome: FinalOutcome): void {
    const part = this.#consumer.partOf(lane);
    // Another process has the partition now, and delivers the event again.
    if (part === undefined) return;
    const { maxHops, topic, recordOf, appended } = this.#host;
    const settlement = settlementOf(entry, outcome, maxHops, recordOf);
    if (settlement.how === "dead") this.#giveUp(part, entry, settlement.event, settlement.failure);
    else if (settlement.reply === undefined) this.#settled(part, entry, "handled");
    else {
      const { event, row, hops } = settlement.reply;
      const refused = (error: TooLargeError) => this.#giveUp(part, entry, entry.event, refusedReply(error));
      this.#write(part, entry, {
        topic,
        record: row,
        how: "handled",
        written: () => appended(event, hops, row.bytes),
        refused,
      });
    }
  }

  #giveUp(part: Part, entry: Entry, event: Event, failure: Failure): void {
    const { letters, now, onDeadLetter } = this.#host;
    const { name } = this.#consumer.trigger;
    const { reason } = failure;
    const letter = deadLetterOf(event, part.lane.subscriber.destination, failure);
    const resultOf = (one: Event) => {
      const record = letterRecord(one, name, reason, now());
      const written = () => onDeadLetter(name, one, reason, record.bytes);
      return { topic: letters, record, how: "dead" as const, written };
    };
    const whole = resultOf(letter);
    const cut = () => resultOf(withoutData(letter, whole.record.message.value?.length ?? 0));
    this.#write(part, entry, { ...whole, refused: () => this.#write(part, entry, cut()) });
  }

  #write(part: Part, entry: Entry, { topic, record, how, written, refused }: Result): void {
    part.pending.add(entry.seq);
    this.#writer.enter({
      records: [{ topic, message: record.message }],
      bytes: record.bytes,
      written: () => {
        part.pending.delete(entry.seq);
        written();
        this.#settled(part, entry, how);
      },
      failed: (error) => {
        if (error instanceof TooLargeError && refused !== undefined) {
          refused(error);
          return;
        }
        this.#host.failed(error);
        this.#lose(part, entry);
      },
    });
  }

  #settled(part: Part, entry: Entry, how: "handled" | "dead"): void {
    if (this.#consumer.partOf(part.lane) !== part) return;
    part.lane.settled(entry, how);
    this.#consumer.commitSoon();
    this.#consumer.wake();
  }

  #lose(part: Part, entry: Entry): void {
    const entries = this.#lost.get(part);
    if (entries !== undefined) {
      entries.push(entry);
      return;
    }
    const lost = [entry];
    this.#lost.set(part, lost);
    queueMicrotask(() => {
      this.#lost.delete(part);
      for (const { seq } of lost) part.pending.delete(seq);
      if (this.#consumer.partOf(part.lane) === part) part.lane.unsettled(lost);
    });
  }
}
