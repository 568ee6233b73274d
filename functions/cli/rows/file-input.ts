// A file of rows that a command reads: its options, and its format by its name.

import type { Command } from "commander";
import type { Rename } from "../../feed/rows/column-names.ts";
import { type Format, formatOf } from "../../feed/rows/rows.ts";
import { UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { addCsvOptions, type CsvFlags, type GivenCsv, readCsvFlags } from "../csv-dialect.ts";

/** As commander hands them over: texts as they were typed. */
export interface FileFlags extends CsvFlags {
  readonly format?: string;
  readonly omit?: string;
  readonly rename?: readonly string[];
  readonly limit?: string;
}

export interface FileInput {
  /** `-` is standard input. */
  readonly path: string;
  readonly format: Format;
  readonly csv: GivenCsv;
}

export const OF_CSV = ["delimiter", "decimal", "dates", "types", "na", "headerLine"] as const;

/** `omit`: what leaving a column out means here. */
export function addFileOptions(command: Command, words: { readonly omit: string; readonly rename: string }): Command {
  command.option(
    "--format <name>",
    "csv, ndjson or json (an array of objects); by the file's ending where left out (what is compressed with gzip is seen by itself)",
  );
  return addCsvOptions(command)
    .option("--omit <column,...>", words.omit)
    .option("--rename <column=field>", words.rename, collect)
    .option("--limit <number>", "rows at most");
}

/** @throws UsageError. */
export function readFileInput(file: string, flags: FileFlags): FileInput {
  // As the file is called without the ending of gzip.
  const name = file.replace(/\.gz$/i, "");
  const format = readFormat(file, name, flags.format);
  if (format !== "csv") refuseFlags(flags, OF_CSV, `is for CSV, and ${file} is ${format}`);
  return { path: file, format, csv: readCsvFlags(name, flags) };
}

function readFormat(file: string, name: string, given: string | undefined): Format {
  const known: readonly Format[] = ["csv", "ndjson", "json"];
  if (given !== undefined) {
    if (known.includes(given as Format)) return given as Format;
    throw new UsageError(`--format: ${JSON.stringify(given)} is not read here${suggestion(given, known)}`);
  }
  const format = formatOf(name);
  if (format !== undefined) return format;
  const what = file === "-" ? "standard input has no name to tell it by" : `the name ${file} does not tell`;
  throw new UsageError(`which format? ${what}; add --format csv, --format ndjson or --format json`);
}

/** @throws UsageError where one of them is given, with its name and why it does not belong here. */
export function refuseFlags<Flags extends object>(flags: Flags, names: readonly (keyof Flags & string)[], why: string) {
  const found = names.find((name) => flags[name] !== undefined);
  if (found === undefined) return;
  throw new UsageError(`--${found.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${why}; leave it out`);
}

/** A column may also be given by the name it has in the data. */
export function columnOf(name: string, rename: readonly Rename[]): string {
  const isColumn = rename.some(([column]) => column === name);
  return isColumn ? name : (rename.find(([, field]) => field === name)?.[0] ?? name);
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
