// One trigger's way from the log to its subscriber. Two kinds: ordered-lane.ts, unordered-lane.ts.

import type { Clock } from "../../lib/clock.ts";
import type { Subscriber, Trigger, TriggerStatus } from "./broker.ts";
import type { Entry, Position } from "./journal.ts";
import { type FinalOutcome, notAnswered, type Outcome, outcomeOf } from "./outcome.ts";
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
  /** Fails the attempts whose time is up; the answer is when the next one's is, in epoch milliseconds. */
  expire(now: number): number;
  /** Hands out no more. */
  stop(): void;
  /** No attempt is under way. */
  idle(): boolean;
  status(): TriggerStatus;
}

/** What a lane needs of the broker around it. */
export interface LaneHost {
  readonly clock: Clock;
  /** `entry` is done with: written with the next turn, then `settled` or `unsettled` is called. */
  settle(lane: Lane, entry: Entry, outcome: FinalOutcome): void;
  /** Lanes are pumped soon. */
  wake(): void;
  /** `expire` is called then, at the latest. */
  watch(deadline: number): void;
}

/** The pause before what the journal could not take is delivered again. */
export const JOURNAL_PAUSE_MS = 1000;

/** One delivery. `outcome` is set once: an answer that comes after its time is nobody's. */
export interface Attempt {
  readonly entry: Entry;
  readonly deadline: number;
  outcome: Outcome | undefined;
}

/** Delivers; `done` is called once, never before this returns. */
export function startAttempt(
  subscriber: Subscriber,
  entry: Entry,
  deadline: number,
  done: (attempt: Attempt) => void,
): Attempt {
  const attempt: Attempt = { entry, deadline, outcome: undefined };
  const finish = (outcome: Outcome) => {
    if (attempt.outcome !== undefined) return;
    attempt.outcome = outcome;
    done(attempt);
  };
  const fail = () => finish(notAnswered);
  try {
    subscriber.deliver(entry.event).then((answer) => finish(outcomeOf(answer)), fail);
  } catch {
    queueMicrotask(fail);
  }
  return attempt;
}
