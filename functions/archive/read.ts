// The archive at its place, and the rows of its files, as they were written here or by another program that compacted them.

import { ConfigurationError } from "../lib/errors.ts";
import { ARCHIVE, COLUMNS, type Row } from "./columns.ts";
import { type Add, nameOf } from "./delta/actions.ts";
import type { Objects, Part } from "./delta/objects.ts";
import { findInParquet, readParquet } from "./delta/parquet.ts";
import { DeltaTable, fileRemoved } from "./delta/table.ts";

/** What says whose event a row is. */
export type Naming = Pick<Row, "id" | "subject" | "extensions">;

/** Undefined where there is none. `engine`: who may write, for people. @throws ConfigurationError, UnavailableError. */
export function openArchive(objects: Objects, engine: string): Promise<DeltaTable | undefined> {
  return DeltaTable.open(objects, ARCHIVE, engine);
}

/** @throws ConfigurationError for a file that is gone or no Parquet; UnavailableError. */
export async function rowsOfFile(objects: Objects, file: Pick<Add, "path">): Promise<readonly Row[]> {
  const name = nameOf(file);
  const content = /^[a-z]+:/i.test(file.path) ? undefined : await objects.get(name);
  const names = Object.keys(COLUMNS);
  return (await readParquet(content ?? missing(objects, name), `${objects.where}: ${name}`)).map(
    (row) => Object.fromEntries(names.map((column) => [column, row[column] ?? null])) as unknown as Row,
  );
}

/** @throws as `rowsOfFile`; VersionConflictError for a file that is gone because another process has removed it from the table. */
export function rowsOfTable(table: DeltaTable, file: Add): Promise<readonly Row[]> {
  return unlessRemoved(table, file, () => rowsOfFile(table.objects, file));
}

/** Of the rows with this subject or id what tells whose they are; most of the file is not read. @throws as `rowsOfTable`. */
export function rowsNamed(table: DeltaTable, file: Add, value: string): Promise<readonly Naming[]> {
  const { objects } = table;
  const name = nameOf(file);
  const read = async (part: Part) => (await objects.get(name, part)) ?? missing(objects, name);
  const source = { name: `${objects.where}: ${name}`, bytes: file.size, read };
  const wanted = ["id", "subject", "extensions"];
  return unlessRemoved(table, file, async () => {
    const rows = await findInParquet(source, value, { of: ["id", "subject"], wanted });
    return rows.map((row) => ({ subject: null, ...row }) as unknown as Naming);
  });
}

/** What is written anew here has our columns alone: others would be lost. @throws ConfigurationError. */
export function checkColumns({ snapshot, objects }: DeltaTable, what: string): void {
  const { fields } = JSON.parse(snapshot.metadata?.schemaString ?? "{}") as { fields?: readonly { name: string }[] };
  const known = new Set(ARCHIVE.fields.map(({ name }) => name));
  const other = fields?.find(({ name }) => !known.has(name));
  if (other === undefined) return;
  throw new ConfigurationError(
    `the table ${objects.where} has a column ${other.name} that is not Wadi's and would be lost: ${what} with the program that added it`,
  );
}

async function unlessRemoved<T>(table: DeltaTable, file: Add, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    await table.refresh();
    throw table.snapshot.files.has(file.path) ? error : fileRemoved(nameOf(file), table.objects.where);
  }
}

function missing({ where }: Objects, name: string): never {
  throw new ConfigurationError(`${where}: the file ${name} of the table is gone; restore it from a copy`);
}
