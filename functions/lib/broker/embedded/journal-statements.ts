// The journal's SQL, prepared once; that which looks for dead letters stands in ../letter-table.ts.

import type { DatabaseSync } from "node:sqlite";
import type { Row } from "../event-row.ts";
import type { Position } from "../lane.ts";
import { letterSize } from "./letter-size.ts";

/** A dead letter to be written. */
export interface Letter {
  readonly trigger: string;
  readonly reason: string;
  /** Of the event; where it has none, its id. */
  readonly subject: string;
  readonly row: Row;
}

/** All that are there. */
export interface LetterTotals {
  count: number;
  /** Of the file, as letter-size.ts counts. */
  bytes: number;
}

/** What may be written; it is only to be had within `Journal.write`. */
export interface Writer {
  append(seq: number, time: number, hops: number, type: string, row: Row): void;
  deadLetter(time: number, letter: Letter): void;
  /** False where there is none of this number. */
  removeDeadLetter(number: number): boolean;
  position(trigger: string, position: Position): void;
  /** Deletes events taken in before `time`, up to `floor`, oldest first and at most `limit`; how many. */
  trimOlder(time: number, floor: number, limit: number): number;
  /** Deletes the `limit` oldest events, up to `floor`; how many. */
  trimOldest(floor: number, limit: number): number;
  /** Deletes dead letters given up before `time`, at most `limit`; how many. */
  trimDeadLetters(time: number, limit: number): number;
  /** Deletes the oldest dead letters, at most `limit`, until those left take no more than `bytes`; how many. */
  trimDeadLettersTo(bytes: number, limit: number): number;
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: DatabaseSync) {
  // Both parameters are one JSON list of types, or null for all types.
  const ofTypes = "(? IS NULL OR type IN (SELECT value FROM json_each(?)))";
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    append: db.prepare("INSERT INTO events (seq, time, hops, type, attributes, data) VALUES (?, ?, ?, ?, ?, ?)"),
    putDead: db.prepare(
      `INSERT INTO dead_letters (trigger, time, reason, subject, size, attributes, data) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    putPosition: db.prepare(
      `INSERT INTO positions (trigger, up_to, open) VALUES (?, ?, ?)
       ON CONFLICT (trigger) DO UPDATE SET up_to = excluded.up_to, open = excluded.open`,
    ),
    position: db.prepare("SELECT up_to AS upTo, open FROM positions WHERE trigger = ?"),
    tail: db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM events"),
    entry: db.prepare("SELECT seq, time, hops, attributes, data FROM events WHERE seq = ?"),
    scan: db.prepare(
      `SELECT seq, time, hops, attributes, data FROM events WHERE seq > ? AND seq <= ? AND ${ofTypes} ORDER BY seq`,
    ),
    scanWithout: db.prepare(
      `SELECT seq, time, hops, attributes, data FROM events
       WHERE seq > ? AND seq <= ? AND type NOT IN (SELECT value FROM json_each(?)) ORDER BY seq`,
    ),
    newest: db.prepare(
      "SELECT max(seq) AS seq FROM events WHERE seq > ? AND type = ? GROUP BY json_extract(attributes, '$.subject')",
    ),
    count: db.prepare(`SELECT count(*) AS n, min(seq) AS seq FROM events WHERE seq > ? AND ${ofTypes}`),
    attributes: db.prepare(`SELECT seq, attributes FROM events WHERE seq > ? AND ${ofTypes} ORDER BY seq`),
    // This index has both: no letter is read.
    totalsDead: db.prepare(
      "SELECT count(*) AS count, coalesce(sum(size), 0) AS bytes FROM dead_letters INDEXED BY dead_letters_by_time",
    ),
    deadLetter: db.prepare("SELECT * FROM dead_letters WHERE number = ?"),
    removeDead: db.prepare("DELETE FROM dead_letters WHERE number = ? RETURNING size"),
    first: db.prepare("SELECT coalesce(min(seq), 0) AS seq FROM events"),
    firstYoung: db.prepare("SELECT seq FROM events WHERE seq <= ? AND time >= ? ORDER BY seq LIMIT 1"),
    // J2 in journal.ts: the newest event stays.
    trim: db.prepare("DELETE FROM events WHERE seq <= ? AND seq < (SELECT max(seq) FROM events)"),
    agedDead: db.prepare("SELECT number FROM dead_letters WHERE time < ? ORDER BY time LIMIT ?"),
    oldestDead: db.prepare("SELECT number FROM dead_letters ORDER BY number LIMIT ?"),
    pages: db.prepare(
      `SELECT page_count AS pages, freelist_count AS free, page_size AS size
       FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    ),
  };
}

/** `totals` follows what is written; who rolls back sets it back. */
export function createWriter(sql: Statements, totals: LetterTotals): Writer {
  const trim = (through: number) => Number(sql.trim.run(through).changes);
  /** The number of the `limit`th oldest event, or `floor`; numbers have no holes (J2 in journal.ts). */
  const throughOf = (floor: number, limit: number) =>
    Math.min(floor, (sql.first.get() as { seq: number }).seq + limit - 1);
  function remove(number: number): boolean {
    const removed = sql.removeDead.get(number) as { size: number } | undefined;
    if (removed === undefined) return false;
    totals.count--;
    totals.bytes -= removed.size;
    return true;
  }
  return {
    append(seq, time, hops, type, { attributes, data }) {
      sql.append.run(seq, time, hops, type, attributes, data);
    },
    deadLetter(time, { trigger, reason, subject, row: { attributes, data } }) {
      const size = letterSize({ trigger, reason, subject, attributes, data });
      sql.putDead.run(trigger, time, reason, subject, size, attributes, data);
      totals.count++;
      totals.bytes += size;
    },
    removeDeadLetter: remove,
    position(trigger, { upTo, open }) {
      sql.putPosition.run(trigger, upTo, open.length === 0 ? "[]" : JSON.stringify(open));
    },
    trimOlder(time, floor, limit) {
      const through = throughOf(floor, limit);
      const young = sql.firstYoung.get(through, time) as { seq: number } | undefined;
      return trim(young === undefined ? through : young.seq - 1);
    },
    trimOldest: (floor, limit) => trim(throughOf(floor, limit)),
    trimDeadLetters: (time, limit) => sql.agedDead.all(time, limit).filter((row) => remove(numberOf(row))).length,
    trimDeadLettersTo(bytes, limit) {
      if (totals.bytes <= bytes) return 0;
      let removed = 0;
      for (const row of sql.oldestDead.all(limit)) {
        if (totals.bytes <= bytes) break;
        if (remove(numberOf(row))) removed++;
      }
      return removed;
    },
  };
}

function numberOf(row: unknown): number {
  return (row as { number: number }).number;
}
