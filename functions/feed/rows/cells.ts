// What the cells of a CSV file are: numbers, true and false, or text. JSON knows the difference, CSV does not.
//
// The rule: a column is of numbers when each of its cells in the sample (the first rows) is written as programs write
// numbers, of booleans when each is true or false, otherwise of text. `00123`, `+4` and `1E5` look like codes and
// are text, and so are whole numbers of more digits than a JSON number keeps. An empty cell leaves the field out.
// In a column of numbers or booleans a cell of another kind goes as text, so that Wadi says what is wrong with it.
// A column with nothing in the sample is decided by its first cell that says something.

import { UsageError } from "../../lib/failure.ts";
import { suggestion } from "../../lib/nearest.ts";
import { noColumn } from "./column-names.ts";
import type { Cell } from "./csv.ts";

export type CellType = "number" | "boolean" | "text";
export type ColumnTypes = ReadonlyMap<string, CellType>;
export type FieldRecord = Record<string, unknown>;

const TYPES: readonly CellType[] = ["number", "boolean", "text"];

// JSON's numbers, but an exponent only with a sign or behind a point, as programs print it: `1E5` is a code.
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]\d+)?$/;
const LENIENT_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BOOLEAN = /^(?:true|false|True|False|TRUE|FALSE)$/;
/** How others write that there is nothing. In a column of text these are words like any other: NA is Namibia. */
const NOTHING = /^(?:|NA|N\/A|NaN|nan|null|NULL|None)$/;

/** `zip=text,flag=boolean`. @throws UsageError. */
export function parseTypes(text: string): ColumnTypes {
  const types = new Map<string, CellType>();
  for (const pair of text.split(",")) {
    const at = pair.lastIndexOf("=");
    const type = pair.slice(at + 1).trim();
    if (at < 1) throw new UsageError(`--types: write ${JSON.stringify(pair)} as <column>=<type>, such as zip=text`);
    if (!TYPES.includes(type as CellType)) {
      throw new UsageError(`--types: ${JSON.stringify(type)} is no type${suggestion(type, TYPES)}`);
    }
    types.set(pair.slice(0, at).trim(), type as CellType);
  }
  return types;
}

/** Turns a row into a record. @throws UsageError for a type given to a column that is not there. */
export function createCellReader(
  header: readonly string[],
  sample: readonly (readonly Cell[])[],
  given: ColumnTypes = new Map(),
): (cells: readonly Cell[]) => FieldRecord {
  for (const column of given.keys()) {
    if (!header.includes(column)) {
      throw noColumn("--types", column, header);
    }
  }
  const types = header.map((name, i) => given.get(name) ?? guess(sample.map((cells) => cells[i])));
  const lenient = header.map((name) => given.has(name));
  return (cells) => {
    const fields: [string, unknown][] = [];
    for (let i = 0; i < header.length; i++) {
      types[i] ??= guess([cells[i]]);
      const value = cellValue(cells[i], types[i], lenient[i] as boolean);
      if (value !== undefined) fields.push([header[i] as string, value]);
    }
    // Not by assignment: a column may be called __proto__.
    return Object.fromEntries(fields);
  };
}

/** A value that stands in no column, such as a word of a command: a word is a text, NA too; undefined where it is empty. */
export function readValue(text: string): unknown {
  return text.trim() === "" ? undefined : cellValue(text, guess([text]) ?? "text", false);
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
export function spoiltColumns(
  header: readonly string[],
  sample: readonly (readonly Cell[])[],
  given: ColumnTypes = new Map(),
): readonly SpoiltColumn[] {
  return header.flatMap((column, i): readonly SpoiltColumn[] => {
    if (given.has(column)) return [];
    const telling = sample.flatMap((cells, row) => {
      const cell = cells[i]?.trim();
      return cell === undefined || NOTHING.test(cell) ? [] : [{ row, cell }];
    });
    for (const [type, fits] of [
      ["number", looksLikeNumber],
      ["boolean", (cell: string) => BOOLEAN.test(cell)],
    ] as const) {
      const others = telling.filter(({ cell }) => !fits(cell));
      const [first] = others;
      if (first !== undefined && 2 * others.length < telling.length) return [{ column, type, ...first }];
    }
    return [];
  });
}

/** Undefined where no cell says anything. */
function guess(cells: readonly Cell[]): CellType | undefined {
  const telling = cells.flatMap((cell) => {
    const trimmed = cell?.trim();
    return trimmed === undefined || NOTHING.test(trimmed) ? [] : [trimmed];
  });
  if (telling.length === 0) return undefined;
  if (telling.every(looksLikeNumber)) return "number";
  return telling.every((cell) => BOOLEAN.test(cell)) ? "boolean" : "text";
}

function looksLikeNumber(cell: string): boolean {
  if (!NUMBER.test(cell)) return false;
  const value = Number(cell);
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(cell));
}

function cellValue(cell: Cell, type: CellType | undefined, lenient: boolean): unknown {
  if (cell === undefined || type === undefined) return undefined;
  if (type === "text") return cell;
  const trimmed = cell.trim();
  if (NOTHING.test(trimmed)) return undefined;
  if (type === "boolean") {
    if (BOOLEAN.test(trimmed)) return trimmed.toLowerCase() === "true";
    return lenient && /^[01]$/.test(trimmed) ? trimmed === "1" : cell;
  }
  const isNumber = lenient
    ? LENIENT_NUMBER.test(trimmed) && Number.isFinite(Number(trimmed))
    : looksLikeNumber(trimmed);
  return isNumber ? Number(trimmed) : cell;
}
