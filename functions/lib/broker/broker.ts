// The port of a local broker. It keeps the contract of Knative's Kafka broker, wherever its log is; an `Answer` is what
// that broker's dispatcher would get over HTTP.

import type { Event } from "../events/vocabulary.ts";
import type { EventLog, FollowedLog } from "./event-log.ts";

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
  /** A body that is no event. With a 2xx it makes the delivery a failure. */
  readonly body?: string;
  /** Not the step's: of the platform before it, or of another step. Then its status says nothing of the event. */
  readonly foreign?: true;
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
  /** When it became a dead letter, epoch milliseconds. */
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
  /**
   * For how long the oldest of these has been in the log, seconds; 0 where there is none. Absent where that is not known. In
   * Kafka: of what this process has fetched, by the records' own times; of the rest at least so long, as this process saw the log
   * grow.
   */
  readonly lagSeconds?: number;
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
  /** How many of these no trigger takes, mostly because of a mistyped type. Absent where that is not known. */
  readonly unmatched?: number;
  readonly triggers: readonly TriggerStatus[];
  /** In the log now, of all triggers, also from before the last start. */
  readonly deadLetters: number;
  /** Since the start: old ones that were removed to make room for new ones. Absent where the log drops none. */
  readonly deadLettersDropped?: number;
}

/** A trigger as a reader of the log sees it: what only they know who deliver its events may be absent. */
export type SeenTrigger = Pick<TriggerStatus, "name" | "lag" | "lagSeconds" | "waiting"> &
  Partial<Pick<TriggerStatus, "inFlight" | "handled" | "retries" | "deadLetters">>;

/** A broker as a reader of its log sees it. */
export interface SeenBroker extends Omit<BrokerStatus, "received" | "triggers"> {
  /** Absent where it is not known. */
  readonly received?: number;
  readonly triggers: readonly SeenTrigger[];
  /** Since when events are counted, epoch milliseconds; absent: since the start, or not at all. */
  readonly countedSince?: number;
}

/** Whoever can say how a broker is. */
export interface Seen {
  status(): SeenBroker;
}

/** An event that is on disk. */
export interface Written {
  /** How long the chain of events is that caused it; 0 for a client's event, and for a dead letter that was sent again. */
  readonly hops: number;
  /** As it was written, about. */
  readonly bytes: number;
  /** When it was written, epoch milliseconds; absent: just now. */
  readonly time?: number;
}

/** A dead letter that is on disk. */
export interface WrittenLetter {
  readonly trigger: string;
  readonly reason: string;
  readonly bytes: number;
  /** When it became a dead letter, epoch milliseconds; absent: just now. */
  readonly time?: number;
}

/** Every condition that is given must hold. */
export interface DeadLetterFilter {
  readonly trigger?: string | undefined;
  readonly reason?: string | undefined;
  /** Of the event. */
  readonly subject?: string | undefined;
  /** Of the event, where it names one. */
  readonly pipeline?: string | undefined;
  /** Dead letters of this time or later, epoch milliseconds. */
  readonly since?: number | undefined;
  /** Dead letters from before this time, epoch milliseconds. */
  readonly until?: number | undefined;
}

export interface DeadLetterQuery extends DeadLetterFilter {
  /** Default: newest. */
  readonly first?: "newest" | "oldest";
  /** Continues after this number. */
  readonly after?: number | undefined;
  readonly limit: number;
}

/**
 * Events that could not be handled, until a person decides. Methods throw UnavailableError while the log is unavailable; the
 * same call can then be repeated and does the rest. In the embedded log a call is atomic.
 */
export interface DeadLetterQueue {
  list(query: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  get(number: number): Promise<DeadLetter | undefined>;
  /**
   * Publishes the events again as they were, with `redriven` counted up, and removes them from the queue; of two calls at
   * once only one publishes an event. In Kafka a crash in between publishes it twice, which learned ids make harmless.
   * Returns how many were sent; numbers that are not in the queue are ignored.
   */
  redrive(numbers: readonly number[]): Promise<number>;
  /** Removes them for good; returns how many there were. */
  drop(numbers: readonly number[]): Promise<number>;
}

/** Told of each event and each dead letter that is on disk; not waited for. */
export type Tap = (
  listener: (event: Event, written: Written) => void,
  letters?: (letter: Event, written: WrittenLetter) => void,
  /** So many events went by that it is not told of. */
  passedOver?: (events: number) => void,
) => () => void;

export interface Broker {
  /** Resolves once the event is on disk. @throws UnavailableError when the log cannot take it. */
  publish(event: Event): Promise<void>;
  /**
   * Resolves once all are on disk, in this order. If it rejects, the embedded log has none of them; in Kafka some may be
   * there, and repeating the call publishes them twice, which learned ids make harmless. @throws UnavailableError;
   * TooLargeError, before any is published.
   */
  publishAll(events: readonly Event[]): Promise<void>;
  status(): BrokerStatus;
  /** @throws UnavailableError while the log cannot be written: from a write that failed until one succeeds. */
  check(): Promise<void>;
  readonly deadLetters: DeadLetterQueue;
  /** The events that are kept, those of clients and those that were derived. */
  readonly log: EventLog;
  /** The same, for one who follows it; it is closed before the broker is stopped. */
  follow(): FollowedLog;
  /**
   * For each subject the newest event of a type, among the last few ten thousand events of the log. Absent where a log
   * cannot be read from its end. @throws UnavailableError.
   */
  newest?(type: string): Promise<readonly Event[]>;
  /**
   * Calls `listener` after each event, a client's or a derived one, is on disk, and `letters` after each dead letter, and does
   * not wait for them. In Kafka: of what this process wrote. Returns a function that ends it.
   */
  readonly tap: Tap;
  /** Takes and delivers no more events. Those under way are finished or stay in the log. */
  stop(): Promise<void>;
}
