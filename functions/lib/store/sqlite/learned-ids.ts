// The ids that model sets have learned, in SQLite.

import { HOUR_MS } from "../../duration.ts";
import type { LearnedIds } from "../learned-ids.ts";
import type { SqliteFile } from "./file.ts";
import { type Id, readIds } from "./ids.ts";
import type { SqliteSets, StateRow } from "./sets.ts";
import { createSweep } from "./sweep.ts";

export interface SqliteLearnedIds {
  readonly port: LearnedIds;
  /** Those of `ids` that the generation has learned. */
  among(head: StateRow | undefined, ids: readonly Pick<Id, "id" | "number">[]): string[];
  /**
   * In the transaction of a commit: adds all, or none where some were learned before, which are then returned. Expired ids of any
   * set are swept by the way.
   */
  add(stateId: number, ids: readonly Id[]): string[];
}

const PAGE = 2000;
const LAST_ID = 2n ** 63n - 1n;

interface PageRow {
  readonly id: bigint;
  readonly expires_hour: bigint;
}

export function createLearnedIds(
  { db, read, write }: SqliteFile,
  sets: SqliteSets,
  now: () => number,
): SqliteLearnedIds {
  const select = db.prepare("SELECT 1 FROM learned WHERE state_id = ? AND id = ?");
  const count = db.prepare("SELECT count(*) AS n FROM learned WHERE state_id = ?");
  const insertNew = db.prepare(
    "INSERT INTO learned (state_id, id, expires_hour) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const remove = db.prepare("DELETE FROM learned WHERE state_id = ? AND id = ?");
  const countAdded = db.prepare("UPDATE states SET added = added + ? WHERE id = ?");
  const selectPage = db.prepare(
    "SELECT id, expires_hour FROM learned WHERE state_id = ? AND id > ? ORDER BY id LIMIT ?",
  );
  selectPage.setReadBigInts(true);
  const dead = `expires_hour * ${HOUR_MS} <= ?`;
  const sweep = createSweep(db, { table: "learned", key: ["state_id", "id"], dead });

  function among(head: StateRow | undefined, ids: readonly Pick<Id, "id" | "number">[]): string[] {
    if (head === undefined) return [];
    return ids.filter(({ number }) => select.get(head.id, number) !== undefined).map(({ id }) => id);
  }

  const port: LearnedIds = {
    learnedOf: async (name, ids, generation) => {
      const asked = ids.map((id) => ({ id, number: BigInt(id) }));
      return read(() => {
        const set = sets.setOf(name);
        return among(sets.headOf(set, generation ?? sets.inForce(set)), asked);
      });
    },
    learnedCount: async (name) =>
      read(() => {
        const head = sets.rowInForce(name);
        return head === undefined ? 0 : Number(count.get(head.id)?.["n"]);
      }),
    learnedPage: async (name, after = "-1") =>
      read(() => {
        const head = sets.rowInForce(name);
        if (head === undefined) return { ids: [] };
        const rows = selectPage.all(head.id, cursorOf(after), PAGE) as unknown as PageRow[];
        const last = rows.at(-1);
        const ids = rows.map(({ id, expires_hour }) => ({ id: String(id), expiresAt: Number(expires_hour) * HOUR_MS }));
        return {
          ids: ids.filter(({ expiresAt }) => expiresAt > now()),
          ...(rows.length === PAGE && last !== undefined && { next: String(last.id) }),
        };
      }),
    addLearned: async (name, generation, ids) => {
      const given = readIds(ids);
      return write(() => {
        const set = sets.makeSet(name);
        const known = sets.headOf(set, generation);
        if (set.generation === generation || (known && (known.version > 0 || known.retired === 1))) return false;
        const state = known ?? sets.makeState(set, generation);
        let added = 0;
        for (const { number, expiresHour } of given) {
          added += Number(insertNew.run(state.id, number, expiresHour).changes);
        }
        countAdded.run(added, state.id);
        return true;
      });
    },
  };

  return {
    port,
    among,
    add(stateId, ids) {
      const known: string[] = [];
      const added: bigint[] = [];
      for (const { id, number, expiresHour } of ids) {
        if (insertNew.run(stateId, number, expiresHour).changes === 1) added.push(number);
        else known.push(id);
      }
      if (known.length === 0) sweep(now(), ids.length);
      else for (const number of added) remove.run(stateId, number);
      return known;
    },
  };
}

/** Any text: a page that begins nowhere is a page like another. */
function cursorOf(text: string): bigint {
  const id = BigInt(/^-?\d{1,19}/.exec(text)?.[0] ?? -1);
  return id > LAST_ID ? LAST_ID : id;
}
