// The table of dead letters and the queries on it, which both local brokers share. Only selected letters are read: one index
// has all that a query can ask for, except a reason together with a subject, and a pipeline.

import type { DeadLetterQuery } from "./broker.ts";

/** The table, in the journal and in the view of a Kafka topic. */
export const DEAD_LETTERS = `
  CREATE TABLE dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    trigger TEXT NOT NULL,
    time INTEGER NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,       -- of the event; where it has none, its id
    size INTEGER NOT NULL,       -- bytes that it takes of this file, see embedded/letter-size.ts
    attributes TEXT NOT NULL,
    data ANY
  ) STRICT;
  -- One for each way that letterQuery takes; the other columns of a query follow, so that no letter is read for them.
  CREATE INDEX dead_letters_by_subject ON dead_letters (subject, number);
  CREATE INDEX dead_letters_by_reason ON dead_letters (reason, number, time, trigger);
  CREATE INDEX dead_letters_by_trigger ON dead_letters (trigger, number, time);
  CREATE INDEX dead_letters_by_time ON dead_letters (time, size);
`;

export interface LetterSql {
  /** One of a few dozen: to be prepared once. */
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

export function letterQuery({ first = "newest", after, limit, ...filter }: DeadLetterQuery): LetterSql {
  const { subject, reason, trigger, since, until, pipeline } = filter;
  const [behind, order] = first === "newest" ? ["number < ?", "number DESC"] : ["number > ?", "number"];
  const asked = [
    [behind, after],
    ["subject = ?", subject],
    ["reason = ?", reason],
    ["trigger = ?", trigger],
    ["time >= ?", since],
    ["time < ?", until],
    // In no index: of the letters that are left by all else, the attributes are read.
    ["json_extract(attributes, '$.pipeline') = ?", pipeline],
  ] as const;
  const given = asked.flatMap(([condition, value]) => (value === undefined ? [] : [{ condition, value }]));
  const where = given.length === 0 ? "" : `WHERE ${given.map(({ condition }) => condition).join(" AND ")}`;
  const way = wayOf(filter);
  const indexed = way === undefined ? "" : `INDEXED BY dead_letters_by_${way}`;
  const numbers = `SELECT number FROM dead_letters ${indexed} ${where} ORDER BY ${order} LIMIT ?`;
  return {
    sql: `SELECT * FROM dead_letters WHERE number IN (${numbers}) ORDER BY ${order}`,
    values: [...given.map(({ value }) => value), limit],
  };
}

/** What leaves the fewest. SQLite would have to guess: it keeps no statistics here. */
function wayOf({ subject, reason, trigger, since, until }: Omit<DeadLetterQuery, "limit">): string | undefined {
  if (subject !== undefined) return "subject";
  if (reason !== undefined) return "reason";
  if (trigger !== undefined) return "trigger";
  return since === undefined && until === undefined ? undefined : "time";
}
