// Follows a log and keeps every event of it that came from outside in the table, each once.
//
//   A1  A commit names files that are on disk, and how far in the log they go: both or neither are there. Killed before it, the
//       files belong to nothing and the events are read again; killed after it, they are not.
//   A2  Any number of archivers may be on one log and one table: they contend, and each event lands once (D2 in delta/table.ts).
//   A3  The log keeps what the table lacks, as far as it can.
//   A4  Nothing that is wrong with the archive keeps an event from being accepted.

import { distance, type FollowedLog, type LogPlace, type LogPosition } from "../lib/broker/event-log.ts";
import type { Clock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Log } from "../lib/telemetry/log.ts";
import { Backlog } from "./backlog.ts";
import { Batch } from "./batch.ts";
import { ACCEPTED, findCursor, moveTo } from "./cursor.ts";
import { type Add, nameOf } from "./delta/actions.ts";
import { type DeltaTable, type TxnMove, TxnMovedError } from "./delta/table.ts";
import { ArchiveHealth } from "./health.ts";
import { openArchiveTable, type TableChoice } from "./known-table.ts";
import { rowOf } from "./rows.ts";

export interface Limits {
  /** A commit is made at the first of these. */
  readonly rows: number;
  readonly bytes: number;
  /** Since the first of its events was read. */
  readonly ageMs: number;
  /** Between two looks at the log. */
  readonly lookMs: number;
}

const DEFAULT_LIMITS: Limits = { rows: 20_000, bytes: 32 * 2 ** 20, ageMs: 30_000, lookMs: 1000 };

export interface ArchiverOptions extends TableChoice {
  readonly log: FollowedLog;
  /** Names the log among all logs that share the table; asked for when the table is opened. */
  readonly logName: () => Promise<string>;
  /** Null where the event is of no pipeline that is known. */
  readonly pipelineOf: (event: Event) => string | null;
  readonly clock: Clock;
  readonly programLog: Log;
  readonly limits?: Partial<Limits>;
}

export interface ArchiverFigures {
  /** Events in the log that are not in the table; of those that are about to be read, those that steps derived count, too. */
  readonly lag: number;
  /** For how long the oldest of them has been in the log, at least. */
  readonly lagSeconds: number;
  /** Rows that were committed here since the start. */
  readonly rows: number;
  /** How often another archiver was first. */
  readonly conflicts: number;
  /** Places in the log of which events were gone before they could be read. */
  readonly missed: number;
  /** Why nothing can be archived, and the cure. */
  readonly failing?: string;
}

/** Looks that are left out after the first failure, the second, and each further one. */
const RETRY_LOOKS = [1, 5, 30];
const GRACE_MS = 10_000;

export class Archiver {
  readonly #options: ArchiverOptions;
  readonly #limits: Limits;
  readonly #health: ArchiveHealth;
  readonly #done: Promise<void>;
  #table: DeltaTable | undefined;
  #batch = new Batch();
  /** When its first row was read. */
  #batchSince = 0;
  /** Where it began in the log when the table was opened. */
  #begin: LogPosition = [];
  /** By partition: the last event that is in the table, as this archiver knows it. */
  #archived: (number | undefined)[] = [];
  /** What waits since a failure, until all of it was read again. */
  #backlog: Backlog | undefined;
  /** Everything before this was read. */
  #read: LogPosition = [];
  #end: LogPosition = [];
  /** Since when there is something in the log that was not read. */
  #unreadSince: number | undefined;
  #rows = 0;
  #conflicts = 0;
  #stopping = false;
  #wake = () => {};

  constructor(options: ArchiverOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#health = new ArchiveHealth(options.programLog);
    this.#done = this.#run();
  }

  /** Of the last commit that was seen; undefined while the table was not opened. */
  get table(): DeltaTable | undefined {
    return this.#table;
  }

  figures(): ArchiverFigures {
    const { clock } = this.#options;
    const { failing } = this.#health;
    const { rows: waiting, oldest } = this.#backlog ?? this.#batch;
    const unread = distance(this.#backlog?.read ?? this.#read, this.#end);
    const since = oldest ?? (unread > 0 ? this.#unreadSince : undefined);
    return {
      lag: waiting + unread,
      lagSeconds: since === undefined ? 0 : Math.max(0, clock.now() - since) / 1000,
      rows: this.#rows,
      conflicts: this.#conflicts,
      missed: this.#health.missed,
      ...(failing !== undefined && { failing: failing.message }),
    };
  }

  /** @throws what keeps it from archiving, with the cure. */
  async check(): Promise<void> {
    if (this.#health.failing !== undefined) throw this.#health.failing;
  }

  /** What is in the log by now is archived first, if that takes no longer than 10 s; if it does, the next start does it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(GRACE_MS, resolve);
    await Promise.race([this.#done, late]);
    cancel();
    await this.#options.log.close();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    while (true) {
      try {
        await this.#follow();
        return;
      } catch (error) {
        await this.#failed(asError(error));
        if (this.#stopping) return;
      }
    }
  }

  /** Until it is stopped. A failure of any kind ends it: what the table says then is all that counts (D4 in delta/table.ts). */
  async #follow(): Promise<void> {
    const { log, clock, logName } = this.#options;
    this.#batch = new Batch();
    const table = await openArchiveTable(this.#options, clock.now());
    this.#table = table;
    const name = await logName();
    const { from, archived, missed } = await findCursor(table, log, name);
    this.#read = from;
    this.#begin = from;
    this.#archived = [...archived];
    this.#health.found(missed);
    this.#options.log.keepFrom(this.#kept());
    while (true) {
      // Asked first: what is accepted before a stop is read after it.
      const isLast = this.#stopping;
      await this.#readOn(table, name);
      if (this.#isDue(isLast)) await this.#commit(table, name);
      else if (this.#batch.rows > 0) await this.#moves(table, name);
      // Nothing is left that could fail.
      if (this.#batch.rows === 0) this.#health.well();
      if (isLast) return;
      await this.#pause(this.#limits.lookMs);
    }
  }

  /** After a failure at once: whether it works again is to be known. */
  #isDue(isLast: boolean): boolean {
    if (this.#batch.rows === 0) return false;
    return isLast || this.#health.failing !== undefined || this.#isFull();
  }

  async #readOn(table: DeltaTable, name: string): Promise<void> {
    const { log } = this.#options;
    await this.#look();
    const from = this.#end.map((_, partition) => this.#read[partition] ?? 0);
    for await (const page of log.read(from, this.#end, ACCEPTED)) {
      for (const [i, event] of page.events.entries()) {
        this.#take(event, page.places[i] as LogPlace, name);
        if (this.#isFull()) await this.#commit(table, name);
      }
      this.#read = page.through;
    }
    this.#read = this.#end;
    this.#unreadSince = undefined;
    if (this.#health.failing === undefined) this.#backlog = undefined;
  }

  async #look(): Promise<void> {
    this.#end = await this.#options.log.end();
    if (distance(this.#read, this.#end) > 0) this.#unreadSince ??= this.#options.clock.now();
  }

  #take(event: Event, place: LogPlace, name: string): void {
    const { pipelineOf, clock } = this.#options;
    if (this.#batch.rows === 0) this.#batchSince = clock.now();
    this.#batch.add(rowOf(event, place, name), pipelineOf(event));
  }

  #isFull(): boolean {
    const { rows, bytes } = this.#batch;
    const age = this.#options.clock.now() - this.#batchSince;
    return rows >= this.#limits.rows || bytes >= this.#limits.bytes || age >= this.#limits.ageMs;
  }

  /** @throws TxnMovedError where another has archived some of the batch meanwhile: then it need not be written. */
  async #moves(table: DeltaTable, name: string): Promise<readonly TxnMove[]> {
    const txns = [...this.#batch.last.values()].map((row) => moveTo(row, name, this.#archived[row.partition]));
    await table.refresh();
    table.checkUnmoved({ txns });
    return txns;
  }

  /** A1 */
  async #commit(table: DeltaTable, name: string): Promise<void> {
    const { objects, clock } = this.#options;
    const now = () => clock.now();
    const batch = this.#batch;
    const txns = await this.#moves(table, name);
    const adds = await batch.write(objects, now);
    try {
      await table.commit({ operation: "WRITE", adds, txns }, now);
    } catch (error) {
      if (error instanceof TxnMovedError) await this.#takeBack(adds, table);
      throw error;
    }
    for (const { partition, offset } of batch.last.values()) this.#archived[partition] = Number(offset);
    this.#rows += batch.rows;
    this.#backlog?.archived(batch.rows, batch.newest);
    this.#batch = new Batch();
    this.#health.well();
    this.#options.log.keepFrom(this.#kept());
    await this.#checkpoint(table);
  }

  /** A3. From behind the last event that is in the table: what steps derived of it stays, too, and is little. */
  #kept(): LogPosition {
    return this.#begin.map((from, partition) => Math.max(from, (this.#archived[partition] ?? -1) + 1));
  }

  /** Files of a commit that was not made. One that a commit names after all stays. */
  async #takeBack(adds: readonly Add[], { objects, snapshot }: DeltaTable): Promise<void> {
    const mine = adds.filter(({ path }) => !snapshot.files.has(path) && !snapshot.removed.has(path));
    await Promise.all(mine.map((add) => objects.remove(nameOf(add)).catch(() => {}))); // they are invisible
  }

  async #checkpoint(table: DeltaTable): Promise<void> {
    const { clock, programLog } = this.#options;
    try {
      await table.checkpointIfDue(clock.now());
    } catch (err) {
      programLog.warn({ err }, "no checkpoint of the archive was written; the next commit tries again");
    }
  }

  async #failed(error: Error): Promise<void> {
    if (error instanceof TxnMovedError) {
      this.#conflicts++;
      return this.#pause(this.#limits.lookMs);
    }
    this.#health.failed(error);
    this.#batch = new Batch();
    const looks = RETRY_LOOKS[Math.min(this.#health.failures, RETRY_LOOKS.length) - 1] ?? 1;
    for (let look = 0; look < looks && !this.#stopping; look++) {
      await this.#count();
      await this.#pause(this.#limits.lookMs);
    }
  }

  /** What was read and not committed is read again; until then it is counted. */
  async #count(): Promise<void> {
    const { log } = this.#options;
    try {
      this.#backlog ??= new Backlog(this.#begin.length > 0 ? this.#kept() : await log.start());
      this.#end = await log.end();
      await this.#backlog.countOn(log, this.#end);
    } catch {
      // The log is away, too, and says so itself.
    }
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stopping) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(ms, resolve);
    this.#wake = resolve;
    await promise;
    cancel();
  }
}
