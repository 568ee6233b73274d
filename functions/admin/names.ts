// Names of pipelines and model sets that people type, and what they are told of a name that nobody knows.

import { NotFoundError } from "../lib/errors.ts";
import { suggestion } from "../lib/nearest.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { ModelSets } from "../lib/store/store.ts";

/** @throws NotFoundError. */
export function pipelineNamed(pipelines: Pipelines, name: string): Pipeline {
  const pipeline = pipelines.get(name);
  if (pipeline !== undefined) return pipeline;
  throw new NotFoundError(
    `pipeline ${JSON.stringify(name)} is not deployed here${suggestion(name, [...pipelines.keys()])}`,
  );
}

/** Model sets of a pipeline are named like it, or begin with its name and a slash. */
export function pipelineNameOf(set: string, pipelines: Pipelines): string {
  return pipelines.has(set) ? set : set.replace(/\/.*$/s, "");
}

export async function unknownSet(models: Pick<ModelSets, "sets">, set: string): Promise<NotFoundError> {
  const known = await models.sets({ limit: 1000 });
  const cure = known.length === 0 ? "; none has learned yet" : suggestion(set, known);
  return new NotFoundError(`no model set ${JSON.stringify(set)} has learned${cure}`);
}
