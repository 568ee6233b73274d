// The hold, promotion and import of generations in SQLite: K3 and K4 of generations.ts.

import type { Adoption, AdoptionAnswer, Generations, Promotion } from "../generations.ts";
import { type Fold, type Head, wholeOf } from "../stored-model.ts";
import type { SqliteFile } from "./file.ts";
import { createRetirement } from "./retirement.ts";
import type { SetRow, SqliteSets } from "./sets.ts";
import type { SqliteSnapshots } from "./snapshots.ts";

export function createGenerations(
  file: SqliteFile,
  sets: SqliteSets,
  snapshots: SqliteSnapshots,
  fold: Fold,
): Omit<Generations, "commitGeneration"> {
  const { db, read, readTogether, write } = file;
  const { setOf, makeSet, headOf, heldUntil } = sets;
  const { retire, retireUnadopted, removeRetired } = createRetirement(file, sets);
  const setHold = db.prepare("UPDATE sets SET hold_token = ?, hold_until = ? WHERE id = ?");
  const setGeneration = db.prepare(
    "UPDATE sets SET generation = ?, previous = ?, hold_token = NULL, hold_until = 0 WHERE id = ?",
  );

  /** In a transaction: `generation` is in force, and the one before the old one is to be removed. */
  function putInForce(set: SetRow, generation: string): void {
    const old = headOf(set, set.generation);
    const kept = old !== undefined && old.version > 0;
    for (const gone of [kept ? null : set.generation, set.previous]) {
      if (gone !== null && gone !== generation) retire(set, gone);
    }
    setGeneration.run(generation, kept ? set.generation : null, set.id);
  }

  function promote(name: string, { token, generation, expectedRevision }: Promotion): boolean {
    const set = setOf(name);
    if (set?.generation === generation) return true;
    if (set === undefined || heldUntil(set) === undefined || set.hold_token !== token) return false;
    if ((headOf(set, set.generation)?.revision ?? "") !== expectedRevision) return false;
    if (headOf(set, generation)?.retired === 1) return false;
    putInForce(set, generation);
    return true;
  }

  function adopt(
    name: string,
    { generation, ids, history, replace, version, revision, state }: Adoption,
  ): AdoptionAnswer {
    const set = makeSet(name);
    if (set.generation === generation) return "adopted";
    if (heldUntil(set) !== undefined) return "held";
    if (!replace && (headOf(set, set.generation)?.version ?? 0) > 0) return "exists";
    const known = headOf(set, generation);
    if ((known?.added ?? 0) !== ids || known?.retired === 1) return "incomplete";
    const { id } = known ?? sets.makeState(set, generation);
    sets.replaceState(id, { version, revision, base: state, tail: [] });
    snapshots.addPoints(id, history);
    putInForce(set, generation);
    retireUnadopted(set, generation);
    return "adopted";
  }

  async function loadSince(name: string, generation: string, known?: Head) {
    // The name of a generation that is being removed may be used again meanwhile, or after a process was killed doing so.
    if (read(() => headOf(setOf(name), generation))?.retired === 1) await removeRetired(name);
    return readTogether(() => sets.stored(name, generation, known));
  }

  return {
    loadGeneration: async (name, generation) => wholeOf(await loadSince(name, generation), fold),
    loadGenerationSince: loadSince,
    hold: (name, token, ttlMs) =>
      write(() => {
        const set = makeSet(name);
        if (heldUntil(set) !== undefined && set.hold_token !== token) return false;
        setHold.run(token, sets.now() + ttlMs, set.id);
        return true;
      }),
    release: (name, token) =>
      write(() => {
        const set = setOf(name);
        if (set?.hold_token === token) setHold.run(null, 0, set.id);
      }),
    promote: async (name, to) => {
      const promoted = await write(() => promote(name, to));
      if (promoted) await removeRetired(name);
      return promoted;
    },
    previous: async (name) => read(() => setOf(name)?.previous ?? undefined),
    adopt: async (name, adoption) => {
      const answer = await write(() => adopt(name, adoption));
      if (answer === "adopted") await removeRetired(name);
      return answer;
    },
  };
}
