// Commits to a model set in SQLite: check and write in one transaction.

import type { Commit, CommitAnswer } from "../commit.ts";
import type { Generations } from "../generations.ts";
import type { StateWriter } from "../store.ts";
import type { SqliteFile } from "./file.ts";
import { type Id, readIds } from "./ids.ts";
import type { SqliteLearnedIds } from "./learned-ids.ts";
import type { SqliteSets } from "./sets.ts";
import type { SqliteSnapshots } from "./snapshots.ts";

export function createCommits(
  { db, write }: SqliteFile,
  sets: SqliteSets,
  learned: SqliteLearnedIds,
  snapshots: SqliteSnapshots,
): StateWriter & Pick<Generations, "commitGeneration"> {
  const putState = db.prepare(
    `INSERT INTO states (set_id, generation, version, revision, state) VALUES (?1, ?2, ?3, ?4, ?5)
     ON CONFLICT DO UPDATE SET version = ?3, revision = ?4, state = ?5 RETURNING id`,
  );

  /** `generation`: the one that is committed to, in force or beside it. */
  function commitTo(generation: string, name: string, commit: Commit, ids: readonly Id[]): CommitAnswer {
    const set = sets.setOf(name);
    const head = sets.headOf(set, generation);
    if (head?.revision === commit.revision) return { outcome: "committed", version: head.version };
    const until = sets.heldUntil(set);
    if (until !== undefined && generation === set?.generation) return { outcome: "held", until };
    const known = learned.among(head, ids);
    if (commit.generation !== generation || commit.expectedRevision !== (head?.revision ?? "")) {
      return { outcome: "conflict", current: sets.stored(name, generation), learned: known };
    }
    if (known.length > 0) return { outcome: "duplicate", learned: known };
    const version = (head?.version ?? 0) + 1;
    const { revision, state, history } = commit;
    const { id } = putState.get(sets.makeSet(name).id, generation, version, revision, state) as { id: number };
    learned.add(id, ids);
    snapshots.committed(id, { version, revision, point: history, state });
    return { outcome: "committed", version };
  }

  return {
    commit: async (name, commit) => {
      const ids = readIds(commit.ids);
      return write(() => commitTo(sets.inForce(sets.setOf(name)), name, commit, ids));
    },
    commitGeneration: async (name, commit) => {
      const ids = readIds(commit.ids);
      return write(() => commitTo(commit.generation, name, commit, ids));
    },
  };
}
