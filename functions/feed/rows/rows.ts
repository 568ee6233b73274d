// The rows of a file, whatever its format: each with its number, its text as it stood there, and its fields.

import { extname } from "node:path";
import { asError } from "../../lib/errors.ts";
import { FailedError } from "../../lib/failure.ts";
import { createJsonElements } from "../../lib/json-elements.ts";
import type { FieldRecord } from "./cells.ts";
import { type CsvOptions, readCsv } from "./csv-rows.ts";
import { eachRow, failing, type Row } from "./row.ts";

export type Format = "csv" | "ndjson" | "json";

/** All but `format` and `onFound` is of CSV alone. */
export interface RowOptions extends CsvOptions {
  readonly format: Format;
}

const FORMATS: Readonly<Record<string, Format>> = {
  ".csv": "csv",
  ".tsv": "csv",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".json": "json",
};

/** By the ending of the file's name; undefined where that does not tell. */
export function formatOf(name: string): Format | undefined {
  const ending = extname(name).toLowerCase();
  return Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
}

const MAX_LINE_CHARS = 1024 * 1024;

/** @throws FailedError, UsageError for a text that is not of this format at all. */
export function readRows(text: AsyncIterable<string>, options: RowOptions): AsyncGenerator<Row> {
  return eachRow(readPieces(text, options));
}

/** The same, as many at once as a piece of the text held: quicker where rows are many. @throws as readRows. */
export function readPieces(text: AsyncIterable<string>, options: RowOptions): AsyncGenerator<readonly Row[]> {
  if (options.format === "csv") return readCsv(text, options);
  return readJson(options.format === "json" ? arrayElements(text) : lines(text), options.onFound);
}

/** The text of one row of JSON. */
interface JsonText {
  readonly text: string;
  readonly line?: number;
}

async function* readJson(
  pieces: AsyncIterable<readonly JsonText[]>,
  onFound?: (rows: number) => void,
): AsyncGenerator<readonly Row[]> {
  let number = 0;
  for await (const piece of pieces) {
    onFound?.(piece.length);
    yield piece.map((found): Row => {
      const parsed = parseObject(found.text);
      const base = { number: ++number, ...found };
      return typeof parsed === "string" ? { ...base, fields: {}, problem: parsed } : { ...base, fields: parsed };
    });
  }
}

function parseObject(text: string): FieldRecord | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as FieldRecord;
    return `${text.slice(0, 40).toWellFormed()} is no JSON object with the fields of an observation`;
  } catch (error) {
    return `this is not valid JSON: ${asError(error).message}`;
  }
}

async function* lines(text: AsyncIterable<string>): AsyncGenerator<JsonText[]> {
  let rest = "";
  let line = 0;
  const take = (parts: readonly string[]): JsonText[] =>
    parts.flatMap((part) => {
      line++;
      if (part.length > MAX_LINE_CHARS) throw tooLong(line);
      const trimmed = part.trim();
      return trimmed === "" ? [] : [{ text: trimmed, line }];
    });
  for await (const piece of text) {
    const parts = (rest + piece).split("\n");
    rest = parts.pop() ?? "";
    yield take(parts);
    if (rest.length > MAX_LINE_CHARS) throw tooLong(line + 1);
  }
  yield take([rest]);
}

function tooLong(line: number): FailedError {
  return new FailedError(
    `line ${line} has more than a million characters: NDJSON is one object a line (one array is --format json)`,
  );
}

async function* arrayElements(text: AsyncIterable<string>): AsyncGenerator<JsonText[]> {
  const reader = createJsonElements({ element: "row" });
  for await (const piece of text) yield failing(() => reader.push(piece)).map((element) => ({ text: element }));
  failing(() => reader.end());
}
