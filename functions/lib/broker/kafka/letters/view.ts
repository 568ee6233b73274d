// The dead letters of the two topics in a SQLite file, so that they can be searched and take disk, not memory. The file is
// this process's own and is gone when the process ends.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { DeadLetter, DeadLetterQuery } from "../../broker.ts";
import { eventOf, rowOf } from "../../event-row.ts";
import { DEAD_LETTERS, letterQuery } from "../../letter-table.ts";
import { type Decision, resolve } from "./decision.ts";

const DECISIONS = `
  CREATE TABLE decisions (
    key TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    token TEXT NOT NULL,
    time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`;

/**
 * A letter's number is made of its offset and, in the last three digits, its partition: so it is the same in every process,
 * and stays when the topic gains partitions.
 */
export const MAX_PARTITIONS = 1000;

export class LetterView {
  readonly #db: DatabaseSync;
  readonly #sql;
  readonly #queries = new Map<string, StatementSync>();
  #count = 0;

  constructor() {
    // No name: SQLite's own temporary file, which nobody else sees, and which a kill -9 removes.
    this.#db = new DatabaseSync("");
    this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${DEAD_LETTERS} ${DECISIONS}`);
    this.#sql = {
      put: this.#db.prepare(
        `INSERT OR IGNORE INTO dead_letters (number, trigger, time, reason, subject, size, attributes, data)
         VALUES (?, ?, ?, ?, ?, 0, ?, ?)`,
      ),
      get: this.#db.prepare("SELECT * FROM dead_letters WHERE number = ?"),
      remove: this.#db.prepare("DELETE FROM dead_letters WHERE number = ? AND time = ?"),
      trim: this.#db.prepare("DELETE FROM dead_letters WHERE number < ? AND (number - 1) % ? = ?"),
      decision: this.#db.prepare("SELECT key, kind, token, time FROM decisions WHERE key = ?"),
      decide: this.#db.prepare("INSERT OR REPLACE INTO decisions (key, kind, token, time) VALUES (?, ?, ?, ?)"),
    };
  }

  get count(): number {
    return this.#count;
  }

  numberOf(partition: number, offset: number): number {
    return offset * MAX_PARTITIONS + partition + 1;
  }

  /** The key of its decisions. */
  keyOf({ number, time }: Pick<DeadLetter, "number" | "time">): string {
    const partition = (number - 1) % MAX_PARTITIONS;
    return `${partition}:${(number - 1 - partition) / MAX_PARTITIONS}:${time}`;
  }

  /** What `work` does is done at once: thousands of letters take one transaction. */
  together(work: () => void): void {
    this.#db.exec("BEGIN");
    try {
      work();
    } finally {
      this.#db.exec("COMMIT");
    }
  }

  put({ number, trigger, time, reason, event }: DeadLetter): void {
    const { kind = "claimed" } = this.decision(this.keyOf({ number, time })) ?? {};
    if (kind !== "claimed") return;
    const { attributes, data } = rowOf(event);
    const subject = String(event.subject ?? event.id);
    this.#count += Number(this.#sql.put.run(number, trigger, time, reason, subject, attributes, data).changes);
  }

  /** The next decision in the log. */
  decide(next: Decision): void {
    const { key, kind, token, time } = resolve(this.decision(next.key), next);
    this.#sql.decide.run(key, kind, token, time);
    if (kind === "claimed") return;
    const [partition = 0, offset = 0, written = 0] = key.split(":").map(Number);
    this.#count -= Number(this.#sql.remove.run(this.numberOf(partition, offset), written).changes);
  }

  /** Undefined where nobody has decided. */
  decision(key: string): Decision | undefined {
    return this.#sql.decision.get(key) as unknown as Decision | undefined;
  }

  /** What the topic keeps no longer. */
  trim(partition: number, low: number): void {
    const { changes } = this.#sql.trim.run(this.numberOf(partition, low), MAX_PARTITIONS, partition);
    this.#count -= Number(changes);
  }

  list(query: DeadLetterQuery): readonly DeadLetter[] {
    const { sql, values } = letterQuery(query);
    const statement = this.#queries.get(sql) ?? this.#db.prepare(sql);
    this.#queries.set(sql, statement);
    return statement.all(...values).map(letterIn);
  }

  get(number: number): DeadLetter | undefined {
    const row = this.#sql.get.get(number);
    return row && letterIn(row);
  }

  close(): void {
    this.#db.close();
  }
}

function letterIn(row: unknown): DeadLetter {
  const { number, trigger, time, reason, attributes, data } = row as DeadLetter & { attributes: string; data: unknown };
  return { number, trigger, time, reason, event: eventOf(attributes, data) };
}
