// The events that a trigger has yet to deliver: how far it has read, what must be delivered again, and how many there are.
// At most a page of the journal is in memory, however far behind the trigger is.

import type { Trigger } from "../broker.ts";
import { compileFilters, type Predicate, type TypeBound, typeBound } from "../filter.ts";
import type { Entry, LaneSupply, Position } from "../lane.ts";
import type { Journal } from "./journal.ts";
import type { Page } from "./journal-rows.ts";
import type { Recent } from "./recent.ts";

/** The log as a trigger reads it. */
export interface LogView {
  readonly journal: Journal;
  readonly recent: Recent;
  /** The number of the newest event on disk. */
  readonly tail: number;
}

const NO_PAGE: Page = { entries: [], through: 0 };

export class Supply implements LaneSupply {
  readonly bound: TypeBound | undefined;
  readonly #matches: Predicate;
  readonly #log: LogView;
  readonly #again: Entry[];
  /** The first that matched when it was opened, as its number and its time. */
  readonly #first: Pick<Entry, "seq" | "time"> | undefined;
  #upTo: number;
  #page = NO_PAGE;
  #pageAt = 0;
  #lag: number;
  /** Taken and not settled: under way, to be delivered again, or with an outcome that is not written yet. */
  #taken: number;

  /** @throws ConfigurationError for a wrong filter. */
  constructor(trigger: Trigger, log: LogView, position: Position) {
    this.#matches = compileFilters(trigger.filters, `the trigger ${trigger.name}: filters`);
    this.bound = typeBound(trigger.filters);
    this.#log = log;
    this.#upTo = position.upTo;
    this.#again = position.open.map((seq) => log.journal.readEntry(seq)).filter((entry) => entry !== undefined);
    this.#taken = this.#again.length;
    const { n, first } = log.journal.count(position.upTo, this.#matches, this.bound);
    this.#lag = this.#taken + n;
    this.#first = first && { seq: first.seq, time: first.time };
  }

  get lag(): number {
    return this.#lag;
  }

  /** Known of what is in memory: the journal is not read for it. */
  get untakenSince(): number | undefined {
    if (this.#lag === this.#taken) return undefined;
    if (this.#first !== undefined && this.#first.seq > this.#upTo) return this.#first.time;
    const paged = this.#page.entries[this.#pageAt];
    if (paged !== undefined) return paged.time;
    const { recent, tail } = this.#log;
    for (let seq = this.#upTo + 1; seq <= tail; seq++) {
      const entry = recent.get(seq);
      if (entry === undefined) return undefined;
      if (this.#matches(entry.event)) return entry.time;
    }
    return undefined;
  }

  get upTo(): number {
    return this.#upTo;
  }

  get again(): readonly Entry[] {
    return this.#again;
  }

  get behind(): boolean {
    return this.#upTo < this.#log.tail;
  }

  /** A new event is on disk. */
  notice(entry: Entry): boolean {
    const matches = this.#matches(entry.event);
    if (matches) this.#lag++;
    return matches;
  }

  settled(): void {
    this.#lag--;
    this.#taken--;
  }

  putBack(entries: readonly Entry[]): void {
    this.#again.unshift(...entries);
  }

  take(): Entry | undefined {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    // Nothing that is left in the log matches, so it need not be read.
    if (this.#lag === this.#taken) {
      this.#upTo = this.#log.tail;
      return undefined;
    }
    const entry = this.#pageAt < this.#page.entries.length ? this.#fromPage() : this.#fromLog();
    if (entry !== undefined) this.#taken++;
    return entry;
  }

  #fromPage(): Entry | undefined {
    const entry = this.#page.entries[this.#pageAt++];
    const atEnd = this.#pageAt >= this.#page.entries.length;
    this.#upTo = atEnd || entry === undefined ? this.#page.through : entry.seq;
    if (atEnd) {
      this.#page = NO_PAGE;
      this.#pageAt = 0;
    }
    return entry;
  }

  #fromLog(): Entry | undefined {
    const { recent, journal, tail } = this.#log;
    for (let entry = recent.get(this.#upTo + 1); entry !== undefined; entry = recent.get(this.#upTo + 1)) {
      this.#upTo = entry.seq;
      if (this.#matches(entry.event)) return entry;
    }
    if (this.#upTo >= tail) return undefined;
    this.#page = journal.readPage(this.#upTo, tail, this.#matches, this.bound);
    return this.#fromPage();
  }
}
