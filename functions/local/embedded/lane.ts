// One trigger's way from the log to its subscriber. Two kinds: ordered-lane.ts, unordered-lane.ts.

import type { Subscriber, Trigger, TriggerStatus } from "../../lib/broker/broker.ts";
import { type FinalOutcome, notAnswered, type Outcome, outcomeOf, timedOut } from "../../lib/broker/outcome.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Entry, Position } from "./journal.ts";
import type { Supply } from "./supply.ts";

export interface Lane {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  readonly supply: Supply;
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
  /** What is under way is nobody's from now on. */
  abandon(): void;
  /** No attempt is under way. */
  idle(): boolean;
  status(): TriggerStatus;
}

/** What a lane needs of the broker around it. */
export interface LaneHost {
  readonly clock: Clock;
  /** Nothing may be handed out now: what comes of it could not be written. Lanes are pumped when that is over. */
  suspended(): boolean;
  /** `entry` is done with: written with the next turn, then `settled` or `unsettled` is called. */
  settle(lane: Lane, entry: Entry, outcome: FinalOutcome): void;
  /** Lanes are pumped soon, and a stop looks whether it may go on. */
  wake(): void;
}

/** The pause before what the journal could not take is delivered again. */
export const JOURNAL_PAUSE_MS = 1000;

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
