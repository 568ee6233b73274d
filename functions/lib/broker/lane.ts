// One trigger's way from the log to its subscriber. Two kinds: ordered-lane.ts, unordered-lane.ts.

import type { Clock } from "../clock.ts";
import type { Event } from "../events/vocabulary.ts";
import type { Subscriber, Trigger, TriggerStatus } from "./broker.ts";
import { type FinalOutcome, notAnswered, type Outcome, outcomeOf, timedOut } from "./outcome.ts";

/** An event with its place in the log, or in the part of it that one lane serves. */
export interface Entry {
  readonly seq: number;
  /** How many events caused it in turn; a client's has 0. */
  readonly hops: number;
  readonly event: Event;
  readonly size: number;
}

/** Every event up to `upTo` that the trigger matches is settled, but for `open`. */
export interface Position {
  readonly upTo: number;
  /** Ascending. */
  readonly open: readonly number[];
}

/** What a lane has before it. */
export interface LaneSupply {
  /** Events in the log that match and are not settled. */
  readonly lag: number;
  /** All that matches up to here was taken. */
  readonly upTo: number;
  /** What was put back and not yet taken again, in order. */
  readonly again: readonly Entry[];
  /** There may be more to take, though `take` had nothing. */
  readonly behind: boolean;
  /** The next event. Undefined: none now; then `behind` tells whether to ask again soon. */
  take(): Entry | undefined;
  /** To be taken again, in this order, before all else. */
  putBack(entries: readonly Entry[]): void;
  /** What was taken is settled, and that is on disk. */
  settled(): void;
}

export interface Lane<S extends LaneSupply = LaneSupply> {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  readonly supply: S;
  /** What a restart goes on from. What is about to be written counts as settled. */
  position(): Position;
  /** Every event up to here is settled, matching or not. */
  floor(): number;
  /** Hands out what may be handed out. */
  pump(): void;
  /** It is on disk that `entry` is settled. */
  settled(entry: Entry, how: "handled" | "dead"): void;
  /** These could not be written as settled: they are delivered again after a pause. In order of settling. */
  unsettled(entries: readonly Entry[]): void;
  /** Hands out no more. */
  stop(): void;
  /** What is under way is nobody's from now on: nothing of it is settled, nobody is woken by it. */
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
  /** Nothing may be handed out now: what comes of it could not be written. Lanes are pumped when that is over. */
  suspended(): boolean;
  /** `entry` is done with: written with the next turn, then `settled` or `unsettled` is called. */
  settle(lane: L, entry: Entry, outcome: FinalOutcome): void;
  /** Lanes are pumped soon, and a stop looks whether it may go on. */
  wake(): void;
}

/** The pause before what the log could not take is delivered again. */
export const LOG_PAUSE_MS = 1000;

/** How many events may be held at once, by one lane or by several. */
export class Slots {
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  release(count: number): void {
    this.#free += count;
  }
}

export interface Attempt {
  readonly entry: Entry;
  /** Set once: an answer that comes after its time is nobody's. */
  outcome: Outcome | undefined;
  /** Neither its answer nor the end of its time counts any more. */
  abandon(): void;
}

/**
 * One delivery; `done` is called once, never before this returns. Its time is a timer's: the clock on the wall may be
 * set back or forth meanwhile.
 */
export function startAttempt(
  subscriber: Subscriber,
  entry: Entry,
  clock: Clock,
  timeoutMs: number,
  done: (attempt: Attempt) => void,
): Attempt {
  let over = false;
  const abandon = () => {
    over = true;
    cancel();
  };
  const attempt: Attempt = { entry, outcome: undefined, abandon };
  const finish = (outcome: Outcome) => {
    if (over) return;
    abandon();
    attempt.outcome = outcome;
    done(attempt);
  };
  const fail = () => finish(notAnswered);
  const cancel = clock.after(timeoutMs, () => finish(timedOut));
  try {
    subscriber.deliver(entry.event).then((answer) => finish(outcomeOf(answer)), fail);
  } catch {
    queueMicrotask(fail);
  }
  return attempt;
}
