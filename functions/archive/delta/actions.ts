// What a Delta table's log says, one action a line, as far as Wadi reads and writes it. Anything else in it is left alone.
// https://github.com/delta-io/delta/blob/master/PROTOCOL.md#actions

import { ConfigurationError } from "../../lib/errors.ts";

/** Of a partitioned file; null, and the empty text too, is "no value". */
export type PartitionValues = Readonly<Record<string, string | null>>;

export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

export interface Metadata {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number;
}

/** A file that belongs to the table. */
export interface Add {
  /** Relative to the table, URI-encoded. */
  readonly path: string;
  readonly partitionValues: PartitionValues;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text. */
  readonly stats?: string;
}

/** A file that no longer belongs to it; it stays for those who read an older version. */
export interface Remove {
  readonly path: string;
  readonly deletionTimestamp?: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: PartitionValues;
  readonly size?: number;
}

/** How far an application is, by its own counting. */
export interface Txn {
  readonly appId: string;
  readonly version: number;
  /** Epoch milliseconds. */
  readonly lastUpdated?: number;
}

export interface Action {
  readonly protocol?: Protocol;
  readonly metaData?: Metadata;
  readonly add?: Add;
  readonly remove?: Remove;
  readonly txn?: Txn;
  readonly commitInfo?: Readonly<Record<string, unknown>>;
  readonly domainMetadata?: { readonly domain: string; readonly configuration: string; readonly removed: boolean };
}

export const LOG = "_delta_log/";
/** Of an entry: one of a hundred thousand files is a third of it. */
const MAX_ENTRY_BYTES = 256 * 2 ** 20;

/** 20 digits: the order of the names is that of the numbers. */
export const padded = (version: number) => String(version).padStart(20, "0");
export const checkpointName = (version: number) => `${LOG}${padded(version)}.checkpoint.parquet`;
export const entryName = (version: number) => `${LOG}${padded(version)}.json`;

/** The name of a file in its table. */
export const nameOf = ({ path }: { readonly path: string }) => decodeURIComponent(path);

export function writeEntry(actions: readonly Action[]): Buffer {
  return Buffer.from(actions.map((action) => `${JSON.stringify(action)}\n`).join(""), "utf8");
}

/** @throws ConfigurationError for what is no entry of a log. */
export function readEntry(content: Buffer, name: string): readonly Action[] {
  if (content.length > MAX_ENTRY_BYTES) {
    throw new ConfigurationError(`${name} has ${content.length} bytes; ${MAX_ENTRY_BYTES} are read at most`);
  }
  const lines = content.toString("utf8").split("\n");
  return lines.flatMap((line, i) => (line.trim() === "" ? [] : [readAction(line, `${name}, line ${i + 1}`)]));
}

function readAction(line: string, where: string): Action {
  try {
    const action: unknown = JSON.parse(line);
    if (typeof action === "object" && action !== null && !Array.isArray(action)) return checkAction(action, where);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
  }
  throw new ConfigurationError(`${where} is no action of a Delta log: the table is damaged; restore it from a copy`);
}

/** The members that Wadi relies on are what they should be. @throws ConfigurationError. */
export function checkAction(action: Action, where: string): Action {
  const { protocol, metaData, add, remove, txn } = action;
  const wrong = (what: string): never => {
    throw new ConfigurationError(`${where}: ${what} is not as Delta's protocol has it; restore the table from a copy`);
  };
  if (protocol && !(isVersion(protocol.minReaderVersion) && isVersion(protocol.minWriterVersion))) wrong("protocol");
  if (metaData && !(typeof metaData.schemaString === "string" && Array.isArray(metaData.partitionColumns)))
    wrong("metaData");
  if (add && !(isPath(add.path) && isVersion(add.size))) wrong("add");
  if (remove && !isPath(remove.path)) wrong("remove");
  if (txn && !(isText(txn.appId) && Number.isSafeInteger(txn.version))) wrong("txn");
  return action;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isPath(value: unknown): boolean {
  try {
    return isText(value) && nameOf({ path: value as string }) !== "";
  } catch {
    return false; // it has a % that codes nothing
  }
}

function isVersion(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
