// Whether the stored models fit the pipeline files: a start would refuse them otherwise.

import { join } from "node:path";
import { atRevision, checkStoredModel, type StoredPipelines } from "../../learn/handler.ts";
import { asError } from "../../lib/errors.ts";
import { plural } from "../../lib/figures.ts";
import { ChangedModelError } from "../../lib/learners/read-model-set.ts";
import { lockFolder } from "../../lib/lock.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { openStore } from "../../lib/store/open.ts";
import { type Finding, fail, ok } from "./finding.ts";

/** Nothing where the folder or the files are broken: other checks report that. */
export async function checkModels(dataFolder: string, pipelinesFolder: string, now: () => number): Promise<Finding[]> {
  try {
    const pipelines = loadPipelines(pipelinesFolder);
    const unlock = lockFolder(dataFolder);
    try {
      const store = await openStore({ kind: "sqlite", path: join(dataFolder, "store.db") }, pipelines, {}, now);
      try {
        return await findings(store.models, [...pipelines.values()]);
      } finally {
        await store.close();
      }
    } finally {
      unlock();
    }
  } catch {
    return [];
  }
}

async function findings(models: StoredPipelines, pipelines: readonly Pipeline[]): Promise<Finding[]> {
  // Asking for a revision would store a new one; under the highest possible one each model is compared.
  const reading = atRevision(models, Number.MAX_SAFE_INTEGER);
  const found: Finding[] = [];
  for (const pipeline of pipelines) {
    const problem = await checkStoredModel(reading, pipeline).then(() => undefined, asError);
    if (problem !== undefined) found.push(changed(pipeline, problem));
  }
  return found.length > 0
    ? found
    : [ok("models", `${plural(pipelines.length, "pipeline")} can go on from what was learned`)];
}

function changed({ name, file }: Pipeline, problem: Error): Finding {
  if (!(problem.cause instanceof ChangedModelError)) {
    return fail("models", problem.message, "restore a copy of the folder, or start with another --data");
  }
  const { models } = problem.cause;
  const several = models.length > 1;
  const what = several ? `the models ${models.join(", ")} have` : `the model ${models[0]} has`;
  return fail(
    "models",
    `pipeline ${name}: ${what} changed since ${several ? "they" : "it"} began to learn, so Wadi would not start`,
    `give ${several ? "each a new name" : "it a new name"} in ${file}, or start with another --data`,
  );
}
