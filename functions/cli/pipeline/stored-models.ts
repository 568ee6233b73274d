// Whether pipelines fit the models in a store: the check that learn does at its start.

import { atRevision, checkStoredModel } from "../../learn/handler.ts";
import { ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { StoreAddress } from "../../lib/store/address.ts";
import { openStore } from "../../lib/store/open.ts";

export interface StoredCheck {
  readonly store: StoreAddress;
  /** The revision that learn will be given; undefined: later than all before. */
  readonly pipelineRevision: number | undefined;
  readonly pipelines: readonly Pipeline[];
  now(): number;
}

/** The problem of each pipeline that has one; writes nothing. @throws UnavailableError where the store cannot be reached. */
export async function checkStored(check: StoredCheck): Promise<ReadonlyMap<string, string>> {
  const byName = new Map(check.pipelines.map((pipeline) => [pipeline.name, pipeline]));
  const store = await openStore(check.store, byName, {}, check.now);
  try {
    await store.check();
    const models = atRevision(store.models, check.pipelineRevision ?? Number.MAX_SAFE_INTEGER);
    const problems = new Map<string, string>();
    for (const pipeline of check.pipelines) {
      const problem = await checkStoredModel(models, pipeline).then(() => undefined, whyNot);
      if (problem !== undefined) problems.set(pipeline.name, problem);
    }
    return problems;
  } finally {
    await store.close();
  }
}

/** Rethrows errors that are not about the pipeline. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof UnavailableError && error.code === "superseded") {
    return `${error.message}: these files are older than those in use there; deploy them again as the newest instead of rolling back`;
  }
  throw error;
}
