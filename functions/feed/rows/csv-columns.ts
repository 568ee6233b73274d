// What a pipeline needs to know about the columns of a CSV file, read from its header and rows.

import { FailedError } from "../../lib/failure.ts";
import { parseTimestamp } from "../../lib/pipeline/record/timestamp.ts";
import type { ColumnPlan } from "./cells.ts";
import { type CsvOptions, type FilePlan, readCsv, type SpoiltInFile } from "./csv-rows.ts";
import type { DateOrder } from "./dates.ts";
import type { Dialect } from "./dialect.ts";
import { UTF_8 } from "./encoding.ts";
import { parseEventTime } from "./event-time.ts";
import { eachRow } from "./row.ts";
import { openTextSource } from "./text-source.ts";

export interface ColumnFacts {
  readonly name: string;
  /** As `emit` sends it. `empty`: no cell says anything. */
  readonly type: "number" | "boolean" | "text" | "empty";
  /** Each value is a time. `zoned`: each says so itself, and needs nobody to add that it is UTC. */
  readonly time?: { readonly zoned: boolean; readonly hours: boolean };
  /** Every row has a value and no two are equal, so it may be the id. */
  readonly unique: boolean;
  /** Of times that are written like `03/11/2026`. */
  readonly dates?: DateOrder;
  /** One of these, where nothing tells whether the day comes first. */
  readonly unclearDate?: string;
  /** Without a stated type, another file of the same kind could be read differently. */
  readonly fragile?: "boolean" | "text";
  /** Of a column that holds nothing but a word for nothing: that word. */
  readonly nothing?: string;
  /** Of a column that a few cells make text. */
  readonly spoilt?: SpoiltInFile;
  /** A row has no value, or one of another type. */
  readonly gaps: boolean;
  /** Different values, counted up to one more than MANY. */
  readonly values: number;
  /** Of a column with two different values: the one that fewer rows have; of two that are as frequent, the later one. */
  readonly rarer?: string | number | boolean;
  readonly longest: number;
  /** Of a column of numbers: half of them lie below the middle, and two thirds within `spread` of it. */
  readonly middle: number;
  readonly spread: number;
}

export interface CsvFacts {
  readonly columns: readonly ColumnFacts[];
  /** Rows that were read. */
  readonly rows: number;
  /** There were more rows than were read. */
  readonly more: boolean;
  readonly dialect: FileDialect;
}

/** How the file is written, told by its first rows or given. */
export interface FileDialect extends Dialect {
  readonly delimiter: string;
  /** `utf-8` where all that was read is ASCII. */
  readonly encoding: string;
  /** The header's line and the first text above it, where titles stand there. */
  readonly titled?: FilePlan["titled"];
  /** A number is written in groups of digits or with a decimal comma. */
  readonly ofPeople: boolean;
}

export interface CsvFactsOptions
  extends Pick<CsvOptions, "delimiter" | "decimal" | "dates" | "na" | "types" | "keepFooter" | "headerLine"> {
  readonly encoding?: string;
}

/** Of more values than this it is not counted how many there are. */
const MANY = 1000;
const MOST_ROWS = 100_000;
const LONGEST_NAME = 100;
/** By which the scale of a column is told. */
const MOST_NUMBERS = 10_000;
/** 2000 to 2100: a whole number in it, of all numbers, is epoch milliseconds. */
const EPOCH_MS = [946_684_800_000, 4_102_444_800_000] as const;

/** @throws UsageError for a file that is not there, FailedError for one that is no CSV or has no row. */
export async function readCsvFacts(path: string, options: CsvFactsOptions = {}): Promise<CsvFacts> {
  const stop = new AbortController();
  const { encoding, ...how } = options;
  const source = await openTextSource(path, stop.signal, encoding);
  let header: readonly string[] = [];
  let columns: ReturnType<typeof createColumn>[] = [];
  let plan: FilePlan | undefined;
  let rows = 0;
  const read = readCsv(source.text, {
    ...how,
    times: "all",
    onPlan: (found) => {
      plan = found;
      header = found.columns.map(({ name }) => name);
      columns = found.columns.map(createColumn);
    },
  });
  for await (const row of eachRow(read)) {
    if (row.problem !== undefined) continue;
    if (++rows > MOST_ROWS) break;
    for (let i = 0; i < header.length; i++) {
      const name = header[i] as string;
      columns[i]?.take(Object.hasOwn(row.fields, name) ? row.fields[name] : undefined);
    }
  }
  stop.abort();
  if (rows === 0 || plan === undefined)
    throw new FailedError(`${path} has a header and no sound row; add rows, for the types are told by them`);
  const { spoilt, dialect, delimiter, titled } = plan;
  const facts = columns.map((column) => {
    const found = column.facts();
    const spoiler = found.type === "text" ? spoilt.find((one) => one.column === found.name) : undefined;
    return spoiler === undefined ? found : { ...found, spoilt: spoiler };
  });
  return {
    columns: facts,
    rows: Math.min(rows, MOST_ROWS),
    more: rows > MOST_ROWS,
    dialect: {
      ...dialect,
      delimiter,
      ...(titled !== undefined && { titled }),
      encoding: source.encoding() ?? UTF_8,
      ofPeople: plan.columns.some(({ type, ofPeople }) => type === "number" && ofPeople),
    },
  };
}

function createColumn({ name, unclearDate, fragile, type: planned, dates, nothing: word }: ColumnPlan) {
  const counts = { number: 0, boolean: 0, text: 0, nothing: 0 };
  // How often each value was met.
  const values = new Map<unknown, number>();
  // Given up where two are the same, or one names nothing.
  let names: Set<string | number> | undefined = new Set();
  const numbers: number[] = [];
  let times = true;
  let zoned = true;
  let longest = 0;
  const hours = new Set<number>();

  return {
    take(value: unknown): void {
      if (value === undefined || value === "") {
        counts.nothing++;
        names = undefined;
        return;
      }
      counts[typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "text"]++;
      if (values.size <= MANY || values.has(value)) values.set(value, (values.get(value) ?? 0) + 1);
      if (names?.has(value as string) || !(Number.isSafeInteger(value) || isName(value))) names = undefined;
      else names?.add(value as string | number);
      if (typeof value === "number" && numbers.length < MOST_NUMBERS) numbers.push(value);
      if (typeof value === "string") longest = Math.max(longest, value.length);
      if (!times) return;
      const ms = timeOf(value);
      times = ms !== undefined;
      if (ms === undefined) return;
      zoned &&= typeof value === "number" || parseTimestamp(String(value)) !== undefined;
      hours.add(new Date(ms).getUTCHours());
    },
    facts(): ColumnFacts {
      const { number, boolean, text, nothing } = counts;
      const said = number + boolean + text;
      // Most cells decide: Wadi will refuse a text among numbers.
      const type = said === 0 ? "empty" : text === said ? "text" : number >= boolean ? "number" : "boolean";
      return {
        name,
        type,
        ...(times && said > 0 && type !== "boolean" && { time: { zoned, hours: hours.size > 1 } }),
        gaps: nothing > 0,
        unique: names !== undefined && said > 1,
        ...(dates !== undefined && dates !== "year-first" && { dates }),
        ...(unclearDate !== undefined && { unclearDate }),
        ...(fragile && (planned === "boolean" || planned === "text") && { fragile: planned }),
        ...(word !== undefined && { nothing: word }),
        values: values.size,
        ...(values.size === 2 && { rarer: rarest(values) as string | number | boolean }),
        longest,
        ...scaleOf(numbers),
      };
    },
  };
}

function rarest(values: ReadonlyMap<unknown, number>): unknown {
  return [...values].reduce((rarest, one) => (one[1] <= rarest[1] ? one : rarest))[0];
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value.length <= LONGEST_NAME && value.isWellFormed();
}

/** Robust against a few outliers. */
function scaleOf(numbers: readonly number[]): { middle: number; spread: number } {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { middle: at(0.5), spread: (at(0.84) - at(0.16)) / 2 || (at(1) - at(0)) / 2 };
}

function timeOf(value: unknown): number | undefined {
  if (typeof value === "string") return parseEventTime(value);
  if (typeof value !== "number" || !Number.isInteger(value)) return undefined;
  return value >= EPOCH_MS[0] && value < EPOCH_MS[1] ? value : undefined;
}
