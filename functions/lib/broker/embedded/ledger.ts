// All writes to the journal. What is published and settled within one turn of the event loop, with the replies, is written
// in one transaction at its end.
//
//   L1  A reply and the settling of its cause are one operation, so they are on disk together or not at all.
//   L2  Operations are written in the order in which they were entered: replies in the order of their causes.
//   L3  Publishers and lanes are told after it is on disk. The disk is at work beside the event loop; what is entered meanwhile is the
//       next turn.
//   L4  Where the disk fails, that turn is tried again before anything else is written. Its publishers hear at once that it failed,
//       since they may have gone by then.

import type { Clock } from "../../clock.ts";
import type { UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import type { Row } from "../event-row.ts";
import type { Lane as AnyLane, Entry } from "../lane.ts";
import type { Journal } from "./journal.ts";
import type { Letter, Writer } from "./journal-statements.ts";
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

/** What is written in one transaction. */
interface Turn {
  readonly operations: readonly Operation[];
  readonly appended: Entry[];
  /** Up to where the positions that were saved have read. */
  readonly saved: Map<Lane, number>;
  /** Those whose dead letter was not there. */
  readonly missed: Set<Operation>;
  dropped: number;
}

/** A lane that settled nothing for so many events saves its position all the same, so that a restart reads less. */
const SAVE_EVERY = 5000;

/** Operations that wait while the disk is at work. */
const MOST_WAITING = 256;

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
  /** The number of the newest event that was written, on disk or not. */
  #written: number;
  #due: NodeJS.Immediate | undefined;
  #isSyncing = false;
  /** It was written, and the disk failed. */
  #unsure: Turn | undefined;
  #onSynced = () => {};

  constructor(journal: Journal, clock: Clock, trimmer: Trimmer, events: LedgerEvents) {
    this.journal = journal;
    this.#clock = clock;
    this.#trimmer = trimmer;
    this.#events = events;
    this.#tail = journal.tail();
    this.#written = this.#tail;
    this.recent = new Recent(this.#tail);
  }

  get tail(): number {
    return this.#tail;
  }

  get empty(): boolean {
    return this.#queue.length === 0 && !this.#isSyncing && this.#unsure === undefined;
  }

  /** So much waits for the disk that nothing more may be delivered before it has answered. */
  get isFull(): boolean {
    return this.#queue.length >= MOST_WAITING;
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
    this.#due ??= setImmediate(() => {
      this.#due = undefined;
      this.flush();
      this.#events.turned();
    });
  }

  /** Writes what is queued, unless the disk is still at work. Never throws. */
  flush(): void {
    if (this.#isSyncing || !this.#trySecuring()) return;
    const isTrimmed = this.#trimmer.due;
    if (this.#queue.length === 0 && !isTrimmed) return;
    const turn: Turn = { operations: this.#queue, appended: [], saved: new Map(), missed: new Set(), dropped: 0 };
    this.#queue = [];
    try {
      this.#isSyncing = this.journal.writeAside(
        (writer) => this.#write(writer, turn, isTrimmed),
        (error) => this.#synced(turn, error),
      );
    } catch (error) {
      this.#undo(turn.operations, error as UnavailableError);
      return;
    }
    this.#written += turn.appended.length;
    if (this.#isSyncing) return;
    this.#tellWritten(turn);
    this.#done(turn);
  }

  #write(writer: Writer, turn: Turn, isTrimmed: boolean): void {
    const now = this.#clock.now();
    const { appended, missed } = turn;
    const dirty = new Set<Lane>();
    for (const operation of turn.operations) {
      const { takes, append, letter, settles } = operation;
      if (takes !== undefined && !writer.removeDeadLetter(takes)) {
        missed.add(operation);
        continue;
      }
      if (append !== undefined) {
        const { event, row, hops } = append;
        const seq = this.#written + appended.length + 1;
        writer.append(seq, now, hops, event.type, row);
        appended.push({ seq, hops, event, size: row.size, time: now });
      }
      if (letter !== undefined) writer.deadLetter(now, letter);
      if (settles !== undefined) dirty.add(settles.lane);
    }
    for (const lane of this.#lanes) {
      if (lane.supply.upTo - (this.#saved.get(lane) ?? 0) > SAVE_EVERY) dirty.add(lane);
    }
    for (const lane of dirty) {
      writer.position(lane.trigger.name, lane.position());
      turn.saved.set(lane, lane.supply.upTo);
    }
    if (isTrimmed) turn.dropped = this.#trimmer.run(writer, now, this.#floor());
  }

  /** The disk has answered. What waits is written first, so that the disk is at work while this turn's are told. */
  #synced(turn: Turn, error: UnavailableError | undefined): void {
    this.#isSyncing = false;
    if (error !== undefined) {
      this.#unsure = turn;
      this.#trySecuring();
    } else {
      this.#tellWritten(turn);
      this.flush();
      this.#done(turn);
    }
    if (this.#queue.length > 0) this.wake();
    this.#events.turned();
    this.#onSynced();
  }

  /** Tries again what the disk failed to take (L4). @returns false where it fails again. */
  #trySecuring(): boolean {
    const turn = this.#unsure;
    if (turn === undefined) return true;
    try {
      this.journal.secure();
    } catch (error) {
      for (const { failed } of turn.operations) failed?.(error as UnavailableError);
      this.#undo(this.#queue.splice(0), error as UnavailableError);
      return false;
    }
    this.#unsure = undefined;
    this.#tellWritten(turn);
    this.#done(turn);
    return true;
  }

  /** Writes what is queued, and waits until the disk has answered. */
  async finish(): Promise<void> {
    this.flush();
    while (this.#isSyncing) {
      await new Promise<void>((resolve) => {
        this.#onSynced = resolve;
      });
      this.flush();
    }
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
    clearImmediate(this.#due);
    this.journal.close();
  }

  /** What was not there to be removed was not written. */
  #tellWritten({ operations, missed }: Turn): void {
    if (operations.length > missed.size) this.#events.written();
  }

  #done({ operations, appended, saved, missed, dropped }: Turn): void {
    for (const [lane, upTo] of saved) this.#saved.set(lane, upTo);
    this.#tail += appended.length;
    this.#trimmer.appended(appended.length + operations.filter(({ letter }) => letter !== undefined).length);
    for (const entry of appended) {
      this.recent.push(entry);
      this.#events.appended(entry);
    }
    for (const operation of operations) {
      if (missed.has(operation)) {
        operation.missed?.();
        continue;
      }
      const { settles } = operation;
      settles?.lane.settled(settles.entry, settles.how);
      operation.written?.();
    }
    if (dropped > 0) this.#events.dropped(dropped);
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
