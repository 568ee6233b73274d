// All writes to the journal. What is published and settled within one turn of the event loop, with the replies, is written
// in one transaction at its end.
//
//   L1  A reply and the settling of its cause are one operation, so they are on disk together or not at all.
//   L2  Operations are written in the order in which they were entered: replies in the order of their causes.
//   L3  Publishers and lanes are told after it is on disk.

import type { Clock } from "../../clock.ts";
import type { UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { Row } from "../event-row.ts";
import type { Lane as AnyLane, Entry } from "../lane.ts";
import type { Journal } from "./journal.ts";
import type { Letter } from "./journal-statements.ts";
import { Recent } from "./recent.ts";
import type { LogView, Supply } from "./supply.ts";
import type { Trimmer } from "./trim.ts";

export type Lane = AnyLane<Supply>;

/** An event to be appended to the log. */
export interface Append {
  readonly event: Event;
  readonly row: Row;
  readonly hops: number;
}

/** Is written as a whole, or not at all. */
export interface Operation {
  /** The number of a dead letter to remove. If it is not there, nothing of the operation is written. */
  readonly takes?: number | undefined;
  readonly append?: Append | undefined;
  readonly letter?: Letter | undefined;
  readonly settles?: { readonly lane: Lane; readonly entry: Entry; readonly how: "handled" | "dead" } | undefined;
  written?(): void;
  /** The dead letter was not there. */
  missed?(): void;
  failed?(error: UnavailableError): void;
}

export interface LedgerEvents {
  /** In the order of the log, after all of the turn are on disk. */
  appended(entry: Entry): void;
  /** What was queued is on disk. */
  written(): void;
  /** What was queued could not be written. */
  failed(error: UnavailableError): void;
  /** So many dead letters were removed before their time, because they took too much room. */
  dropped(deadLetters: number): void;
  /** The turn's writing is over. */
  turned(): void;
}

/** A lane that settled nothing for so many events saves its position all the same, so that a restart reads less. */
const SAVE_EVERY = 5000;

export class Ledger implements LogView {
  readonly journal: Journal;
  readonly recent: Recent;
  readonly #clock: Clock;
  readonly #trimmer: Trimmer;
  readonly #events: LedgerEvents;
  readonly #lanes: Lane[] = [];
  readonly #saved = new Map<Lane, number>();
  #queue: Operation[] = [];
  #tail: number;
  #turn: NodeJS.Immediate | undefined;

  constructor(journal: Journal, clock: Clock, trimmer: Trimmer, events: LedgerEvents) {
    this.journal = journal;
    this.#clock = clock;
    this.#trimmer = trimmer;
    this.#events = events;
    this.#tail = journal.tail();
    this.recent = new Recent(this.#tail);
  }

  get tail(): number {
    return this.#tail;
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  add(lane: Lane): void {
    this.#lanes.push(lane);
    this.#saved.set(lane, lane.position().upTo);
  }

  enter(operation: Operation): void {
    this.#queue.push(operation);
    this.wake();
  }

  wake(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.flush();
      this.#events.turned();
    });
  }

  /** Writes what is queued. Never throws. */
  flush(): void {
    const operations = this.#queue;
    const now = this.#clock.now();
    const trim = this.#trimmer.due;
    if (operations.length === 0 && !trim) return;
    this.#queue = [];
    let dropped = 0;
    const appended: Entry[] = [];
    const dirty = new Set<Lane>();
    const missed = new Set<Operation>();
    try {
      this.journal.write((writer) => {
        for (const operation of operations) {
          const { takes, append, letter, settles } = operation;
          if (takes !== undefined && !writer.removeDeadLetter(takes)) {
            missed.add(operation);
            continue;
          }
          if (append !== undefined) {
            const { event, row, hops } = append;
            const seq = this.#tail + appended.length + 1;
            writer.append(seq, now, hops, event.type, row);
            appended.push({ seq, hops, event, size: row.size, time: now });
          }
          if (letter !== undefined) writer.deadLetter(now, letter);
          if (settles !== undefined) dirty.add(settles.lane);
        }
        for (const lane of this.#lanes) {
          if (lane.supply.upTo - (this.#saved.get(lane) ?? 0) > SAVE_EVERY) dirty.add(lane);
        }
        for (const lane of dirty) writer.position(lane.trigger.name, lane.position());
        if (trim) dropped = this.#trimmer.run(writer, now, this.#floor());
      });
    } catch (error) {
      this.#undo(operations, error as UnavailableError);
      return;
    }
    if (operations.length > missed.size) this.#events.written();
    for (const operation of missed) operation.missed?.();
    this.#done(
      operations.filter((operation) => !missed.has(operation)),
      appended,
      dirty,
    );
    if (dropped > 0) this.#events.dropped(dropped);
  }

  /** Every lane has settled all events up to here. */
  #floor(): number {
    return Math.min(this.#tail, ...this.#lanes.map((lane) => lane.floor()));
  }

  /** Saves the position of every lane. @throws UnavailableError. */
  savePositions(): void {
    this.journal.write((writer) => {
      for (const lane of this.#lanes) writer.position(lane.trigger.name, lane.position());
    });
  }

  close(): void {
    clearImmediate(this.#turn);
    this.journal.close();
  }

  #done(operations: readonly Operation[], appended: readonly Entry[], dirty: ReadonlySet<Lane>): void {
    this.#tail += appended.length;
    this.#trimmer.appended(appended.length + operations.filter(({ letter }) => letter !== undefined).length);
    for (const lane of dirty) this.#saved.set(lane, lane.supply.upTo);
    for (const entry of appended) {
      this.recent.push(entry);
      this.#events.appended(entry);
    }
    for (const operation of operations) {
      const { settles } = operation;
      settles?.lane.settled(settles.entry, settles.how);
      operation.written?.();
    }
  }

  #undo(operations: readonly Operation[], error: UnavailableError): void {
    const unsettled = new Map<Lane, Entry[]>();
    for (const { settles } of operations) {
      if (settles === undefined) continue;
      const entries = unsettled.get(settles.lane);
      if (entries === undefined) unsettled.set(settles.lane, [settles.entry]);
      else entries.push(settles.entry);
    }
    for (const [lane, entries] of unsettled) lane.unsettled(entries);
    for (const operation of operations) operation.failed?.(error);
    this.#events.failed(error);
  }
}
