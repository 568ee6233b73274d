// What a local broker is: the Kafka broker's contract, whatever keeps the log. `answer` is what its dispatcher would
// have got over HTTP.

import type { Event } from "../events/vocabulary.ts";
import type { EventLog } from "./event-log.ts";

/** Trigger filters of Knative, one dialect an element; a list is AND-ed. */
export type Filter =
  | { readonly exact: Readonly<Record<string, string>> }
  | { readonly prefix: Readonly<Record<string, string>> }
  | { readonly suffix: Readonly<Record<string, string>> }
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter };

export interface Delivery {
  /** Attempts after the first. */
  readonly retry: number;
  readonly backoffPolicy: "linear" | "exponential";
  /** ISO 8601, `PT0.2S`. */
  readonly backoffDelay: string;
  /** ISO 8601; an attempt that takes longer has failed. */
  readonly timeout: string;
}

export interface Trigger {
  /** The step's name. */
  readonly name: string;
  readonly filters: readonly Filter[];
  readonly order: "ordered" | "unordered";
  /** The most events under way at once. */
  readonly concurrency: number;
  readonly delivery: Delivery;
}

/** A subscriber's HTTP answer. */
export interface Answer {
  readonly status: number;
  /** Lower-case names; those that start with `kne-` go into the dead letter. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The derived event, where the body was one. */
  readonly event?: Event;
  /** What else stood in the body. With a 2xx it makes the delivery a failure. */
  readonly body?: string;
}

export interface Subscriber {
  /** `knativeerrordest` of its dead letters. */
  readonly destination: string;
  /** A rejection is a transport error. */
  deliver(event: Event): Promise<Answer>;
}

export interface DeadLetter {
  readonly number: number;
  readonly trigger: string;
  /** When it was given up, epoch milliseconds. */
  readonly time: number;
  /** `kne-wadireason`, or the status, or `hop-limit`. */
  readonly reason: string;
  /** The event with its `knativeerror*` and `kne-` extensions. */
  readonly event: Event;
}

export interface TriggerStatus {
  readonly name: string;
  /** Events in the log that match and are not handled. */
  readonly lag: number;
  readonly inFlight: number;
  readonly handled: number;
  readonly retries: number;
  readonly deadLetters: number;
  /** What the last failed attempt said, and when the next one is due. */
  readonly waiting?: { readonly until: number; readonly reason: string };
}

export interface BrokerStatus {
  /** Events taken in from clients since the start. */
  readonly received: number;
  /** Of these, how many no trigger takes: a mistyped type, mostly. Absent where nobody can know. */
  readonly unmatched?: number;
  readonly triggers: readonly TriggerStatus[];
  /** In the log now, of all triggers and earlier lives too. */
  readonly deadLetters: number;
  /** Since the start: the oldest ones, which had to make room for younger ones. Absent where the log drops none. */
  readonly deadLettersDropped?: number;
}

/** Every condition that is given must hold. */
export interface DeadLetterFilter {
  readonly trigger?: string | undefined;
  readonly reason?: string | undefined;
  /** Of the event that was given up. */
  readonly subject?: string | undefined;
  /** Given up at or after, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Given up before, epoch milliseconds. */
  readonly until?: number | undefined;
}

export interface DeadLetterQuery extends DeadLetterFilter {
  /** Default: newest. */
  readonly first?: "newest" | "oldest";
  /** Goes on behind this number. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * What was given up, until a person decides. Methods throw UnavailableError when the log cannot be had; then the same call
 * again does what is left of it. In the embedded log what one call changes is done whole, or, when it rejects, not at all.
 */
export interface DeadLetterQueue {
  list(query: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  get(number: number): Promise<DeadLetter | undefined>;
  /**
   * Puts the events in again as they were, with `redriven` counted up; each leaves the queue with that, once, whoever else
   * does the same. On a log of another's a crash in between puts it in twice, which learned ids make harmless. Answers how many: a number that is not there (any more) is passed over.
   */
  redrive(numbers: readonly number[]): Promise<number>;
  /** Removes them for good; answers how many. */
  drop(numbers: readonly number[]): Promise<number>;
}

export interface Broker {
  /** Resolves once the event is on disk. @throws UnavailableError when the log cannot take it. */
  publish(event: Event): Promise<void>;
  /**
   * As one: resolves once all are on disk, in this order. Embedded, none is where it rejects; in a log of another's some
   * may be, and the same call again puts them in twice, which learned ids make harmless. @throws UnavailableError;
   * TooLargeError, before any is put in.
   */
  publishAll(events: readonly Event[]): Promise<void>;
  status(): BrokerStatus;
  /** @throws UnavailableError, the last one, while the log cannot take anything: from a write that failed until one succeeds. */
  check(): Promise<void>;
  readonly deadLetters: DeadLetterQueue;
  /** All that is kept of what came in and what was derived. */
  readonly log: EventLog;
  /**
   * The newest event of a type in the log for each of its subjects, as far back as it is cheap to look: a few ten thousand
   * events. Absent where a log cannot be read from its end. @throws UnavailableError.
   */
  newest?(type: string): Promise<readonly Event[]>;
  /** Called after an event, a client's or a derived one, is on disk. For people to watch; never waited for. */
  tap(listener: (event: Event) => void): () => void;
  /** Stops taking and delivering; what is under way is finished or stays in the log. */
  stop(): Promise<void>;
}
