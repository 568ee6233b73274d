// How a CSV file is written, for the commands that read one: the options to set it, and the texts that report it.

import { extname } from "node:path";
import type { Command } from "commander";
import { type CellOptions, type CellType, parseTypes } from "../feed/rows/cells.ts";
import { createCsvReader } from "../feed/rows/csv.ts";
import type { DateOrder } from "../feed/rows/dates.ts";
import { readEncoding, UTF_8 } from "../feed/rows/encoding.ts";
import { type Decimal, readNumber } from "../feed/rows/numbers.ts";
import { UsageError } from "../lib/failure.ts";
import { suggestion } from "../lib/nearest.ts";
import { wholeNumber } from "./option-values.ts";
import { nameList, shellWord } from "./terminal/shell-words.ts";

/** As commander hands them over: texts as they were typed. */
export interface CsvFlags {
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly decimal?: string;
  readonly dates?: string;
  readonly types?: string;
  readonly na?: string;
  readonly headerLine?: string;
  /** `--no-footer` makes it false. */
  readonly footer?: boolean;
}

/** Given by the user. */
export interface GivenCsv extends Pick<CellOptions, "delimiter" | "decimal" | "dates" | "types" | "na"> {
  readonly encoding?: string;
  readonly headerLine?: number;
  readonly keepFooter?: boolean;
}

const CSV_OPTIONS: readonly (readonly [flag: string, description: string])[] = [
  [
    "--encoding <name>",
    "of a file: windows-1250, shift_jis, ... (UTF-8 and UTF-16 are detected; else Windows-1252 is assumed)",
  ],
  ["--delimiter <sign>", "of CSV: , or ; or | or tab (detected from the first rows)"],
  ["--decimal <sign>", "of CSV: point (1,234.5) or comma (1.234,5) (detected from the first rows)"],
  [
    "--dates <order>",
    "of CSV: day-first or month-first, for 03/11/2026 (detected from the first rows, if they show it)",
  ],
  ["--types <column=type,...>", "of CSV: number, boolean or text, for columns whose type is detected wrongly"],
  [
    "--na <text,...>",
    "of CSV: texts that mean 'no value'; given here, also in text columns (default, outside text columns: NA, N/A, NaN, null, -)",
  ],
  ["--header-line <number>", "of CSV: the line that names the columns (the first one, or the first below titles)"],
  ["--no-footer", "of CSV: send a last row that begins with Total or the like"],
];

export function addCsvOptions(command: Command): Command {
  for (const [flag, description] of CSV_OPTIONS) command.option(flag, description);
  return command;
}

/** @throws UsageError naming the option and the cure. */
export function readCsvFlags(
  file: string,
  { encoding, delimiter, decimal, dates, types, na, headerLine, footer }: CsvFlags,
): GivenCsv {
  const tabs = extname(file).toLowerCase() === ".tsv" ? "\t" : undefined;
  const sign = delimiter === undefined ? tabs : readDelimiter(delimiter);
  return {
    ...(encoding !== undefined && { encoding: readEncoding(encoding) }),
    ...(sign !== undefined && { delimiter: sign }),
    ...(decimal !== undefined && { decimal: oneOf<Decimal>("--decimal", decimal, ["point", "comma"]) }),
    ...(dates !== undefined && { dates: oneOf<DateOrder>("--dates", dates, ["day-first", "month-first"]) }),
    ...(types !== undefined && { types: parseTypes(types) }),
    ...(na !== undefined && { na: readNames(na) }),
    ...(headerLine !== undefined && { headerLine: wholeNumber("--header-line", headerLine, 1) }),
    ...(footer === false && { keepFooter: true }),
  };
}

function oneOf<Choice extends string>(flag: string, text: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new UsageError(`${flag}: ${JSON.stringify(text)} is not known${suggestion(text, choices)}`);
}

function readDelimiter(text: string): string {
  if (text === "tab" || text === "\\t") return "\t";
  if (text.length === 1 && !/["\r\n]/.test(text)) return text;
  throw new UsageError(`--delimiter: ${JSON.stringify(text)} is not one sign; use , or ; or | or tab`);
}

/** `a,b,"c, with a comma"`: as CSV has it. */
export function readNames(text: string): readonly string[] {
  const reader = createCsvReader();
  const rows = [...reader.push(text), ...reader.end()];
  return rows.flatMap(({ cells }) => cells.flatMap((cell) => (cell?.trim() ? [cell.trim()] : [])));
}

/** As `--types` reads it, and a shell. */
export function typesWord(types: readonly (readonly [column: string, type: CellType])[]): string {
  return shellWord(types.map(([column, type]) => `${nameList([column])}=${type}`).join(","));
}

/** As detected or given. */
export interface FoundCsv {
  readonly encoding: string;
  readonly delimiter: string;
  /** Undefined if the numbers are written as programs write them. */
  readonly decimal: Decimal | undefined;
  /** Undefined if no time is written like `03/11/2026`. */
  readonly dates: DateOrder | undefined;
}

const SEPARATORS: Readonly<Record<string, string>> = { "\t": "tabs", ";": "semicolons", "|": "|", ",": "commas" };

/** Undefined for the usual: UTF-8, commas, numbers and dates as programs write them. */
export function csvText({ encoding, delimiter, decimal, dates }: FoundCsv): string | undefined {
  const parts = [
    ...(encoding === UTF_8 ? [] : [encoding.toUpperCase().replace("WINDOWS", "Windows")]),
    ...(delimiter === "," ? [] : [`${SEPARATORS[delimiter] ?? delimiter} between the cells`]),
    ...(decimal === undefined ? [] : [`decimal ${decimal} (${decimal === "comma" ? "1.234,5" : "1,234.5"})`]),
    ...(dates === undefined ? [] : [dates === "day-first" ? "day before month" : "month before day"]),
  ];
  return parts.length === 0 ? undefined : `How the file is written: ${parts.join(", ")}.`;
}

/** For a number that would be different with the other decimal sign. */
export function unclearText(number: string, decimal: Decimal): string {
  const other = decimal === "point" ? "comma" : "point";
  return `${number} is read as ${readNumber(number, decimal)}; --decimal ${other} reads ${readNumber(number, other)}.`;
}

/** For a file with titles above its header. */
export function titledText({ line, title }: { readonly line: number; readonly title: string }): string {
  const what =
    title === ""
      ? "what stands above it"
      : `what stands above it (${JSON.stringify(title.slice(0, 40).toWellFormed())})`;
  return `Line ${line} names the columns, and ${what} is left out; --header-line says otherwise.`;
}

/** For an encoding that is only a guess; undefined for the others. */
export function assumedText(encoding: string | undefined): string | undefined {
  if (encoding !== "windows-1252") return undefined;
  return "It is not UTF-8, and is read as Windows-1252 (Western Europe). If letters come out wrong, name it: --encoding windows-1250 (Central Europe), windows-1251 (Cyrillic), ...";
}
