// What a path of the Open Inference Protocol names: a pipeline, or one of its model sets.

import { choosePipeline, type Pipelines } from "../lib/pipeline/choice.ts";
import { ownsSet } from "../lib/pipeline/model-per.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";

export interface NamedModel {
  /** As it was asked for. */
  readonly name: string;
  readonly pipeline: Pipeline;
  /** Undefined where a pipeline is named that has one for each value: then each row says which is meant. */
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
