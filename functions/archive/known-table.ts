// Which table the archive is, kept in the data folder. A disk that is not mounted leaves an empty folder in its place: without
// this a second table would begin there, and the log would let go what only that one has.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { asError, ConfigurationError, UnavailableError } from "../lib/errors.ts";
import { ARCHIVE } from "./columns.ts";
import type { Objects } from "./delta/objects.ts";
import { isS3 } from "./delta/s3/place.ts";
import { DeltaTable } from "./delta/table.ts";

export interface TableChoice {
  readonly objects: Objects;
  /** Of the Wadi that writes. */
  readonly dataFolder: string;
  /** Who writes, for people. */
  readonly engine: string;
}

interface Known {
  /** Or the address of a store of objects. */
  readonly folder: string;
  /** Of its metaData. */
  readonly table: string;
}

/** Made where there was none yet. @throws UnavailableError for one that is away; ConfigurationError for what is none of Wadi's. */
export async function openArchiveTable(choice: TableChoice, now: number): Promise<DeltaTable> {
  const { objects, dataFolder, engine } = choice;
  const { where } = objects;
  const folder = isS3(where) ? where : resolve(where);
  const file = join(dataFolder, "archive.json");
  const known = readKnown(file);
  const isKnown = known !== undefined && known.folder === folder;
  let table = await DeltaTable.open(objects, ARCHIVE, engine);
  if (table === undefined) {
    if (isKnown) throw away(`the archive that was in ${where} is not there`, file);
    await objects.make();
    const foreign = (await objects.list("")).filter((name) => !/(^|\/)\./.test(name));
    // Another archiver may have made it meanwhile.
    table = await DeltaTable.open(objects, ARCHIVE, engine);
    if (table === undefined && foreign.length > 0) {
      throw new ConfigurationError(`${where} is no archive, and it is not empty (${foreign[0]}); name an empty one`);
    }
    table ??= await DeltaTable.create(objects, ARCHIVE, engine, now);
  }
  const id = table.snapshot.metadata?.id ?? "";
  if (isKnown && known.table !== id) throw away(`${where} holds another archive than it did`, file);
  if (!isKnown) writeKnown(file, { folder, table: id });
  return table;
}

function away(what: string, file: string): UnavailableError {
  const message = `${what}: bring it back, or mount its disk; to begin another one there, stop Wadi and remove ${file}`;
  return new UnavailableError("archive-away", message);
}

function readKnown(file: string): Known | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new UnavailableError("archive-away", `${file} cannot be read: ${asError(error).message}`, { cause: error });
  }
  try {
    const { folder, table } = JSON.parse(text) as Partial<Known>;
    if (typeof folder === "string" && typeof table === "string") return { folder, table };
  } catch {
    // told below
  }
  throw new ConfigurationError(`${file} does not say which archive was written; stop Wadi and remove it`);
}

/** Whole or not at all. */
function writeKnown(file: string, known: Known): void {
  try {
    writeFileSync(`${file}.new`, `${JSON.stringify(known)}\n`, { mode: 0o600, flush: true });
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new UnavailableError("archive-away", `${file} cannot be written: ${asError(error).message}`, {
      cause: error,
    });
  }
}
