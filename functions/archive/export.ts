// The events of a span of days, as they were accepted, in structured mode: one JSON object a line.

import { writeStructured } from "../lib/events/structured.ts";
import type { Add } from "./delta/actions.ts";
import type { DeltaTable } from "./delta/table.ts";
import { type Days, isInDays } from "./files.ts";
import { rowsOfTable } from "./read.ts";
import { eventOf } from "./rows.ts";
import { UNWATCHED, type Watch } from "./watch.ts";

export interface Span extends Days {
  readonly pipeline?: string | undefined;
}

/** Lines, some thousand at a time, by day, and within a file in the order of the log. @throws ConfigurationError, UnavailableError; where the signal aborts, its reason. */
export async function* exportLines(
  table: DeltaTable,
  span: Span,
  watch: Watch = UNWATCHED,
): AsyncGenerator<readonly string[]> {
  const files = [...table.snapshot.files.values()].filter((file) => isIn(file, span));
  files.sort((a, b) => (beginOf(a) < beginOf(b) ? -1 : 1));
  for (const [i, file] of files.entries()) {
    watch.signal?.throwIfAborted();
    watch.step(i, files.length);
    yield (await rowsOfTable(table, file)).map((row) => `${writeStructured(eventOf(row))}\n`);
  }
}

/** When the first of its events was accepted, where it says so; else its day. */
function beginOf({ partitionValues, stats }: Add): string {
  return /"minValues":\{[^}]*"recordedtime":"([^"]{1,40})"/.exec(stats ?? "")?.[1] ?? partitionValues["day"] ?? "";
}

function isIn(file: Add, span: Span): boolean {
  return isInDays(file, span) && (span.pipeline === undefined || file.partitionValues["pipeline"] === span.pipeline);
}
