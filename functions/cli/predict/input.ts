// Reads the records to predict for: JSON, lines of JSON, or fields as `name=value`.

import { type FieldRecord, readValue } from "../../feed/rows/cells.ts";
import { asError } from "../../lib/errors.ts";
import { UsageError } from "../../lib/failure.ts";

const EXAMPLE = `'{"distance": 1750, "origin": "DTW"}', distance=1750 origin=DTW, or - for standard input`;

/** @throws UsageError in words. */
export function readRecords(texts: readonly string[], stdin: () => string): readonly FieldRecord[] {
  const [first, ...others] = texts;
  if (first === undefined) throw new UsageError(`predict for what? give a record: ${EXAMPLE}`);
  const alone = first === "-" || /^\s*[[{]/.test(first);
  if (!alone) return [fieldsOf(texts)];
  if (others.length > 0) throw new UsageError(`one record, or a list of them, as one word in quotes: ${EXAMPLE}`);
  return first === "-" ? parseText(stdin(), "standard input") : parseText(first, "the record");
}

/** `distance=1750 late=true origin=DTW`; an empty one, `origin=`, is left out. */
function fieldsOf(texts: readonly string[]): FieldRecord {
  const pairs = texts.map((text) => {
    const at = text.indexOf("=");
    if (at < 1)
      throw new UsageError(`${JSON.stringify(text)} is not a field; write <name>=<value>, or JSON: ${EXAMPLE}`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`the field ${twice} is given twice; leave one out`);
  // Not by assignment: a field may be called __proto__.
  return Object.fromEntries(
    pairs.flatMap(([name, text]) => {
      const value = readValue(text);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function parseText(given: string, what: string): readonly FieldRecord[] {
  // Some editors and shells write a byte order mark.
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  if (text.trim() === "") throw new UsageError(`${what} is empty; give a record: ${EXAMPLE}`);
  try {
    return recordsOf(JSON.parse(text), what);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    if (lines.length < 2) throw noJson(what, error);
    return lines.flatMap((line, i) => {
      try {
        return recordsOf(JSON.parse(line), `line ${i + 1} of ${what}`);
      } catch (cause) {
        throw cause instanceof UsageError ? cause : noJson(`line ${i + 1} of ${what}`, cause);
      }
    });
  }
}

function noJson(what: string, error: unknown): UsageError {
  return new UsageError(`${what} is not valid JSON (${asError(error).message}); give a record: ${EXAMPLE}`, {
    cause: error,
  });
}

/** A request as the API has it (`{"inputs": ...}`) is taken, too. */
function recordsOf(value: unknown, what: string): readonly FieldRecord[] {
  const inner = isRecord(value) && isList(value["inputs"]) && Object.keys(value).length === 1 ? value["inputs"] : value;
  const records = Array.isArray(inner) ? inner : [inner];
  if (records.length > 0 && records.every(isRecord)) return records;
  throw new UsageError(`${what} is not a JSON object with the fields of an observation; give a record: ${EXAMPLE}`);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) || isRecord(value);
}

function isRecord(value: unknown): value is FieldRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
