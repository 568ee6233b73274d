// The texts that pipelines have had, in SQLite.

import type { PipelineRevisions } from "../store.ts";
import type { SqliteFile } from "./file.ts";

export function createPipelineRevisions({ db, write }: SqliteFile): PipelineRevisions {
  const newestText = db.prepare("SELECT revision, digest FROM pipelines WHERE name = ? ORDER BY revision DESC LIMIT 1");
  const insertText = db.prepare("INSERT INTO pipelines (name, revision, digest) VALUES (?, ?, ?)");
  return {
    pipelineRevision: (pipeline, digest) =>
      write(() => {
        const newest = newestText.get(pipeline) as { revision: number; digest: string } | undefined;
        if (newest?.digest === digest) return newest.revision;
        const revision = (newest?.revision ?? 0) + 1;
        insertText.run(pipeline, revision, digest);
        return revision;
      }),
  };
}
