// The journal's SQL, prepared once.

import type { DatabaseSync } from "node:sqlite";
import type { Position } from "./journal.ts";
import type { Row } from "./row.ts";

/** What may be written; it is only to be had within `Journal.write`. */
export interface Writer {
  append(seq: number, time: number, hops: number, type: string, row: Row): void;
  deadLetter(trigger: string, time: number, reason: string, row: Row): void;
  /** False where there is none of this number. */
  removeDeadLetter(number: number): boolean;
  position(trigger: string, position: Position): void;
  /** Deletes events taken in before `time`, up to `floor`, oldest first and at most `limit`; how many. */
  trimOlder(time: number, floor: number, limit: number): number;
  /** Deletes the `limit` oldest events, up to `floor`; how many. */
  trimOldest(floor: number, limit: number): number;
  /** Deletes dead letters given up before `time`, at most `limit`; how many. */
  trimDeadLetters(time: number, limit: number): number;
}

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(db: DatabaseSync) {
  // Both parameters are one JSON list of types, or null for all types.
  const ofTypes = "(? IS NULL OR type IN (SELECT value FROM json_each(?)))";
  // A null stands for any.
  const chosen = `(?2 IS NULL OR trigger = ?2) AND (?3 IS NULL OR reason = ?3)
    AND (?4 IS NULL OR coalesce(attributes ->> 'subject', attributes ->> 'id') = ?4) AND time >= ?5 AND time < ?6`;
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    append: db.prepare("INSERT INTO events (seq, time, hops, type, attributes, data) VALUES (?, ?, ?, ?, ?, ?)"),
    putDead: db.prepare("INSERT INTO dead_letters (trigger, time, reason, attributes, data) VALUES (?, ?, ?, ?, ?)"),
    putPosition: db.prepare(
      `INSERT INTO positions (trigger, up_to, open) VALUES (?, ?, ?)
       ON CONFLICT (trigger) DO UPDATE SET up_to = excluded.up_to, open = excluded.open`,
    ),
    position: db.prepare("SELECT up_to AS upTo, open FROM positions WHERE trigger = ?"),
    tail: db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM events"),
    entry: db.prepare("SELECT seq, hops, attributes, data FROM events WHERE seq = ?"),
    scan: db.prepare(
      `SELECT seq, hops, attributes, data FROM events WHERE seq > ? AND seq <= ? AND ${ofTypes} ORDER BY seq`,
    ),
    count: db.prepare(`SELECT count(*) AS n FROM events WHERE seq > ? AND ${ofTypes}`),
    attributes: db.prepare(`SELECT attributes FROM events WHERE seq > ? AND ${ofTypes}`),
    countDead: db.prepare("SELECT count(*) AS n FROM dead_letters"),
    newestDead: db.prepare(`SELECT * FROM dead_letters WHERE number < ?1 AND ${chosen} ORDER BY number DESC LIMIT ?7`),
    oldestDead: db.prepare(`SELECT * FROM dead_letters WHERE number > ?1 AND ${chosen} ORDER BY number LIMIT ?7`),
    deadLetter: db.prepare("SELECT * FROM dead_letters WHERE number = ?"),
    removeDead: db.prepare("DELETE FROM dead_letters WHERE number = ?"),
    first: db.prepare("SELECT coalesce(min(seq), 0) AS seq FROM events"),
    firstYoung: db.prepare("SELECT seq FROM events WHERE seq <= ? AND time >= ? ORDER BY seq LIMIT 1"),
    // J2 in journal.ts: the newest event stays.
    trim: db.prepare("DELETE FROM events WHERE seq <= ? AND seq < (SELECT max(seq) FROM events)"),
    trimDead: db.prepare(
      "DELETE FROM dead_letters WHERE number IN (SELECT number FROM dead_letters WHERE time < ? ORDER BY number LIMIT ?)",
    ),
    pages: db.prepare(
      `SELECT page_count AS pages, freelist_count AS free, page_size AS size
       FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
    ),
  };
}

export function createWriter(sql: Statements): Writer {
  const trim = (through: number) => Number(sql.trim.run(through).changes);
  /** The number of the `limit`th oldest event, or `floor`; numbers have no holes (J2 in journal.ts). */
  const throughOf = (floor: number, limit: number) =>
    Math.min(floor, (sql.first.get() as { seq: number }).seq + limit - 1);
  return {
    append(seq, time, hops, type, { attributes, data }) {
      sql.append.run(seq, time, hops, type, attributes, data);
    },
    deadLetter(trigger, time, reason, { attributes, data }) {
      sql.putDead.run(trigger, time, reason, attributes, data);
    },
    removeDeadLetter: (number) => sql.removeDead.run(number).changes === 1,
    position(trigger, { upTo, open }) {
      sql.putPosition.run(trigger, upTo, open.length === 0 ? "[]" : JSON.stringify(open));
    },
    trimOlder(time, floor, limit) {
      const through = throughOf(floor, limit);
      const young = sql.firstYoung.get(through, time) as { seq: number } | undefined;
      return trim(young === undefined ? through : young.seq - 1);
    },
    trimOldest: (floor, limit) => trim(throughOf(floor, limit)),
    trimDeadLetters: (time, limit) => Number(sql.trimDead.run(time, limit).changes),
  };
}
