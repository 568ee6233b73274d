// A `wadi start` in one folder under load, and what is in that folder afterwards.

import { statSync } from "node:fs";
import { join } from "node:path";
import type { ModelSetState } from "../functions/lib/learners/model-set-state.ts";
import { loadPipelines } from "../functions/lib/pipeline/load.ts";
import { openStore } from "../functions/lib/store/open.ts";
import { type LoadedWadi, processUnderLoad } from "./loaded-wadi.ts";
import { assert } from "./row.ts";
import { ROOT, type Session } from "./session.ts";

export interface EmbeddedWadi extends Pick<LoadedWadi, "learn" | "check"> {
  readonly folder: string;
  stop(): Promise<void>;
}

/** @param before events that the folder holds already. */
export async function embedded(session: Session, folder = session.folder(), before = 0): Promise<EmbeddedWadi> {
  const wadi = await processUnderLoad(session, folder);
  return {
    folder,
    learn: wadi.learn,
    check: wadi.check,
    async stop() {
      await wadi.running.stop();
      const { count, ids } = await readStore(folder);
      const all = before + wadi.sent;
      assert(count === all && ids === all, `${all} observations were sent; the model counts ${count}, its ids ${ids}`);
    },
  };
}

export interface Stored {
  /** Examples learned, by the model's own count and by the ids that are kept. */
  readonly count: number;
  readonly ids: number;
  readonly state: ModelSetState | undefined;
  readonly stateBytes: number;
}

/** What a folder's store holds of the flights, once its program has ended. */
export async function readStore(folder: string): Promise<Stored> {
  const pipelines = loadPipelines(join(ROOT, "helm/pipelines"));
  const address = { kind: "sqlite", path: join(folder, "store.db") } as const;
  const store = await openStore(address, pipelines, {}, Date.now);
  const { state } = await store.models.load("flights");
  const ids = await store.models.learnedCount("flights");
  await store.close();
  const read = state === "" ? undefined : (JSON.parse(state) as ModelSetState);
  return { count: read?.count ?? 0, ids, state: read, stateBytes: Buffer.byteLength(state) };
}

/** Of a SQLite file, once its program has ended. */
export function fileBytes(folder: string, file: "journal.db" | "store.db"): number {
  return statSync(join(folder, file)).size;
}
