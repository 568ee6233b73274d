// Reads a table: the newest checkpoint, and the entries of the log after it in their order.

import { ConfigurationError } from "../../lib/errors.ts";
import { entryName, LOG, padded, readEntry } from "./actions.ts";
import { readCheckpoint } from "./checkpoint.ts";
import type { Objects } from "./objects.ts";
import { NoParquetError } from "./parquet.ts";
import { TableState } from "./state.ts";

const ENTRY = /^_delta_log\/(\d{20})\.json$/;
/** Of one file: parts and the second kind of checkpoint come with table features that are refused. */
const CHECKPOINT = /^_delta_log\/(\d{20})\.checkpoint\.parquet$/;

/** Undefined where there is no table. @throws ConfigurationError for one that is damaged or not to be written here. */
export async function readSnapshot(objects: Objects): Promise<TableState | undefined> {
  const hinted = await hintedCheckpoint(objects);
  // What sorts after the number alone: its checkpoint, its entry and all that follows.
  let names = await objects.list(LOG, hinted === undefined ? "" : `${LOG}${padded(hinted)}`);
  let begun = await fromCheckpoint(objects, names);
  if (begun === undefined || "damage" in begun) {
    names = await objects.list(LOG);
    begun = await fromCheckpoint(objects, names);
  }
  if (begun === undefined && !names.some((name) => ENTRY.test(name))) return undefined;

  // Without a checkpoint that can be read the log is read from its beginning, where it still has that.
  const isWhole = names.some((name) => ENTRY.test(name) && versionOf(ENTRY, name) === 0);
  if (begun !== undefined && "damage" in begun && !isWhole) throw begun.damage;
  const snapshot = begun instanceof TableState ? begun : new TableState();
  await readOn(objects, snapshot);
  const last = names.findLast((name) => ENTRY.test(name));
  if (last !== undefined && versionOf(ENTRY, last) > snapshot.version) {
    throw damaged(
      objects,
      `entry ${snapshot.version + 1} of its log is missing, and there is one of version ${versionOf(ENTRY, last)}`,
    );
  }
  if (snapshot.protocol === undefined || snapshot.metadata === undefined)
    throw damaged(objects, "its log has no protocol or no metaData");
  return snapshot;
}

/** As the newest checkpoint that can be read has it; if none can, why not; undefined where there is none. */
async function fromCheckpoint(
  objects: Objects,
  names: readonly string[],
): Promise<TableState | { readonly damage: Error } | undefined> {
  let damage: Error | undefined;
  for (const name of names.filter((one) => CHECKPOINT.test(one)).reverse()) {
    try {
      const actions = await readCheckpoint(await found(objects, name), placeOf(objects, name));
      const snapshot = new TableState();
      snapshot.apply(versionOf(CHECKPOINT, name), actions, objects.where);
      snapshot.checkpoint = snapshot.version;
      return snapshot;
    } catch (error) {
      // A part of one, which its writer left behind: an older one and the log after it say the same.
      if (!(error instanceof NoParquetError)) throw error;
      damage ??= error;
    }
  }
  return damage && { damage };
}

/** Applies the entries that were added since. @returns how many. */
export async function readOn(objects: Objects, snapshot: TableState): Promise<number> {
  for (let read = 0; ; read++) {
    const name = entryName(snapshot.version + 1);
    const content = await objects.get(name);
    if (content === undefined) return read;
    snapshot.apply(snapshot.version + 1, readEntry(content, placeOf(objects, name)), objects.where);
  }
}

/** Only a hint: what it names may be gone, or older than the newest. */
async function hintedCheckpoint(objects: Objects): Promise<number | undefined> {
  const content = await objects.get(`${LOG}_last_checkpoint`);
  if (content === undefined) return undefined;
  try {
    const { version } = JSON.parse(content.toString("utf8")) as { version?: unknown };
    return Number.isSafeInteger(version) && (version as number) >= 0 ? (version as number) : undefined;
  } catch {
    return undefined; // then all names are looked through
  }
}

async function found(objects: Objects, name: string): Promise<Buffer> {
  const content = await objects.get(name);
  if (content !== undefined) return content;
  throw damaged(objects, `${name} is gone`);
}

function versionOf(pattern: RegExp, name: string): number {
  return Number(pattern.exec(name)?.[1]);
}

function placeOf({ where }: Objects, name: string): string {
  return `${where}: ${name}`;
}

function damaged({ where }: Objects, how: string): ConfigurationError {
  return new ConfigurationError(`the table ${where} is damaged: ${how}; restore it from a copy`);
}
