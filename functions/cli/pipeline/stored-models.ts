// Whether pipelines can go on from what was learned in a store: what a start of learn would find.

import { atRevision, checkStoredModel } from "../../learn/handler.ts";
import type { StoreAddress } from "../../lib/config.ts";
import { ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { openStore } from "../../lib/store/open.ts";

export interface StoredCheck {
  readonly store: StoreAddress;
  /** As learn is going to be given it; undefined: later than all there were. */
  readonly pipelineRevision: number | undefined;
  readonly pipelines: readonly Pipeline[];
  now(): number;
}

/** By pipeline, why it cannot; nothing is written. @throws UnavailableError where the store cannot be asked. */
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

/** @throws what says nothing about the pipeline. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  if (error instanceof UnavailableError && error.code === "superseded") {
    return `${error.message}: these files are older than those that learn there; deploy them anew as the newest instead of rolling back`;
  }
  throw error;
}
