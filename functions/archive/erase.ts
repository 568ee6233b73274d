// Erases the events of one subject: files that hold some are written anew without them.
//
//   E1  All goes in one commit: a reader sees all of them or none. What is added meanwhile is looked through, too, until a commit
//       is made on a version of which every file was looked at.
//   E2  Killed anywhere, the table is whole, and the same again does the rest: what was written and not committed belongs to
//       nothing, and whether rows may only be added is set again (append-only.ts).
//   E3  No bounds of a subject stand in the table's log: there they could not be erased. Those in a data file go with it.

import { VersionConflictError } from "../lib/errors.ts";
import { writeFile } from "./batch.ts";
import type { Row } from "./columns.ts";
import { type Add, nameOf, type Remove } from "./delta/actions.ts";
import { pauseAppendOnly, resumeAppendOnly } from "./delta/append-only.ts";
import type { DeltaTable } from "./delta/table.ts";
import { checkColumns, type Naming, rowsNamed, rowsOfTable } from "./read.ts";
import { bytesOf, eventOf, isOfPipeline, pipelineNameOf } from "./rows.ts";
import { UNWATCHED, type Watch } from "./watch.ts";

export interface Person {
  /** Of an event that has none its id. */
  readonly subject: string;
  /** Only what a replay of this pipeline could learn. */
  readonly pipeline?: string | undefined;
  /** A member of JSON data that names the subject, too. */
  readonly field?: string | undefined;
}

/** Events of the person in one day's files of one pipeline. */
export interface Found {
  /** `2026-11-30`, UTC. */
  readonly day: string;
  /** Null: of none that was known when they came. */
  readonly pipeline: string | null;
  readonly rows: number;
  readonly files: number;
}

export interface Erased {
  readonly rows: number;
  /** Files that were replaced. */
  readonly files: number;
}

interface Rewritten {
  readonly remove: Remove;
  /** None where nothing is left. */
  readonly add: Add | undefined;
}

export class Erasure {
  readonly #table: DeltaTable;
  readonly #person: Person;
  readonly #now: () => number;
  /** By path, of files that were looked through: how many rows are the person's. */
  readonly #looked = new Map<string, number>();
  /** Rows whose data cannot be looked into. */
  readonly #unread = new Map<string, number>();

  constructor(table: DeltaTable, person: Person, now: () => number) {
    this.#table = table;
    this.#person = person;
    this.#now = now;
  }

  /** In the newest version, as far as it was read. The newest day first. */
  found(): readonly Found[] {
    const groups = new Map<string, { day: string; pipeline: string | null; rows: number; files: number }>();
    for (const file of this.#hits()) {
      const { day, pipeline } = file.partitionValues;
      const key = JSON.stringify([day, pipeline]);
      const group = groups.get(key) ?? { day: day ?? "", pipeline: pipeline || null, rows: 0, files: 0 };
      groups.set(key, group);
      group.rows += this.#looked.get(file.path) ?? 0;
      group.files++;
    }
    return [...groups.values()].sort((a, b) => (a.day < b.day ? 1 : -1));
  }

  /** Rows of which nobody knows whether the field names the person: their data is no JSON object. */
  get unread(): number {
    return [...this.#table.snapshot.files.keys()].reduce((sum, path) => sum + (this.#unread.get(path) ?? 0), 0);
  }

  /** Looks through the files of the newest version that were not looked through yet. @throws ConfigurationError, UnavailableError. */
  async look(watch: Watch = UNWATCHED): Promise<void> {
    const { snapshot } = this.#table;
    const files = [...snapshot.files.values()].filter(({ path }) => !this.#looked.has(path)).filter(this.#mayHold);
    for (const [i, file] of files.entries()) {
      watch.signal?.throwIfAborted();
      watch.step(i, files.length);
      await this.#unlessReplaced(() => this.#lookAt(file));
    }
  }

  /**
   * Where the signal aborts before a commit, nothing is erased, and its reason is thrown. @throws as `look`; UnavailableError: then it may have been done.
   */
  async erase(watch: Watch = UNWATCHED): Promise<Erased> {
    const made = new Map<string, Rewritten>();
    const sums = { rows: 0, files: 0 };
    try {
      while (await this.#isLeft()) {
        await this.#rewrite(made, watch);
        const hits = this.#hits().filter(({ path }) => made.has(path));
        const rows = hits.reduce((sum, { path }) => sum + (this.#looked.get(path) ?? 0), 0);
        if (!(await this.#commit(hits.map(({ path }) => made.get(path) as Rewritten)))) continue;
        for (const { path } of hits) made.delete(path);
        sums.rows += rows;
        sums.files += hits.length;
      }
      await this.#takeBack(made);
    } catch (error) {
      // After any other failure nobody knows whether the commit was made (D4 in delta/table.ts).
      const isEnded = error === watch.signal?.reason;
      if (isEnded) await this.#takeBack(made);
      // What came in after a commit is left to the next erasure.
      if (!isEnded || sums.files === 0) {
        await resumeAppendOnly(this.#table, this.#now).catch(() => {}); // the first error is the one to tell
        throw error;
      }
    }
    await resumeAppendOnly(this.#table, this.#now);
    return sums;
  }

  /** E1 */
  async #isLeft(): Promise<boolean> {
    await this.#table.refresh();
    await this.look();
    return this.#hits().length > 0;
  }

  #hits(): readonly Add[] {
    return [...this.#table.snapshot.files.values()].filter(({ path }) => (this.#looked.get(path) ?? 0) > 0);
  }

  /** Events of a pipeline are in its own files, and among those of none. */
  #mayHold = ({ partitionValues: { pipeline } }: Add): boolean =>
    this.#person.pipeline === undefined || !pipeline || pipeline === this.#person.pipeline;

  async #lookAt(file: Add): Promise<void> {
    const { subject, field } = this.#person;
    const rows =
      field === undefined ? await rowsNamed(this.#table, file, subject) : await rowsOfTable(this.#table, file);
    this.#looked.set(file.path, rows.filter((row) => this.#isOf(row, file)).length);
    if (field === undefined) return;
    this.#unread.set(file.path, (rows as readonly Row[]).filter((row) => dataOf(row) === undefined).length);
  }

  #isOf(row: Naming, { partitionValues, path }: Add): boolean {
    const { subject, pipeline, field } = this.#person;
    const isNamed = (row.subject ?? row.id) === subject;
    if (!isNamed && (field === undefined || namedIn(dataOf(row as Row), field) !== subject)) return false;
    if (pipeline === undefined) return true;
    const name = pipelineNameOf(row, `${this.#table.objects.where}: a row of ${path}`);
    // A replay of the only pipeline learns what names none.
    return isOfPipeline(name, { pipeline, alone: true }, partitionValues["pipeline"] || null);
  }

  async #rewrite(made: Map<string, Rewritten>, watch: Watch): Promise<void> {
    checkColumns(this.#table, "erase the rows");
    const files = this.#hits().filter(({ path }) => !made.has(path));
    for (const [i, file] of files.entries()) {
      watch.signal?.throwIfAborted();
      watch.step(i, files.length);
      await this.#unlessReplaced(async () => void made.set(file.path, await this.#without(file)));
    }
    watch.signal?.throwIfAborted();
  }

  async #without(file: Add): Promise<Rewritten> {
    const { path, partitionValues, size } = file;
    const rows = (await rowsOfTable(this.#table, file)).filter((row) => !this.#isOf(row, file));
    const bytes = rows.reduce((sum, row) => sum + bytesOf(row), 0);
    const add =
      rows.length === 0 ? undefined : await writeFile(this.#table.objects, partitionValues, rows, bytes, this.#now);
    const remove = { path, partitionValues, size, deletionTimestamp: this.#now(), dataChange: true };
    return { add, remove: { ...remove, extendedFileMetadata: true } };
  }

  /** False where another process was first. */
  async #commit(files: readonly Rewritten[]): Promise<boolean> {
    if (files.length === 0) return false;
    const adds = files.flatMap(({ add }) => (add === undefined ? [] : [add]));
    const removes = files.map(({ remove }) => remove);
    try {
      await pauseAppendOnly(this.#table, this.#now);
      await this.#table.commit({ operation: "DELETE", adds, removes }, this.#now);
    } catch (error) {
      if (error instanceof VersionConflictError) return false;
      throw error;
    }
    for (const add of adds) this.#looked.set(add.path, 0);
    return true;
  }

  /** Another process has replaced the file meanwhile: what it made instead is looked through in turn. */
  async #unlessReplaced(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof VersionConflictError)) throw error;
    }
  }

  /** Of files that another process has replaced first, or of what was ended early. */
  async #takeBack(made: ReadonlyMap<string, Rewritten>): Promise<void> {
    for (const { add } of made.values()) {
      if (add !== undefined) await this.#table.objects.remove(nameOf(add)).catch(() => {}); // a vacuum has it then
    }
  }
}

/** Undefined where it is no object. */
function dataOf(row: Row): object | undefined {
  try {
    const { data } = eventOf(row);
    return typeof data === "object" && data !== null && !(data instanceof Uint8Array) ? data : undefined;
  } catch {
    return undefined; // it is told as not read
  }
}

function namedIn(data: object | undefined, field: string): string | undefined {
  if (data === undefined || !Object.hasOwn(data, field)) return undefined;
  return String((data as Readonly<Record<string, unknown>>)[field] ?? "");
}
