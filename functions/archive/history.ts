// The archive and the log behind it as one log: what a pipeline was ever sent, in the order in which it was accepted.
//
//   H1  The archive has all up to its last event, by partition and offset; the log goes on behind it. While that is being read the
//       archive grows and the log may let go of what is archived: then it goes on in the archive. So nothing is left out, and
//       nothing is read twice.
//   H2  What neither has any more is an error, and not left out.
//   H3  Of several partitions the events come by the time of their acceptance; those of one partition keep their order.

import {
  distance,
  type EventLog,
  isChosen,
  type LogPage,
  type LogPosition,
  type TypeChoice,
} from "../lib/broker/event-log.ts";
import { ConfigurationError } from "../lib/errors.ts";
import type { Row } from "./columns.ts";
import { appIdOf, findCursor } from "./cursor.ts";
import type { DeltaTable } from "./delta/table.ts";
import { filesOf, type KnownFile } from "./files.ts";
import { orderRows } from "./order.ts";
import { rowsOfTable } from "./read.ts";
import { eventOf, isOfPipeline, pipelineNameOf, readable } from "./rows.ts";

export interface HistoryOptions {
  readonly table: DeltaTable;
  readonly log: EventLog;
  /** As the table knows it. */
  readonly logName: string;
  readonly pipeline: string;
  /** It is the only one: an event that names none is its own. */
  readonly alone: boolean;
}

const PAGE_EVENTS = 1000;

/** @throws ConfigurationError for an archive of another log. */
export async function openHistory(options: HistoryOptions): Promise<EventLog> {
  const { table, log, logName } = options;
  await findCursor(table, log, logName);
  const partitions = await log.end();
  const hasAny = partitions.some((_, partition) => table.txn(appIdOf(logName, partition)) !== undefined);
  if (hasAny || table.snapshot.files.size === 0) return new History(options);
  throw new ConfigurationError(
    `the archive ${table.objects.where} has nothing of this log (${logName}): what it has was archived from another one, ` +
      "which only a Wadi with that log replays",
  );
}

class History implements EventLog {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Before the first that any file has; of a partition that was never archived, where the log begins. */
  async start(): Promise<LogPosition> {
    const [begin, archived] = [await this.#options.log.start(), await this.#archivedTo()];
    const least = this.#files().reduce((min, { offset: [first] }) => Math.min(min, first), Infinity);
    return begin.map((from, partition) => (archived[partition] === 0 ? from : Math.max(0, Math.min(from, least))));
  }

  end(): Promise<LogPosition> {
    return this.#options.log.end();
  }

  async at(time: number): Promise<LogPosition> {
    const [live, archived] = [await this.#options.log.at(time), await this.#archivedTo()];
    const files = this.#files().filter((file) => file.time[1] >= time);
    const first = this.#isPlain(live)
      ? await this.#firstByFiles(files, time)
      : await this.#firstByRows(files, time, live.length);
    return live.map((from, partition) => first.get(partition) ?? Math.max(from, archived[partition] ?? 0));
  }

  async *read(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncGenerator<LogPage> {
    let position = from;
    while (distance(position, to) > 0) {
      const archived = await this.#archivedTo();
      const end = to.map((last, partition) => Math.min(last, archived[partition] ?? 0));
      if (distance(position, end) > 0) {
        yield* this.#readArchive(position, end, types);
        position = later(position, end);
      } else if (await this.#isKept(position, to)) {
        position = yield* this.#readLog(position, to, types);
      }
    }
  }

  /** Behind the last event of each partition that the archive has by now; 0 of one of which it has none. */
  async #archivedTo(): Promise<LogPosition> {
    const { table, log, logName } = this.#options;
    await table.refresh();
    return (await log.end()).map((_, partition) => (table.txn(appIdOf(logName, partition))?.version ?? -1) + 1);
  }

  #files(): readonly KnownFile[] {
    return filesOf(this.#options.table.snapshot, this.#options.pipeline);
  }

  /** One partition, and no other log in the table: what a file says of its offsets is exact. */
  #isPlain({ length }: LogPosition): boolean {
    const { table, logName } = this.#options;
    return length === 1 && [...table.snapshot.txns.keys()].every((appId) => appId === appIdOf(logName, 0));
  }

  /** Opens only files that begin before the time and end after it. */
  async #firstByFiles(files: readonly KnownFile[], time: number): Promise<ReadonlyMap<number, number>> {
    const isAfter = (file: KnownFile) => file.time[0] >= time && file.offset[0] >= 0;
    const found = await this.#firstByRows(
      files.filter((file) => !isAfter(file)),
      time,
      Infinity,
    );
    const first = files.filter(isAfter).reduce((min, { offset }) => Math.min(min, offset[0]), found.get(0) ?? Infinity);
    return new Map(first === Infinity ? [] : [[0, first]]);
  }

  /** Opens files from the time on, until it knows the first event of each partition. */
  async #firstByRows(
    files: readonly KnownFile[],
    time: number,
    partitions: number,
  ): Promise<ReadonlyMap<number, number>> {
    const first = new Map<number, number>();
    let latest = -Infinity;
    for (const file of [...files].sort((a, b) => a.time[0] - b.time[0])) {
      if (first.size >= partitions && file.time[0] > latest) break;
      for (const row of await this.#rowsOf(file)) {
        const offset = Number(row.offset);
        const accepted = acceptedAt(row);
        if (accepted < time || offset >= (first.get(row.partition) ?? Infinity)) continue;
        first.set(row.partition, offset);
        latest = Math.max(latest, accepted);
      }
    }
    return first;
  }

  async *#readArchive(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncGenerator<LogPage> {
    const open = to.flatMap((last, partition) => ((from[partition] ?? 0) < last ? [partition] : []));
    const least = Math.min(...open.map((partition) => from[partition] ?? 0));
    const most = Math.max(...open.map((partition) => to[partition] ?? 0));
    const files = this.#files().filter(({ offset }) => offset[1] >= least && offset[0] < most);
    const isWanted = (row: Row, file: KnownFile) =>
      Number(row.offset) >= (from[row.partition] ?? 0) &&
      Number(row.offset) < (to[row.partition] ?? 0) &&
      isChosen(types, row.type) &&
      this.#isMine(pipelineNameOf(row, this.#where(row)), file);
    const rowsOf = async (file: KnownFile) => (await this.#rowsOf(file)).filter((row) => isWanted(row, file));
    let through = from;
    for await (const rows of orderRows(files, to.length === 1, rowsOf)) {
      for (let i = 0; i < rows.length; i += PAGE_EVENTS) {
        const page = this.#pageOf(rows.slice(i, i + PAGE_EVENTS), through);
        yield page;
        through = page.through;
        await new Promise(setImmediate); // other work gets its turn in between
      }
    }
    yield { events: [], places: [], through: later(through, to) };
  }

  #pageOf(rows: readonly Row[], before: LogPosition): LogPage {
    const through = [...before];
    for (const { partition, offset } of rows) through[partition] = Number(offset) + 1;
    return {
      events: rows.map((row) => readable(() => eventOf(row), this.#where(row))),
      places: rows.map((row) => ({ partition: row.partition, offset: Number(row.offset), time: acceptedAt(row) })),
      through,
    };
  }

  /** Ends early, with how far it came, where the log has let go of what comes next. */
  async *#readLog(from: LogPosition, to: LogPosition, types: TypeChoice): AsyncGenerator<LogPage, LogPosition> {
    const { log } = this.#options;
    let position = from;
    for await (const { events, places, through } of log.read(from, to, types)) {
      if (this.#gone(position, to, await log.start()) !== undefined) return position;
      const mine = events.map((event) => this.#isMine(event["pipeline"]));
      yield { events: events.filter((_, i) => mine[i]), places: places.filter((_, i) => mine[i]), through };
      position = through;
    }
    return this.#gone(position, to, await log.start()) === undefined ? later(position, to) : position;
  }

  /** False where the archive has it by now. @throws ConfigurationError: H2. */
  async #isKept(position: LogPosition, to: LogPosition): Promise<boolean> {
    const begin = await this.#options.log.start();
    const partition = this.#gone(position, to, begin);
    if (partition === undefined) return true;
    const [next = 0, from = 0] = [position[partition], begin[partition]];
    if (((await this.#archivedTo())[partition] ?? 0) > next) return false;
    throw new ConfigurationError(
      `what was number ${next} to ${from - 1} of partition ${partition} of the log is not in the archive ` +
        `${this.#options.table.objects.where}, and the log has let go of it; to learn without it, begin behind it: --from ` +
        position.map((offset, i) => Math.max(offset, begin[i] ?? 0)).join(","),
    );
  }

  #gone(position: LogPosition, to: LogPosition, begin: LogPosition): number | undefined {
    const at = to.findIndex((last, p) => (position[p] ?? 0) < Math.min(last, begin[p] ?? 0));
    return at === -1 ? undefined : at;
  }

  #isMine(name: unknown, file?: KnownFile): boolean {
    return isOfPipeline(name, this.#options, file?.pipeline ?? null);
  }

  async #rowsOf({ add }: KnownFile): Promise<readonly Row[]> {
    const { table, logName } = this.#options;
    return (await rowsOfTable(table, add)).filter(({ log }) => log === logName);
  }

  #where({ log, partition, offset }: Row): string {
    return `the archive ${this.#options.table.objects.where}: the row ${offset} of partition ${partition} of ${log}`;
  }
}

function acceptedAt({ recordedtime }: Row): number {
  return Number(recordedtime / 1000n);
}

function later(a: LogPosition, b: LogPosition): LogPosition {
  return b.map((offset, partition) => Math.max(offset, a[partition] ?? 0));
}
