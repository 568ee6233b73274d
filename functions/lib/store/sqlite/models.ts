// The ModelStore in SQLite: its parts, which share the rows of sets.ts.

import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "../snapshots.ts";
import type { ModelStore } from "../store.ts";
import { type Fold, wholeOf } from "../stored-model.ts";
import { createCommits } from "./commits.ts";
import type { SqliteFile } from "./file.ts";
import { createGenerations } from "./generations.ts";
import { createLearnedIds } from "./learned-ids.ts";
import { createModelSets } from "./model-sets.ts";
import { createPipelineRevisions } from "./pipelines.ts";
import { createSets } from "./sets.ts";
import { createSnapshots } from "./snapshots.ts";

export function createSqliteModels(
  file: SqliteFile,
  now: () => number,
  fold: Fold,
  policy: SnapshotPolicy = DEFAULT_SNAPSHOTS,
): ModelStore {
  const sets = createSets(file.db, now);
  const learned = createLearnedIds(file, sets, now);
  const snapshots = createSnapshots(file, sets, policy, now, fold);
  return {
    head: async (name) => file.read(() => sets.headInForce(name)),
    load: async (name) =>
      wholeOf(
        file.readTogether(() => sets.stored(name)),
        fold,
      ),
    loadSince: async (name, known) => file.readTogether(() => sets.stored(name, undefined, known)),
    ...createPipelineRevisions(file),
    ...createModelSets(file, sets),
    ...createCommits(file, sets, learned, snapshots),
    ...createGenerations(file, sets, snapshots, fold),
    ...learned.port,
    ...snapshots.port,
  };
}
