// A row of a file, whatever its format.

import { asError } from "../../lib/errors.ts";
import { FailedError, UsageError } from "../../lib/failure.ts";
import type { FieldRecord } from "./cells.ts";

export interface Row {
  /** From 1, the header not counted. */
  readonly number: number;
  /** The line of the file that it begins on, where the format has lines. */
  readonly line?: number;
  /** Identifies the row: the same text is the same row. */
  readonly text: string;
  readonly fields: FieldRecord;
  /** Why it cannot be sent, in words. */
  readonly problem?: string;
  /** When the same events are sent once more, as a phone does that had no answer: epoch milliseconds. */
  readonly again?: { readonly observation?: number; readonly label?: number };
}

/** Turns what a parser throws into a FailedError. */
export function failing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new FailedError(asError(error).message, { cause: error });
  }
}

/** Row by row what was read piece by piece. */
export async function* eachRow(pieces: AsyncIterable<readonly Row[]>): AsyncGenerator<Row> {
  for await (const rows of pieces) yield* rows;
}
