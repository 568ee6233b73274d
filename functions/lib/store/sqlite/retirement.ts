// The removal of generations that are neither in force nor the one before, in SQLite: K4 of generations.ts.

import type { SqliteFile } from "./file.ts";
import type { SetRow, SqliteSets } from "./sets.ts";

/** Rows that one transaction removes: some ten milliseconds. */
const PIECE = 10_000;

/** The tables that hold rows of a generation, and what tells the rows apart. */
const TABLES = [
  ["learned", "id"],
  ["tails", "version"],
  ["history", "version"],
  ["snapshots", "version"],
] as const;

export interface Retirement {
  /** In a transaction: the generation is to be removed. */
  retire(set: SetRow, generation: string): void;
  /** In a transaction: so are those that were begun to be imported, except one. */
  retireUnadopted(set: SetRow, except: string): void;
  /** Removes what is to be, a bounded piece in each transaction. */
  removeRetired(name: string): Promise<void>;
}

export function createRetirement({ db, write }: SqliteFile, { setOf }: SqliteSets): Retirement {
  const retire = db.prepare("UPDATE states SET retired = 1 WHERE set_id = ? AND generation = ?");
  const retireUnadopted = db.prepare(
    "UPDATE states SET retired = 1 WHERE set_id = ? AND version = 0 AND generation <> ?",
  );
  const selectRetired = db.prepare("SELECT id FROM states WHERE set_id = ? AND retired = 1 LIMIT 1");
  const removeRows = TABLES.map(([table, key]) =>
    db.prepare(
      `DELETE FROM ${table} WHERE state_id = ?1 AND ${key} IN (SELECT ${key} FROM ${table} WHERE state_id = ?1 LIMIT ?2)`,
    ),
  );
  const removeState = db.prepare("DELETE FROM states WHERE id = ?");

  /** True where more is left. */
  function removePiece(name: string): boolean {
    const set = setOf(name);
    const state = set && (selectRetired.get(set.id) as { id: number } | undefined);
    if (state === undefined) return false;
    for (const remove of removeRows) if (Number(remove.run(state.id, PIECE).changes) > 0) return true;
    removeState.run(state.id);
    return true;
  }

  return {
    retire: (set, generation) => void retire.run(set.id, generation),
    retireUnadopted: (set, except) => void retireUnadopted.run(set.id, except),
    async removeRetired(name) {
      while (await write(() => removePiece(name)));
    },
  };
}
