// Delivers one trigger's events from the log to its subscriber. Two kinds: ordered-lane.ts, unordered-lane.ts.

import type { Clock } from "../clock.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Subscriber, Trigger, TriggerStatus } from "./broker.ts";
import { type FinalOutcome, notAnswered, type Outcome, outcomeOf, timedOut } from "./outcome.ts";

/** An event with its number in the log; in Kafka its offset in the partition. */
export interface Entry {
  readonly seq: number;
  /** How long the chain of events is that caused it; 0 for a client's event. */
  readonly hops: number;
  readonly event: Event;
  readonly size: number;
  /** When it was written into the log, epoch milliseconds. */
  readonly time: number;
}

/** Every event up to `upTo` that the trigger matches is settled, except those in `open`. */
export interface Position {
  readonly upTo: number;
  /** Ascending. */
  readonly open: readonly number[];
}

/** The events that a lane has yet to deliver. */
export interface LaneSupply {
  /** Events in the log that match and are not settled. */
  readonly lag: number;
  /** Since when the oldest event that was not taken yet has been in the log, epoch milliseconds; undefined: unknown, or there is none. */
  readonly untakenSince: number | undefined;
  /** Every matching event up to here was taken. */
  readonly upTo: number;
  /** Events that were put back and not taken again yet, in order. */
  readonly again: readonly Entry[];
  /** There may be more to take, although `take` returned nothing. */
  readonly behind: boolean;
  /** The next event, or undefined; then `behind` says whether to ask again soon. */
  take(): Entry | undefined;
  /** To be taken again, in this order, before all others. */
  putBack(entries: readonly Entry[]): void;
  /** One of the events that were taken is settled, on disk. */
  settled(): void;
}

export interface Lane<S extends LaneSupply = LaneSupply> {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  readonly supply: S;
  /** Where a restart continues. An event whose outcome is about to be written counts as settled. */
  position(): Position;
  /** Every event up to here is settled, matching or not. */
  floor(): number;
  /** Delivers as many events as it may; false: none. */
  pump(): boolean;
  /** `entry` is settled, on disk. */
  settled(entry: Entry, how: "handled" | "dead"): void;
  /** The outcome of these, in this order, could not be written: they are delivered again after a pause. */
  unsettled(entries: readonly Entry[]): void;
  /** Delivers no more events. */
  stop(): void;
  /** Ignores what is answered from now on: nothing is settled by it, and nothing is woken. */
  abandon(): void;
  /** No attempt is under way. */
  idle(): boolean;
  status(): TriggerStatus;
}

/** What a lane needs of the broker around it. */
export interface LaneHost<L = Lane> {
  readonly clock: Clock;
  /** What `waiting` says while the log cannot be written. */
  readonly logAway: string;
  /** Nothing may be delivered now, because the outcome could not be written. Lanes are pumped when that is over. */
  suspended(): boolean;
  /** `entry` has its outcome: it is written with the next turn, then `settled` or `unsettled` is called. */
  settle(lane: L, entry: Entry, outcome: FinalOutcome): void;
  /** Lanes are pumped soon, and a stop checks whether all is idle. */
  wake(): void;
}

/** The pause before an event whose outcome the log did not take is delivered again. */
export const LOG_PAUSE_MS = 1000;

/** How many events may be under way at once, in one lane or in several. */
export class Slots {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  get isOneFree(): boolean {
    return this.#free > 0;
  }

  take(): void {
    this.#free--;
  }

  release(): void {
    this.#free++;
  }
}

/**
 * The time limit of deliveries that begin in one turn of the event loop: one timer for all, which runs from when the last of them
 * has begun, so that none has less. A system clock that is set does not matter to it.
 */
export class TimeLimit {
  readonly #open = new Set<Attempt>();
  readonly #clock: Clock;
  readonly #ms: number;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  began(attempt: Attempt): void {
    this.#open.add(attempt);
    if (this.#open.size === 1) queueMicrotask(() => this.#start());
  }

  #start(): void {
    if (this.#open.size === 0) return;
    this.#cancel ??= this.#clock.after(this.#ms, () => {
      for (const attempt of this.#open) attempt.finish(timedOut);
    });
  }

  ended(attempt: Attempt): void {
    this.#open.delete(attempt);
    if (this.#open.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** One delivery. */
export class Attempt {
  readonly entry: Entry;
  /** Set once; a late answer is ignored. */
  outcome: Outcome | undefined;
  readonly #limit: TimeLimit;
  readonly #done: (attempt: Attempt) => void;
  #isOver = false;

  constructor(entry: Entry, limit: TimeLimit, done: (attempt: Attempt) => void) {
    this.entry = entry;
    this.#limit = limit;
    this.#done = done;
    limit.began(this);
  }

  finish(outcome: Outcome): void {
    if (this.#isOver) return;
    this.abandon();
    this.outcome = outcome;
    this.#done(this);
  }

  /** Ignores the answer and the time limit from now on. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#limit.ended(this);
  }
}

/** `done` is called once, never before this returns. */
export function startAttempt(
  subscriber: Subscriber,
  entry: Entry,
  limit: TimeLimit,
  done: (attempt: Attempt) => void,
): Attempt {
  const attempt = new Attempt(entry, limit, done);
  const fail = () => attempt.finish(notAnswered);
  try {
    subscriber.deliver(entry.event).then((answer) => attempt.finish(outcomeOf(answer)), fail);
  } catch {
    queueMicrotask(fail);
  }
  return attempt;
}
