// A Delta table that any number of writers may have open at once.
//
//   D1  An entry of the log is never replaced: of the writers of one version, one wins, and the others read what it wrote.
//   D2  Who lost goes on only if each txn that it moves still is where it was when its files were made. So what an application
//       counts is added once, also by two of its processes, and by one that was taken for dead.
//   D3  One entry holds no two actions of which one would undo the other: one path, one appId, once each.
//   D4  After any failure of a commit nobody knows whether it was made: open the table again, and its txn says it.
//   D5  While a table is append-only (`delta.appendOnly`) no commit takes a row away; files may be rearranged.

import { randomUUID } from "node:crypto";
import { ConfigurationError, UnavailableError, VersionConflictError } from "../../lib/errors.ts";
import {
  type Action,
  type Add,
  checkpointName,
  entryName,
  type Metadata,
  nameOf,
  type Remove,
  type Txn,
  writeEntry,
} from "./actions.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import type { Objects } from "./objects.ts";
import { checkSchema, type Field, PROTOCOL, schemaString } from "./protocol.ts";
import { readOn, readSnapshot } from "./snapshot.ts";
import type { TableState } from "./state.ts";

/** What a table of its kind is like. */
export interface Definition {
  readonly name: string;
  readonly description: string;
  readonly fields: readonly Field[];
  readonly partitionColumns: readonly string[];
  /** Of which writers are asked to put bounds into the table's log; of others they are to put none. */
  readonly statsColumns: readonly string[];
}

export interface TxnMove extends Txn {
  /** Where it was when the files were made; undefined: nowhere yet. */
  readonly from: number | undefined;
}

export interface Commit {
  /** For people: `WRITE`, `OPTIMIZE`, `DELETE`. */
  readonly operation: string;
  readonly adds: readonly Add[];
  readonly removes?: readonly Remove[];
  readonly txns?: readonly TxnMove[];
  readonly metadata?: MetadataMove;
}

export interface MetadataMove {
  /** As the snapshot had it. */
  readonly from: Metadata;
  readonly to: Metadata;
}

/** Another process of the same application has gone on in the meantime: nothing was committed. */
export class TxnMovedError extends VersionConflictError {}

/** Attempts at one commit; each one lost means that another writer's commit was made. */
const MAX_LOST = 1000;
const CHECKPOINT_EVERY = 50;

export class DeltaTable {
  readonly objects: Objects;
  readonly snapshot: TableState;
  readonly #definition: Definition;
  readonly #engine: string;

  private constructor(objects: Objects, snapshot: TableState, definition: Definition, engine: string) {
    this.objects = objects;
    this.snapshot = snapshot;
    this.#definition = definition;
    this.#engine = engine;
  }

  /**
   * Undefined where there is no table. @throws ConfigurationError for one of another kind or damaged; UnavailableError.
   * `engine`: who writes, for people.
   */
  static async open(objects: Objects, definition: Definition, engine: string): Promise<DeltaTable | undefined> {
    const snapshot = await readSnapshot(objects);
    if (snapshot === undefined) return undefined;
    const table = new DeltaTable(objects, snapshot, definition, engine);
    table.#check();
    return table;
  }

  /** Where another writer makes it at the same time, that one's is opened. */
  static async create(objects: Objects, definition: Definition, engine: string, now: number): Promise<DeltaTable> {
    const { name, description, fields, partitionColumns, statsColumns } = definition;
    const actions: Action[] = [
      { commitInfo: commitInfo("CREATE TABLE", engine, now) },
      { protocol: PROTOCOL },
      {
        metaData: {
          id: randomUUID(),
          name,
          description,
          format: { provider: "parquet", options: {} },
          schemaString: schemaString(fields),
          partitionColumns,
          configuration: {
            "delta.appendOnly": "true",
            "delta.parquet.compression.codec": "zstd",
            "delta.dataSkippingStatsColumns": statsColumns.join(),
          },
          createdTime: now,
        },
      },
    ];
    await objects.putIfAbsent(entryName(0), writeEntry(actions));
    const opened = await DeltaTable.open(objects, definition, engine);
    if (opened !== undefined) return opened;
    throw new UnavailableError(
      "table-unavailable",
      `the table ${objects.where} was made and is gone; look at what holds it`,
    );
  }

  get version(): number {
    return this.snapshot.version;
  }

  txn(appId: string): Txn | undefined {
    return this.snapshot.txns.get(appId);
  }

  /** Reads what others have committed. @throws as `open`. */
  async refresh(): Promise<void> {
    await this.#checkThere();
    const { metadata } = this.snapshot;
    await readOn(this.objects, this.snapshot);
    if (this.snapshot.metadata !== metadata) this.#check();
  }

  /**
   * @returns its version. @throws TxnMovedError, with nothing committed: D2; VersionConflictError where one of `removes` was removed
   * or the metadata changed by another, or for D5; UnavailableError, after which D4 holds.
   */
  async commit(commit: Commit, now: () => number): Promise<number> {
    checkDistinct(commit);
    for (let lost = 0; lost < MAX_LOST; lost++) {
      this.checkUnmoved(commit);
      const { operation, adds, removes = [], txns = [], metadata } = commit;
      const actions: Action[] = [
        { commitInfo: commitInfo(operation, this.#engine, now()) },
        ...(metadata === undefined ? [] : [{ metaData: metadata.to }]),
        ...txns.map(({ from: _, ...txn }) => ({ txn })),
        ...removes.map((remove) => ({ remove })),
        ...adds.map((add) => ({ add })),
      ];
      const version = this.version + 1;
      await this.#checkThere();
      if (await this.objects.putIfAbsent(entryName(version), writeEntry(actions))) {
        this.snapshot.apply(version, actions, this.objects.where);
        return version;
      }
      await this.refresh();
      // It was made, and only the answer was lost.
      if (adds.length > 0 && adds.every(({ path }) => this.#knows(path))) return this.version;
    }
    throw new VersionConflictError(
      "busy",
      `${MAX_LOST} commits of others to the table ${this.objects.where} came first`,
    );
  }

  /** Writes one where enough was committed since the last. The table is whole without it. */
  async checkpointIfDue(now: number): Promise<boolean> {
    if (this.version - this.snapshot.checkpoint < CHECKPOINT_EVERY) return false;
    await writeCheckpoint(this.objects, this.snapshot, now);
    return true;
  }

  /** D2, D5; and what is to be removed or changed is still as it was, as far as was read. @throws as `commit`. */
  checkUnmoved({ txns = [], removes = [], metadata }: Pick<Commit, "txns" | "removes" | "metadata">): void {
    const { where } = this.objects;
    for (const { appId, from } of txns) {
      const there = this.txn(appId)?.version;
      if (there === from) continue;
      throw new TxnMovedError(
        "txn-moved",
        `another process has moved ${appId} in ${this.objects.where} from ${from ?? "its beginning"} to ${there ?? "none"}`,
      );
    }
    const gone = removes.find(({ path }) => !this.snapshot.files.has(path));
    if (gone !== undefined) throw fileRemoved(nameOf(gone), where);
    if (metadata !== undefined && metadata.from !== this.snapshot.metadata)
      throw new VersionConflictError("metadata-changed", `another process has changed the properties of ${where}`);
    if (this.snapshot.isAppendOnly && removes.some(({ dataChange }) => dataChange))
      throw new VersionConflictError("append-only", `rows can only be added to the table ${where}: it is append-only`);
  }

  /** Else the entry would begin a log of its own in the empty folder that a disk leaves behind. */
  async #checkThere(): Promise<void> {
    const { version, checkpoint } = this.snapshot;
    for (const name of [entryName(version), checkpointName(checkpoint)]) {
      if ((await this.objects.look(name)) !== undefined) return;
    }
    throw new UnavailableError(
      "table-unavailable",
      `the table ${this.objects.where} is not there any more: bring it back, or mount its disk`,
    );
  }

  #knows(path: string): boolean {
    return this.snapshot.files.has(path) || this.snapshot.removed.has(path);
  }

  #check(): void {
    const { fields, partitionColumns } = this.#definition;
    const { metadata } = this.snapshot;
    if (metadata !== undefined) checkSchema(metadata, fields, partitionColumns, this.objects.where);
  }
}

export function fileRemoved(name: string, where: string): VersionConflictError {
  return new VersionConflictError("file-removed", `another process has removed ${name} from ${where}: begin again`);
}

function commitInfo(operation: string, engineInfo: string, timestamp: number) {
  return { timestamp, operation, operationParameters: {}, engineInfo };
}

/** D3 */
function checkDistinct({ adds, removes = [], txns = [] }: Commit): void {
  const paths = [...adds, ...removes].map(({ path }) => path);
  const appIds = txns.map(({ appId }) => appId);
  if (new Set(paths).size === paths.length && new Set(appIds).size === appIds.length) return;
  throw new ConfigurationError("a commit names a file or an application twice");
}
