// Which model sets there are in SQLite, and whether there may be one more.

import type { ModelSets } from "../store.ts";
import type { SqliteFile } from "./file.ts";
import type { SqliteSets } from "./sets.ts";

/** U+10FFFF is in no name, so it ends the range of the names that begin with a prefix. */
const LAST = "char(1114111)";
const COMMITTED = "EXISTS (SELECT 1 FROM states WHERE set_id = sets.id AND version > 0)";

export function createModelSets({ db, read, write }: SqliteFile, { setOf, reserveSet }: SqliteSets): ModelSets {
  const selectNames = db.prepare(
    `SELECT name FROM sets WHERE ${COMMITTED} AND name > ?1 AND name >= ?3 AND name < ?3 || ${LAST} ORDER BY name LIMIT ?2`,
  );
  const countNames = db.prepare(
    `SELECT count(*) AS n FROM sets WHERE ${COMMITTED} AND name >= ?1 AND name < ?1 || ${LAST}`,
  );
  return {
    // A limit of -1 is none.
    sets: async ({ after = "", limit = -1, prefix = "" } = {}) =>
      read(() => selectNames.all(after, limit, prefix).map(({ name }) => String(name))),
    setCount: async (prefix = "") => read(() => Number(countNames.get(prefix)?.["n"])),
    async reserve(name, most) {
      if (read(() => setOf(name)) !== undefined) return true;
      return write(() => {
        reserveSet(name, most);
        return setOf(name) !== undefined;
      });
    },
  };
}
