// The log of the embedded broker: events in order of arrival, the position of each trigger, and the dead letters.
//
//   J1  A position `{ upTo, open }` says: every event up to `upTo` that the trigger matches is settled, but for `open`.
//   J2  Sequence numbers have no gaps and are never used again: only the oldest are trimmed, and the newest never is.
//   J3  Nothing is written outside `write`, and one `write` is one transaction.
//   J4  Nothing is written to a file that was seen to have been taken away.
//   J5  The log is synced beside the event loop. What is not known to be on disk yet is behind the log's end: nobody who follows it
//       may keep an event whose number another could get after a loss of power.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { cureOf, damagedError } from "../../database.ts";
import { asError, UnavailableError } from "../../errors.ts";
import type { Event } from "../../events/vocabulary.ts";
import { openLog, type SyncLog, type WriteAheadLog } from "../../write-ahead-log.ts";
import type { DeadLetter, DeadLetterQuery } from "../broker.ts";
import { eventOf } from "../event-row.ts";
import type { Predicate, TypeBound } from "../filter.ts";
import type { Entry, Position } from "../lane.ts";
import { letterQuery } from "../letter-table.ts";
import { openJournalFile } from "./journal-file.ts";
import { JournalPresence } from "./journal-presence.ts";
import { type EventRow, entryOf, letterOf, type Page, pageOf, typeList } from "./journal-rows.ts";
import {
  createWriter,
  type LetterTotals,
  prepareStatements,
  type Statements,
  type Writer,
} from "./journal-statements.ts";

export interface Counted {
  readonly n: number;
  readonly first: Entry | undefined;
}

/** How long one read may take. */
const SCAN_ROWS = 4096;

export class Journal {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #sql: Statements;
  readonly #writer: Writer;
  readonly #presence: JournalPresence;
  readonly #letters: LetterTotals;
  readonly #queries = new Map<string, StatementSync>();
  /** Undefined in memory. */
  readonly #wal: WriteAheadLog | undefined;
  /** What is known to be on disk, while that is not all that was written. */
  #synced: { readonly tail: number; readonly letters: Readonly<LetterTotals> } | undefined;

  /**
   * `db` must hold the schema of journal-file.ts.
   * @param sync default: fdatasync.
   */
  constructor(db: DatabaseSync, path: string, sync?: SyncLog) {
    this.path = path;
    this.#db = db;
    this.#wal = openLog(db, {}, sync);
    this.#sql = prepareStatements(db);
    this.#presence = new JournalPresence(path);
    this.#letters = this.#sql.totalsDead.get() as unknown as LetterTotals;
    this.#writer = createWriter(this.#sql, this.#letters);
  }

  /** The dead letters that were written, of all triggers. */
  get letters(): Readonly<LetterTotals> {
    return this.#letters;
  }

  /** Those that are on disk. */
  get lettersOnDisk(): Readonly<LetterTotals> {
    return this.#synced?.letters ?? this.#letters;
  }

  /** Set while the file is not where it was opened, as the last `look` found it. */
  get away(): UnavailableError | undefined {
    return this.#presence.away;
  }

  /** Asks the file system; what it finds is `away` from now on. */
  look(): UnavailableError | undefined {
    return this.#presence.look();
  }

  /** The number of the newest event that is on disk; 0 where there is none. */
  tail(): number {
    return this.#synced?.tail ?? (this.#sql.tail.get() as { seq: number }).seq;
  }

  /** The number of the oldest event that is kept; 1 where there was none yet. */
  head(): number {
    return (this.#sql.first.get() as { seq: number }).seq || this.tail() + 1;
  }

  /** The number of the first event that was taken in at `time` or later. */
  firstSince(time: number): number | undefined {
    return (this.#sql.firstYoung.get(this.tail(), time) as { seq: number } | undefined)?.seq;
  }

  /** On disk when it returns. @throws UnavailableError `journal-unavailable`, with nothing written. */
  write(run: (writer: Writer) => void): void {
    this.#transact(run, false);
  }

  /**
   * As `write`, but the disk is at work beside the event loop, and `done` is called once it has answered, with an error where that is
   * not known (`secure`). Nothing may be written meanwhile. False: it is on disk, and `done` is not called.
   */
  writeAside(run: (writer: Writer) => void, done: (error?: UnavailableError) => void): boolean {
    this.#transact(run, true);
    this.#wal?.sync((error) => {
      if (error === null) this.#synced = undefined;
      done(error === null ? undefined : this.#unavailable(error));
    });
    return this.#wal !== undefined;
  }

  /** Brings to disk what was written when the disk failed. @throws UnavailableError `journal-unavailable`. */
  secure(): void {
    try {
      this.#wal?.secure();
      this.#synced = undefined;
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #transact(run: (writer: Writer) => void, isAside: boolean): void {
    if (this.away !== undefined) throw this.away;
    this.secure();
    const letters = { ...this.#letters };
    const synced = isAside && this.#wal !== undefined ? { tail: this.tail(), letters } : undefined;
    try {
      this.#wal?.begin(isAside);
      this.#sql.begin.run();
      run(this.#writer);
      this.#sql.commit.run();
      this.#synced = synced;
    } catch (error) {
      this.#rollback();
      Object.assign(this.#letters, letters);
      throw this.#unavailable(error);
    }
  }

  #unavailable(cause: unknown): UnavailableError {
    const message = `the journal ${this.path} cannot be written: ${asError(cause).message}; ${cureOf(cause)}`;
    return new UnavailableError("journal-unavailable", message, { cause });
  }

  #rollback(): void {
    try {
      // A full disk may have ended the transaction already.
      if (this.#db.isTransaction) this.#sql.rollback.run();
    } catch {
      // What failed the transaction is what is reported; the next BEGIN tells whether SQLite is well again.
    }
  }

  /** Undefined for a trigger that was never seen. */
  readPosition(trigger: string): Position | undefined {
    const row = this.#sql.position.get(trigger) as { upTo: number; open: string } | undefined;
    return row && { upTo: row.upTo, open: JSON.parse(row.open) as number[] };
  }

  readEntry(seq: number): Entry | undefined {
    const row = this.#sql.entry.get(seq);
    return row && entryOf(row as unknown as EventRow);
  }

  /** The next entries that match, after `after` and no further than `tail`; bounded in rows, bytes and time. */
  readPage(after: number, tail: number, matches: Predicate, bound: TypeBound | undefined): Page {
    const end = Math.min(tail, after + SCAN_ROWS);
    const types = typeList(bound);
    // The data is parsed only of what matches: filters see attributes alone (F3 in filter.ts).
    const isWanted = ({ attributes }: EventRow) => matches(eventOf(attributes, null));
    return pageOf(this.#sql.scan.iterate(after, end, types, types), end, bound?.decides ? undefined : isWanted);
  }

  /** The next entries of all types but these, as `readPage`. */
  readPageWithout(types: readonly string[], after: number, tail: number): Page {
    const end = Math.min(tail, after + SCAN_ROWS);
    return pageOf(this.#sql.scanWithout.iterate(after, end, JSON.stringify(types)), end);
  }

  /**
   * The newest event of a type for each of its subjects, among the last `rows` of the log.
   * @throws UnavailableError `journal-unavailable`.
   */
  newest(type: string, rows: number): readonly Event[] {
    return this.#read(() =>
      this.#sql.newest.all(this.tail() - rows, type).map(({ seq }) => (this.readEntry(Number(seq)) as Entry).event),
    );
  }

  /** How many events after `after` match, and the first of them. Reads them all: for the start only. */
  count(after: number, matches: Predicate, bound: TypeBound | undefined): Counted {
    const types = typeList(bound);
    if (bound?.decides === true) {
      const { n, seq } = this.#sql.count.get(after, types, types) as { n: number; seq: number | null };
      return { n, first: seq === null ? undefined : this.readEntry(seq) };
    }
    let n = 0;
    let first: number | undefined;
    for (const row of this.#sql.attributes.iterate(after, types, types)) {
      const { seq, attributes } = row as { seq: number; attributes: string };
      if (!matches(eventOf(attributes, null))) continue;
      n++;
      first ??= seq;
    }
    return { n, first: first === undefined ? undefined : this.readEntry(first) };
  }

  /** @throws UnavailableError `journal-unavailable`. */
  deadLetters(query: DeadLetterQuery): readonly DeadLetter[] {
    const { sql, values } = letterQuery(query);
    return this.#read(() => {
      const statement = this.#queries.get(sql) ?? this.#db.prepare(sql);
      this.#queries.set(sql, statement);
      return statement.all(...values).map(letterOf);
    });
  }

  /** @throws UnavailableError `journal-unavailable`. */
  deadLetter(number: number): DeadLetter | undefined {
    return this.#read(() => {
      const row = this.#sql.deadLetter.get(number);
      return row && letterOf(row);
    });
  }

  #read<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      const message = `the journal ${this.path} cannot be read: ${asError(error).message}; ${cureOf(error)}`;
      throw new UnavailableError("journal-unavailable", message, { cause: error });
    }
  }

  /** Of the file, without what trimming has freed in it. */
  bytesInUse(): number {
    const { pages, free, size } = this.#sql.pages.get() as { pages: number; free: number; size: number };
    return (pages - free) * size;
  }

  close(): void {
    this.#wal?.close();
    this.#db.close();
  }
}

/** @throws ConfigurationError for a file that is not ours, newer than we are, damaged, in use or out of reach. */
export function openJournal(path: string, sync?: SyncLog): Journal {
  const db = openJournalFile(path);
  try {
    return new Journal(db, path, sync);
  } catch (error) {
    db.close();
    throw damagedError("journal", path, error);
  }
}
