// Flights as rows of the archive, in a file that another language reads, too.

import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Row } from "../functions/archive/columns.ts";
import { dayOf, rowOf } from "../functions/archive/rows.ts";
import { writeStructured } from "../functions/lib/events/structured.ts";
import { labelledFlights } from "./flights.ts";

type Long = "time" | "recordedtime" | "offset";

/** What JSON has no type for is text: 64-bit numbers in decimal, bytes as UTF-8. */
export interface WrittenRow extends Omit<Row, Long | "data"> {
  readonly time: string | null;
  readonly recordedtime: string;
  readonly offset: string;
  readonly data: string | null;
  readonly day: string;
  readonly pipeline: string;
}

/** Of an ordinary day, a millisecond apart. */
const ACCEPTED = Date.UTC(2026, 10, 30);

/** @returns bytes of the same events as JSON lines, packed with gzip. */
export function writeArchiveRows(file: string, count: number): number {
  const events = labelledFlights(0, count);
  const rows = events.map((event, offset): WrittenRow => {
    const row = rowOf(event, { partition: 0, offset, time: ACCEPTED + offset }, "bench");
    return {
      ...row,
      time: row.time === null ? null : String(row.time),
      recordedtime: String(row.recordedtime),
      offset: String(row.offset),
      data: row.data === null ? null : Buffer.from(row.data).toString("utf8"),
      day: dayOf(row),
      pipeline: "flights",
    };
  });
  writeFileSync(file, JSON.stringify(rows));
  const lines = events.map((event, n) => {
    const recordedtime = new Date(ACCEPTED + n).toISOString();
    return `${writeStructured({ ...event, recordedtime })}\n`;
  });
  return gzipSync(lines.join("")).length;
}
