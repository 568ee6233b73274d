// Whether pipelines fit the models in a store: the check that learn does at its start.

import { atRevision, checkStoredModel } from "../../learn/handler.ts";
import { FULL_CURE, isNearlyFull } from "../../learn/state-size.ts";
import { ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { readBase } from "../../lib/states/learned-by.ts";
import type { StoreAddress } from "../../lib/store/address.ts";
import { openStore } from "../../lib/store/open.ts";
import type { StateReader } from "../../lib/store/store.ts";
import { bytes } from "../terminal/sizes.ts";

export interface StoredCheck {
  readonly store: StoreAddress;
  /** The revision that learn will be given; undefined: later than all before. */
  readonly pipelineRevision: number | undefined;
  readonly pipelines: readonly Pipeline[];
  now(): number;
}

/** What is found of a pipeline: why it would not start, or what of it will soon be full. */
export interface Stored {
  readonly problem?: string;
  readonly warning?: string;
}

/**
 * By pipeline. Writes nothing, but that a file of an earlier Wadi is taken over as by a start.
 * @throws UnavailableError where the store cannot be reached.
 */
export async function checkStored(check: StoredCheck): Promise<ReadonlyMap<string, Stored>> {
  const byName = new Map(check.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const store = await openStore(check.store, byName, {}, check.now);
  try {
    await store.check();
    const models = atRevision(store.models, check.pipelineRevision ?? Number.MAX_SAFE_INTEGER);
    const found = new Map<string, Stored>();
    for (const pipeline of check.pipelines) {
      const problem = await checkStoredModel(models, pipeline).then(() => undefined, whyNot);
      const warning = problem === undefined ? await sizeWarning(models, pipeline.name) : undefined;
      found.set(pipeline.name, {
        ...(problem !== undefined && { problem }),
        ...(warning !== undefined && { warning }),
      });
    }
    return found;
  } finally {
    await store.close();
  }
}

/** Of its base: what was learned since makes it little larger. */
async function sizeWarning(models: StateReader, set: string): Promise<string | undefined> {
  const { base = "" } = await models.loadSince(set);
  const most = base === "" ? undefined : readBase(base).by?.maxStateBytes;
  const has = Buffer.byteLength(base);
  if (most === undefined || !isNearlyFull(has, most)) return undefined;
  return `the state of ${set} has ${bytes(has)} of at most ${bytes(most)}, and beyond that new names are left out: ${FULL_CURE}`;
}

/** Rethrows errors that are not about the pipeline. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof UnavailableError && error.code === "superseded") {
    return `${error.message}: these files are older than those in use there; deploy them again as the newest instead of rolling back`;
  }
  throw error;
}
