// The model that a path of the Open Inference Protocol names: a pipeline, or one of its model sets.

import { choosePipeline, type Pipelines } from "../lib/pipeline/choice.ts";
import { ownsSet } from "../lib/pipeline/model-per.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";

export interface NamedModel {
  /** As in the request. */
  readonly name: string;
  readonly pipeline: Pipeline;
  /** Undefined for a pipeline with several model sets: then each row has its own. */
  readonly set: string | undefined;
}

/** @throws RejectedError `unknown-pipeline`. */
export function chooseModel(pipelines: Pipelines, name: string): NamedModel {
  const slash = name.indexOf("/");
  const owner = slash < 0 ? undefined : pipelines.get(name.slice(0, slash));
  if (owner !== undefined && ownsSet(owner, name)) return { name, pipeline: owner, set: name };
  const pipeline = choosePipeline(pipelines, name);
  return { name: pipeline.name, pipeline, set: pipeline.modelPer === undefined ? pipeline.name : undefined };
}
