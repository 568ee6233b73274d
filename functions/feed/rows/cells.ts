// What the cells of a CSV file are: numbers, true and false, or text. JSON knows the difference, CSV does not.
//
// The rule: a column is of numbers when each of its cells in the sample (the first rows) is written as people and programs
// write numbers, of booleans when each is true or false, or yes or no in one language, otherwise of text. What looks like a
// code is text (see numbers.ts). An empty cell leaves the field out, and so does a word for nothing, but for text.
// In a column of numbers or booleans a cell of another kind goes as text, so that Wadi says what is wrong with it.
// A column with nothing in the sample is decided by its first cell that says something.

import { UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { noColumn } from "./column-names.ts";
import type { Cell } from "./csv.ts";
import { type DateOrder, dateOrderOf, readDate } from "./dates.ts";
import { type Columns, type Dialect, type GivenDialect, readDialect } from "./dialect.ts";
import { parseEventTime } from "./event-time.ts";
import { type Decimal, decimalOf, readNumber, readPlainNumber } from "./numbers.ts";
import { areYesAndNo, isNothing, readYesOrNo } from "./words.ts";

export type CellType = "number" | "boolean" | "text";
export type ColumnTypes = ReadonlyMap<string, CellType>;
export type FieldRecord = Record<string, unknown>;

const TYPES: readonly CellType[] = ["number", "boolean", "text"];
const TRUE_OR_FALSE = /^(?:true|false|True|False|TRUE|FALSE)$/;

export interface CellOptions extends GivenDialect {
  readonly types?: ColumnTypes;
  readonly delimiter?: string;
  /** Texts that mean nothing, in columns of text, too; those that are usual, but not in text, where left out. */
  readonly na?: readonly string[];
  /** Columns whose dates become ISO 8601; `all`: each that holds nothing but dates. */
  readonly times?: readonly string[] | "all";
}

/** How a column is read. */
export interface ColumnPlan {
  readonly name: string;
  /** Undefined as long as no cell says anything. */
  readonly type: CellType | undefined;
  /** Somebody said so. */
  readonly given: boolean;
  readonly decimal: Decimal;
  /** Of a column whose dates become ISO 8601. */
  readonly dates?: DateOrder | "year-first";
  /** One of these, where nothing tells whether its day comes first. */
  readonly unclearDate?: string;
  /** Fewer of its cells, such as those of another file, would say something else. */
  readonly fragile: boolean;
  /** A number is written in groups of digits or with a decimal comma. */
  readonly ofPeople: boolean;
  /** Of a column that holds nothing but words for nothing: the first. */
  readonly nothing?: string;
}

export interface CellPlan {
  readonly dialect: Dialect;
  readonly columns: readonly ColumnPlan[];
  readonly spoilt: readonly SpoiltColumn[];
  readonly isNothing: (cell: string, text: boolean) => boolean;
}

/** `zip=text,flag=boolean`. @throws UsageError. */
export function parseTypes(text: string): ColumnTypes {
  const types = new Map<string, CellType>();
  // A name with a comma stands in quotes, as CSV has it.
  for (const pair of text.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/)) {
    const at = pair.lastIndexOf("=");
    const type = pair.slice(at + 1).trim();
    if (at < 1) throw new UsageError(`--types: write ${JSON.stringify(pair)} as <column>=<type>, such as zip=text`);
    if (!TYPES.includes(type as CellType)) {
      throw new UsageError(`--types: ${JSON.stringify(type)} is no type${suggestion(type, TYPES)}`);
    }
    const name = pair.slice(0, at).trim();
    types.set(/^".*"$/s.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name, type as CellType);
  }
  return types;
}

/** @throws UsageError for a type given to a column that is not there. */
export function planCells(
  header: readonly string[],
  sample: readonly (readonly Cell[])[],
  options: CellOptions = {},
): CellPlan {
  const { types: given = new Map(), delimiter = ",", na, times = [] } = options;
  for (const column of given.keys()) if (!header.includes(column)) throw noColumn("--types", column, header);
  const empty = na === undefined ? undefined : new Set(na);
  const isEmpty = (cell: string, text: boolean) =>
    cell === "" ? !text : empty === undefined ? !text && isNothing(cell) : empty.has(cell);
  const said = header.map((_, i) =>
    sample.flatMap((cells) => {
      const cell = cells[i]?.trim();
      return cell === undefined || isEmpty(cell, false) ? [] : [cell];
    }),
  );
  const open: Columns = said.filter((_, i) => !["text", "boolean"].includes(given.get(header[i] as string) ?? ""));
  const dialect = readDialect(open, delimiter, options);
  const columns = header.map((name, i): ColumnPlan => {
    const cells = said[i] as readonly string[];
    const type = given.get(name) ?? typeOf(cells, dialect.decimal);
    const words = sample.flatMap((row) =>
      row[i]?.trim() && isNothing(row[i]?.trim() as string) ? [row[i] as string] : [],
    );
    const ofTimes = times === "all" || times.includes(name);
    return {
      name,
      type,
      given: given.has(name),
      decimal: decimalFor(cells, dialect.decimal, given.has(name)),
      ofPeople: cells.some((cell) => readPlainNumber(cell) === undefined && decimalOf(cell) !== undefined),
      ...(ofTimes && datesOf(cells, dialect, options.dates)),
      fragile:
        (type === "boolean" && !cells.every((cell) => TRUE_OR_FALSE.test(cell))) ||
        (type === "text" && words.length > 0 && empty === undefined),
      ...(type === undefined && words[0] !== undefined && { nothing: words[0] }),
    };
  });
  return { dialect, columns, spoilt: spoiltColumns(header, sample, columns, isEmpty), isNothing: isEmpty };
}

/** Turns a row into a record. */
export function createCellReader({ columns, isNothing }: CellPlan): (cells: readonly Cell[]) => FieldRecord {
  const types = columns.map(({ type }) => type);
  return (cells) => {
    const fields: [string, unknown][] = [];
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i] as ColumnPlan;
      const cell = cells[i];
      const trimmed = cell?.trim();
      if (types[i] === undefined && trimmed !== undefined && !isNothing(trimmed, false)) {
        types[i] = typeOf([trimmed], column.decimal);
      }
      const value = cellValue(cell, column, types[i], isNothing);
      if (value !== undefined) fields.push([column.name, value]);
    }
    // Not by assignment: a column may be called __proto__.
    return Object.fromEntries(fields);
  };
}

/** A value that stands in no column, such as a word of a command: a word is a text, NA too; undefined where it is empty. */
export function readValue(word: string): unknown {
  const trimmed = word.trim();
  if (trimmed === "") return undefined;
  return readPlainNumber(trimmed) ?? (TRUE_OR_FALSE.test(trimmed) ? trimmed.toLowerCase() === "true" : word);
}

/** A column that is text because of a few cells alone. */
export interface SpoiltColumn {
  readonly column: string;
  /** What the other cells are. */
  readonly type: "number" | "boolean";
  /** The first that is not: its row in the sample, and what stands there. */
  readonly row: number;
  readonly cell: string;
}

/** Of the columns whose type was not given those of which most cells, but not all, are numbers or true and false. */
function spoiltColumns(
  header: readonly string[],
  sample: readonly (readonly Cell[])[],
  columns: readonly ColumnPlan[],
  isEmpty: (cell: string, text: boolean) => boolean,
): readonly SpoiltColumn[] {
  return header.flatMap((column, i): readonly SpoiltColumn[] => {
    const { given, type, decimal } = columns[i] as ColumnPlan;
    if (given || type !== "text") return [];
    const telling = sample.flatMap((cells, row) => {
      const cell = cells[i]?.trim();
      return cell === undefined || isEmpty(cell, false) ? [] : [{ row, cell }];
    });
    for (const [type, fits] of [
      ["number", (cell: string) => readNumber(cell, decimal) !== undefined],
      ["boolean", (cell: string) => TRUE_OR_FALSE.test(cell)],
    ] as const) {
      const others = telling.filter(({ cell }) => !fits(cell));
      const [first] = others;
      if (first !== undefined && 2 * others.length < telling.length) return [{ column, type, ...first }];
    }
    return [];
  });
}

/** Undefined where no cell says anything. */
function typeOf(cells: readonly string[], decimal: Decimal): CellType | undefined {
  if (cells.length === 0) return undefined;
  if (isOfNumbers(cells, decimal) || isOfNumbers(cells, otherThan(decimal))) return "number";
  if (cells.every((cell) => TRUE_OR_FALSE.test(cell))) return "boolean";
  return areYesAndNo(new Set(cells.map((cell) => cell.toLowerCase()))) ? "boolean" : "text";
}

function isOfNumbers(cells: readonly string[], decimal: Decimal): boolean {
  return cells.every((cell) => readNumber(cell, decimal) !== undefined);
}

function otherThan(decimal: Decimal): Decimal {
  return decimal === "point" ? "comma" : "point";
}

/** A column may have the other decimal sign throughout: degrees of latitude in a table of prices. */
function decimalFor(cells: readonly string[], decimal: Decimal, given: boolean): Decimal {
  const other = otherThan(decimal);
  const fitting = (sign: Decimal) => cells.filter((cell) => readNumber(cell, sign, given) !== undefined).length;
  return fitting(other) > fitting(decimal) ? other : decimal;
}

/** Nothing where no cell is such a date. */
function datesOf(
  cells: readonly string[],
  dialect: Dialect,
  given?: DateOrder,
): Pick<ColumnPlan, "dates" | "unclearDate"> {
  const own = (["day-first", "month-first"] as const).find((order) =>
    cells.some((cell) => dateOrderOf(cell) === order),
  );
  const dates = given ?? own ?? dialect.dates;
  if (!cells.some((cell) => parseEventTime(cell) === undefined && readDate(cell, dates) !== undefined)) return {};
  if (!cells.some((cell) => dateOrderOf(cell) !== undefined)) return { dates: "year-first" };
  const told = given !== undefined || own !== undefined || dialect.datesTold;
  const unclearDate = told ? undefined : cells.find((cell) => dateOrderOf(cell) === "unclear");
  return { dates, ...(unclearDate !== undefined && { unclearDate }) };
}

function cellValue(
  cell: Cell,
  { given, decimal, dates }: ColumnPlan,
  type: CellType | undefined,
  isNothing: CellPlan["isNothing"],
): unknown {
  if (cell === undefined || type === undefined) return undefined;
  const trimmed = cell.trim();
  if (isNothing(trimmed, type === "text")) return undefined;
  if (type === "number") return readNumber(trimmed, decimal, given) ?? cell;
  if (type === "text") {
    if (dates === undefined || parseEventTime(trimmed) !== undefined) return cell;
    return readDate(trimmed, dates === "year-first" ? undefined : dates) ?? cell;
  }
  return given && /^[01]$/.test(trimmed) ? trimmed === "1" : (readYesOrNo(trimmed) ?? cell);
}
