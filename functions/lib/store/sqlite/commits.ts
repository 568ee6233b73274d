// Commits to a model set in SQLite: check and write in one transaction.

import { type Commit, type CommitAnswer, noBase } from "../commit.ts";
import type { Generations } from "../generations.ts";
import type { StateWriter } from "../store.ts";
import type { SqliteFile } from "./file.ts";
import { type Id, readIds } from "./ids.ts";
import type { SqliteLearnedIds } from "./learned-ids.ts";
import type { SqliteSets, StateRow } from "./sets.ts";
import type { SqliteSnapshots } from "./snapshots.ts";

export function createCommits(
  { writeInBackground }: SqliteFile,
  sets: SqliteSets,
  learned: SqliteLearnedIds,
  snapshots: SqliteSnapshots,
): StateWriter & Pick<Generations, "commitGeneration"> {
  /** `generation`: the one that is committed to, in force or beside it. */
  function commitTo(generation: string, name: string, commit: Commit, ids: readonly Id[]): CommitAnswer {
    const set = sets.setOf(name);
    const head = sets.headOf(set, generation);
    if (head?.revision === commit.revision) return { outcome: "committed", version: head.version };
    const until = sets.heldUntil(set);
    if (until !== undefined && generation === set?.generation) return { outcome: "held", until };
    if (commit.generation !== generation || commit.expectedRevision !== (head?.revision ?? "")) {
      const { expectedRevision, expectedVersion } = commit;
      const has = expectedVersion === undefined ? undefined : { version: expectedVersion, revision: expectedRevision };
      return { outcome: "conflict", current: sets.stored(name, generation, has), learned: learned.among(head, ids) };
    }
    const version = (head?.version ?? 0) + 1;
    const { revision, history } = commit;
    if (commit.state === undefined && version === 1) throw noBase(name);
    const { id } = head ?? sets.makeState(sets.makeSet(name), generation);
    const known = learned.add(id, ids);
    if (known.length > 0) return { outcome: "duplicate", learned: known };
    if (commit.state === undefined) sets.append(id, { version, revision, entry: commit.entry });
    else sets.replaceState(id, { version, revision, base: commit.state, tail: [] });
    snapshots.committed(id, { version, point: history }, () => {
      return sets.kept(sets.headOf(sets.setOf(name), generation) as StateRow);
    });
    return { outcome: "committed", version };
  }

  return {
    commit: async (name, commit) => {
      const ids = readIds(commit.ids);
      return writeInBackground(() => commitTo(sets.inForce(sets.setOf(name)), name, commit, ids));
    },
    commitGeneration: async (name, commit) => {
      const ids = readIds(commit.ids);
      return writeInBackground(() => commitTo(commit.generation, name, commit, ids));
    },
  };
}
