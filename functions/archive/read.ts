// The archive at its place, and the rows of its files, as they were written here or by another program that compacted them.

import { ConfigurationError } from "../lib/errors.ts";
import { ARCHIVE, COLUMNS, type Row } from "./columns.ts";
import { type Add, nameOf } from "./delta/actions.ts";
import type { Objects } from "./delta/objects.ts";
import { readParquet } from "./delta/parquet.ts";
import { DeltaTable } from "./delta/table.ts";

/** Undefined where there is none. `engine`: who may write, for people. @throws ConfigurationError, UnavailableError. */
export function openArchive(objects: Objects, engine: string): Promise<DeltaTable | undefined> {
  return DeltaTable.open(objects, ARCHIVE, engine);
}

/** @throws ConfigurationError for a file that is gone or no Parquet; UnavailableError. */
export async function rowsOfFile(objects: Objects, file: Pick<Add, "path">): Promise<readonly Row[]> {
  const name = nameOf(file);
  const content = /^[a-z]+:/i.test(file.path) ? undefined : await objects.get(name);
  if (content === undefined) {
    throw new ConfigurationError(`${objects.where}: the file ${name} of the table is gone; restore it from a copy`);
  }
  const names = Object.keys(COLUMNS);
  return (await readParquet(content, `${objects.where}: ${name}`)).map(
    (row) => Object.fromEntries(names.map((column) => [column, row[column] ?? null])) as unknown as Row,
  );
}
