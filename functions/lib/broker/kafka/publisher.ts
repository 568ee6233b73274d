// Puts events into the broker's topic: those of clients, and dead letters that are sent again.

import { ConfigurationError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { unavailable } from "./client.ts";
import type { Sized } from "./record.ts";
import type { Record, Writer } from "./writer.ts";

export interface PublisherHost {
  readonly topic: string;
  /** @throws UnavailableError while nothing can be put in. */
  checkUp(): void;
  /** @throws TooLargeError; MalformedEventError. */
  recordOf(event: Event): Sized;
  /** The event is in the log. */
  appended(event: Event, bytes: number): void;
  /** Something could not be written. */
  lost(error: Error): void;
}

export class Publisher {
  /** Events of clients that were taken in. */
  received = 0;
  readonly #writer: Writer;
  readonly #host: PublisherHost;

  constructor(writer: Writer, host: PublisherHost) {
    this.#writer = writer;
    this.#host = host;
  }

  /** Of clients. @throws UnavailableError; TooLargeError, MalformedEventError before any is put in. */
  publish(events: readonly Event[]): Promise<void> {
    return this.#put(events, () => {
      this.received++;
    });
  }

  /** Dead letters, which clients sent before. @throws as `publish`. */
  publishAgain(events: readonly Event[]): Promise<void> {
    return this.#put(events, () => {});
  }

  /** Entered in one turn, so produced in this order; each by itself, or they might be too large together. */
  async #put(events: readonly Event[], taken: () => void): Promise<void> {
    const { topic, checkUp, recordOf, appended } = this.#host;
    checkUp();
    const sized = events.map(recordOf);
    let left = sized.length;
    if (left === 0) return;
    await new Promise<void>((resolve, reject) => {
      for (const [i, { message, bytes }] of sized.entries()) {
        const written = () => {
          appended(events[i] as Event, bytes);
          taken();
          if (--left === 0) resolve();
        };
        this.#enter([{ topic, message }], bytes, written, reject);
      }
    });
  }

  /** All in one turn, so in this order. @throws UnavailableError, TooLargeError. */
  async write(records: readonly Record[], bytes: number): Promise<void> {
    if (records.length === 0) return;
    await new Promise<void>((written, failed) => this.#enter(records, bytes, written, failed));
  }

  #enter(records: readonly Record[], bytes: number, written: () => void, failed: (error: Error) => void): void {
    const fail = (error: Error) => {
      this.#host.lost(error);
      failed(error instanceof ConfigurationError ? unavailable(error) : error);
    };
    this.#writer.enter({ records, bytes, written, failed: fail });
  }
}
