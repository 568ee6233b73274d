// What the outcome of a delivery writes to the journal: the reply or the dead letter, and that the event is settled.

import type { Event } from "../../events/vocabulary.ts";
import { deadLetterOf } from "../dead-letter.ts";
import { rowOf, rowWithin } from "../event-row.ts";
import type { Entry } from "../lane.ts";
import type { BrokerObservers } from "../observers.ts";
import type { Failure, FinalOutcome } from "../outcome.ts";
import { settlementOf } from "../settlement.ts";
import type { Lane, Operation } from "./ledger.ts";

export interface SettlingOptions {
  readonly maxHops: number;
  readonly maxEventBytes: number;
  readonly observers: BrokerObservers;
}

export class Settling {
  readonly #maxHops: number;
  readonly #rowOf: (event: Event) => ReturnType<typeof rowOf>;
  readonly #observers: BrokerObservers;

  constructor({ maxHops, maxEventBytes, observers }: SettlingOptions) {
    this.#maxHops = maxHops;
    this.#rowOf = (event) => rowWithin(event, maxEventBytes);
    this.#observers = observers;
  }

  operationOf(lane: Lane, entry: Entry, outcome: FinalOutcome): Operation {
    const settlement = settlementOf(entry, outcome, this.#maxHops, this.#rowOf);
    if (settlement.how === "dead") return this.#deadLetter(lane, entry, settlement.event, settlement.failure);
    return { append: settlement.reply, settles: { lane, entry, how: "handled" } };
  }

  #deadLetter(lane: Lane, entry: Entry, event: Event, failure: Failure): Operation {
    const { reason } = failure;
    const { name: trigger } = lane.trigger;
    const letter = deadLetterOf(event, lane.subscriber.destination, failure);
    const row = rowOf(letter);
    return {
      letter: { trigger, reason, subject: String(event.subject ?? event.id), row },
      settles: { lane, entry, how: "dead" },
      written: () => this.#observers.onDeadLetter(trigger, letter, reason, row.size),
    };
  }
}
