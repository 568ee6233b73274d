// Removes expired rows a few at a time, so that no turn is ever long: for each row written two are checked, so the sweep goes
// round the table faster than it grows.

import type { DatabaseSync } from "node:sqlite";

export interface SweepOptions {
  /** Rows after a key, in the order of the key; parameters: the key, the limit. */
  readonly page: string;
  readonly remove: string;
  readonly key: readonly [string, string] | readonly [string];
  /** `now` is epoch milliseconds. */
  readonly isDead: (row: Readonly<Record<string, unknown>>, now: number) => boolean;
}

const ROWS_A_WRITE = 2;
// The table is read once for as many writes as this.
const WRITES_A_LOOK = 32;
const LEAST = -(2n ** 63n);

/** To be called within a transaction, with the number of rows written in it. */
export function createSweep(db: DatabaseSync, options: SweepOptions): (now: number, written: number) => void {
  const page = db.prepare(options.page);
  page.setReadBigInts(true);
  const remove = db.prepare(options.remove);
  const start = options.key.map(() => LEAST);
  let after = start;
  let unseen = 0;

  return (now, written) => {
    unseen += written;
    if (unseen < WRITES_A_LOOK) return;
    const limit = BigInt(ROWS_A_WRITE * unseen + 1);
    unseen = 0;
    const rows = page.all(...after, limit);
    const keyOf = (row: Readonly<Record<string, unknown>>) => options.key.map((name) => row[name] as bigint);
    for (const row of rows) if (options.isDead(row, now)) remove.run(...keyOf(row));
    const last = rows.at(-1);
    after = last === undefined || rows.length < limit ? start : keyOf(last);
  };
}
