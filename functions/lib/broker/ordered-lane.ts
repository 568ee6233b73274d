// Delivery in order with several in flight.
//
//   O1  Events are handed out in the order of the log, and settled in it: what is settled has no gap.
//   O2  After a retryable failure of event k no more are handed out. Once all in flight are answered, the outcomes of
//       those after k are dropped and delivery starts again from k. Handlers are idempotent.
//   O3  Only k's failure counts as an attempt: those after it may have failed because k did.

import { type DeliveryPlan, planDelivery } from "./backoff.ts";
import type { Subscriber, Trigger, TriggerStatus } from "./broker.ts";
import {
  type Attempt,
  type Entry,
  type Lane,
  type LaneHost,
  type LaneSupply,
  LOG_PAUSE_MS,
  type Position,
  startAttempt,
  TimeLimit,
} from "./lane.ts";
import { LaneRecord, startWait, type Wait } from "./lane-record.ts";

/**
 * Hard cap on events in flight, whatever the topology says, so that a step does not answer 429: a quarter of its queue bound
 * (256), because one process may have a lane for each of a topic's four partitions.
 */
const MAX_IN_FLIGHT = 64;

export class OrderedLane<S extends LaneSupply> implements Lane<S> {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  readonly supply: S;
  readonly #host: LaneHost;
  readonly #plan: DeliveryPlan;
  readonly #record: LaneRecord;
  readonly #mostInFlight: number;
  /** In order of the log. The first ones are kept after their answer only while something prevents settling them. */
  #flight: Attempt[] = [];
  /** Settled, but not on disk; they precede what is in flight. */
  #unsettled: Entry[] = [];
  #underWay = 0;
  #halted = false;
  #stopped = false;
  /** The event that failed last and how often in turn. */
  #failing = { seq: 0, failures: 0 };
  #wait: Wait | undefined;

  constructor(
    trigger: Trigger,
    subscriber: Subscriber,
    supply: S,
    host: LaneHost,
    record: LaneRecord = new LaneRecord(trigger),
  ) {
    this.trigger = trigger;
    this.subscriber = subscriber;
    this.supply = supply;
    this.#host = host;
    this.#plan = planDelivery(trigger.delivery, `the trigger ${trigger.name}: delivery`);
    this.#record = record;
    this.#mostInFlight = Math.min(trigger.concurrency, MAX_IN_FLIGHT);
  }

  position(): Position {
    return { upTo: this.floor(), open: [] };
  }

  floor(): number {
    const first = this.#open();
    return first === undefined ? this.supply.upTo : first.seq - 1;
  }

  /** The first event that was taken and is not settled. */
  #open(): Entry | undefined {
    return this.#unsettled[0] ?? this.#flight[0]?.entry ?? this.supply.again[0];
  }

  pump(): boolean {
    if (this.#halted || this.#stopped || this.#host.suspended()) return false;
    let timeLimit: TimeLimit | undefined;
    while (this.#flight.length < this.#mostInFlight) {
      const entry = this.supply.take();
      if (entry === undefined) {
        if (this.supply.behind) this.#host.wake();
        break;
      }
      this.#underWay++;
      timeLimit ??= new TimeLimit(this.#host.clock, this.#plan.timeoutMs);
      this.#flight.push(startAttempt(this.subscriber, entry, timeLimit, this.#answered));
    }
    return timeLimit !== undefined;
  }

  readonly #answered = ({ outcome }: Attempt): void => {
    this.#underWay--;
    if (outcome?.kind === "retry") this.#halted = true;
    this.#advance();
    this.#host.wake();
  };

  #advance(): void {
    while (this.#unsettled.length === 0) {
      const first = this.#flight[0];
      if (first?.outcome === undefined || first.outcome.kind === "retry") break;
      this.#flight.shift();
      this.#host.settle(this, first.entry, first.outcome);
    }
    if (this.#halted && this.#underWay === 0) this.#restart();
  }

  #restart(): void {
    const first = this.#flight.shift();
    const lost = this.#unsettled;
    const rest = this.#flight.map(({ entry }) => entry);
    this.#flight = [];
    this.#unsettled = [];
    if (first === undefined || first.outcome?.kind !== "retry" || lost.length > 0) {
      this.supply.putBack([...lost, ...(first === undefined ? [] : [first.entry]), ...rest]);
      this.#resumeAfter(LOG_PAUSE_MS, this.#host.logAway);
      return;
    }
    const { entry, outcome } = first;
    const failures = (this.#failing.seq === entry.seq ? this.#failing.failures : 0) + 1;
    this.#failing = { seq: entry.seq, failures };
    if (failures > this.#plan.retry) {
      this.supply.putBack(rest);
      this.#halted = false;
      this.#host.settle(this, entry, { kind: "dead", failure: outcome.failure });
    } else {
      this.supply.putBack([entry, ...rest]);
      this.#resumeAfter(this.#plan.waitMs(failures), outcome.failure.reason, () => this.#record.retried());
    }
  }

  #resumeAfter(ms: number, reason: string, resumed = () => {}): void {
    this.#wait?.cancel();
    this.#wait = undefined;
    if (this.#stopped) return;
    this.#wait = startWait(this.#host.clock, ms, reason, () => {
      this.#wait = undefined;
      this.#halted = false;
      resumed();
      this.#host.wake();
    });
  }

  settled(_entry: Entry, how: "handled" | "dead"): void {
    this.supply.settled();
    this.#record.settled(how);
  }

  unsettled(entries: readonly Entry[]): void {
    this.#unsettled.push(...entries);
    this.#halted = true;
    this.#advance();
  }

  stop(): void {
    this.#stopped = true;
    this.#wait?.cancel();
    this.#wait = undefined;
  }

  abandon(): void {
    for (const attempt of this.#flight) attempt.abandon();
  }

  idle(): boolean {
    return this.#underWay === 0;
  }

  status(): TriggerStatus {
    const since = this.#open()?.time ?? this.supply.untakenSince;
    const ageMs = since === undefined ? undefined : this.#host.clock.now() - since;
    return this.#record.status(this.supply.lag, ageMs, this.#underWay, this.#wait);
  }
}
