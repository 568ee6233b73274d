// Delivery in no order: each event is retried by itself, and takes one of the `concurrency` slots while it waits.

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
  Slots,
  startAttempt,
  TimeLimit,
} from "./lane.ts";
import { LaneRecord, startWait, type Wait } from "./lane-record.ts";
import type { FinalOutcome } from "./outcome.ts";

/** An event that was handed out and is not settled: an attempt under way, or a wait for the next one. */
interface Open {
  readonly entry: Entry;
  failures: number;
  attempt: Attempt | undefined;
  wait: Wait | undefined;
}

export class UnorderedLane<S extends LaneSupply> implements Lane<S> {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  readonly supply: S;
  readonly #host: LaneHost;
  readonly #plan: DeliveryPlan;
  readonly #record: LaneRecord;
  /** One for each of `#open`; lanes of one trigger may share them. */
  readonly #slots: Slots;
  readonly #open = new Map<number, Open>();
  #underWay = 0;
  #stopped = false;
  #pause: Wait | undefined;

  constructor(
    trigger: Trigger,
    subscriber: Subscriber,
    supply: S,
    host: LaneHost,
    record: LaneRecord = new LaneRecord(trigger),
    slots: Slots = new Slots(trigger.concurrency),
  ) {
    this.trigger = trigger;
    this.subscriber = subscriber;
    this.supply = supply;
    this.#host = host;
    this.#plan = planDelivery(trigger.delivery, `the trigger ${trigger.name}: delivery`);
    this.#record = record;
    this.#slots = slots;
  }

  position(): Position {
    const open = [...this.#open.keys(), ...this.supply.again.map(({ seq }) => seq)];
    return { upTo: this.supply.upTo, open: open.sort((a, b) => a - b) };
  }

  floor(): number {
    const { upTo, open } = this.position();
    return open[0] === undefined ? upTo : open[0] - 1;
  }

  pump(): boolean {
    if (this.#pause !== undefined || this.#stopped || this.#host.suspended()) return false;
    let timeLimit: TimeLimit | undefined;
    while (this.#slots.isOneFree) {
      const entry = this.supply.take();
      if (entry === undefined) {
        if (this.supply.behind) this.#host.wake();
        break;
      }
      this.#slots.take();
      const open: Open = { entry, failures: 0, attempt: undefined, wait: undefined };
      this.#open.set(entry.seq, open);
      timeLimit ??= this.#newTimeLimit();
      this.#deliver(open, timeLimit);
    }
    return timeLimit !== undefined;
  }

  #newTimeLimit(): TimeLimit {
    return new TimeLimit(this.#host.clock, this.#plan.timeoutMs);
  }

  #deliver(open: Open, timeLimit: TimeLimit): void {
    this.#underWay++;
    open.attempt = startAttempt(this.subscriber, open.entry, timeLimit, this.#answered);
  }

  readonly #answered = ({ entry, outcome }: Attempt): void => {
    const open = this.#open.get(entry.seq);
    if (open === undefined || outcome === undefined) return;
    this.#underWay--;
    open.attempt = undefined;
    if (outcome.kind !== "retry") this.#settle(entry, outcome);
    else if (++open.failures > this.#plan.retry) this.#settle(entry, { kind: "dead", failure: outcome.failure });
    else this.#retryAfter(open, this.#plan.waitMs(open.failures), outcome.failure.reason);
    this.#host.wake();
  };

  #settle(entry: Entry, outcome: FinalOutcome): void {
    this.#open.delete(entry.seq);
    this.#slots.release();
    this.#host.settle(this, entry, outcome);
  }

  #retryAfter(open: Open, ms: number, reason: string): void {
    if (this.#stopped) return;
    open.wait = startWait(this.#host.clock, ms, reason, () => {
      open.wait = undefined;
      if (this.#host.suspended()) {
        this.#retryAfter(open, LOG_PAUSE_MS, reason);
        return;
      }
      this.#record.retried();
      this.#deliver(open, this.#newTimeLimit());
    });
  }

  settled(_entry: Entry, how: "handled" | "dead"): void {
    this.supply.settled();
    this.#record.settled(how);
  }

  unsettled(entries: readonly Entry[]): void {
    this.supply.putBack(entries);
    this.#pause?.cancel();
    this.#pause = undefined;
    if (this.#stopped) return;
    this.#pause = startWait(this.#host.clock, LOG_PAUSE_MS, this.#host.logAway, () => {
      this.#pause = undefined;
      this.#host.wake();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#pause?.cancel();
    this.#pause = undefined;
    for (const open of this.#open.values()) {
      open.wait?.cancel();
      open.wait = undefined;
    }
  }

  abandon(): void {
    for (const { attempt } of this.#open.values()) attempt?.abandon();
  }

  idle(): boolean {
    return this.#underWay === 0;
  }

  status(): TriggerStatus {
    const waits = [this.#pause, ...[...this.#open.values()].map(({ wait }) => wait)];
    const taken = [...[...this.#open.values()].map(({ entry }) => entry), ...this.supply.again];
    const since = taken.length > 0 ? Math.min(...taken.map(({ time }) => time)) : this.supply.untakenSince;
    const ageMs = since === undefined ? undefined : this.#host.clock.now() - since;
    return this.#record.status(this.supply.lag, ageMs, this.#underWay, waits.reduce(sooner, undefined));
  }
}

function sooner(one: Wait | undefined, other: Wait | undefined): Wait | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.until < one.until ? other : one;
}
