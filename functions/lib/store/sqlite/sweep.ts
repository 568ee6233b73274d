// Removes expired rows a few at a time, so that no turn is ever long: for each row written two are checked, so the sweep goes
// round the table faster than it grows.

import type { DatabaseSync, SQLInputValue } from "node:sqlite";

export interface SweepOptions {
  readonly table: string;
  /** Integer columns; an index has the rows in their order. */
  readonly key: readonly [string, ...string[]];
  /** A condition on a row; its parameter is `now`. */
  readonly dead: string;
}

const ROWS_A_WRITE = 2;
// The table is read once for as many writes as this.
const WRITES_A_LOOK = 32;
const LEAST = -(2n ** 63n);

/** To be called within a transaction, with the number of rows written in it. `now` is epoch milliseconds. */
export function createSweep(
  db: DatabaseSync,
  { table, key, dead }: SweepOptions,
): (now: number, written: number) => void {
  const columns = key.join(", ");
  const bounds = `(${key.map(() => "?").join(", ")})`;
  const after = `(${columns}) > ${bounds}`;
  const endOfPage = db.prepare(`SELECT ${columns} FROM ${table} WHERE ${after} ORDER BY ${columns} LIMIT 1 OFFSET ?`);
  endOfPage.setReadBigInts(true);
  const removePage = db.prepare(`DELETE FROM ${table} WHERE ${after} AND (${columns}) <= ${bounds} AND ${dead}`);
  const removeRest = db.prepare(`DELETE FROM ${table} WHERE ${after} AND ${dead}`);
  const start: readonly SQLInputValue[] = key.map(() => LEAST);
  let done = start;
  let unseen = 0;

  return (now, written) => {
    unseen += written;
    if (unseen < WRITES_A_LOOK) return;
    const end = endOfPage.get(...done, ROWS_A_WRITE * unseen);
    unseen = 0;
    if (end === undefined) {
      removeRest.run(...done, now);
      done = start;
      return;
    }
    const through = key.map((name) => end[name] as SQLInputValue);
    removePage.run(...done, ...through, now);
    done = through;
  };
}
