// The model that serves, fresh: its version is asked once a burst of requests, its state only when it changed.
//
// A burst is what one turn of the event loop brings. It was all there when the turn began, so a question asked in the
// turn is younger than each of its requests; an answer that is shared for longer might be older than a commit that the
// caller knows of.

import { UnavailableError } from "../lib/errors.ts";
import {
  ChangedModelError,
  createModelSet,
  type ModelSet,
  type ModelSetState,
  type OpenModelSet,
} from "../lib/learners/model-set.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import type { Head, ModelStore } from "../lib/store/store.ts";

export interface ServingModel {
  readonly head: Head;
  readonly models: OpenModelSet;
}

export interface ModelReader {
  current(): Promise<ServingModel>;
}

export function createModelReader(models: ModelStore, pipeline: Pipeline, set: string): ModelReader {
  const modelSet = createModelSet(pipeline);
  let serving: ServingModel | undefined;
  let asking: Promise<ServingModel> | undefined;

  async function ask(): Promise<ServingModel> {
    const head = await models.head(set);
    if (serving?.head.revision === head.revision && serving.head.generation === head.generation) return serving;
    const { state, ...loaded } = await models.load(set);
    serving = { head: loaded, models: openState(modelSet, pipeline, state) };
    return serving;
  }

  return {
    current() {
      if (asking === undefined) {
        asking = ask();
        setImmediate(() => {
          asking = undefined;
        });
      }
      return asking;
    },
  };
}

function openState(modelSet: ModelSet, pipeline: Pipeline, state: string): OpenModelSet {
  if (state === "") return modelSet.open(modelSet.init(0));
  try {
    return modelSet.open(modelSet.carryOver(JSON.parse(state) as ModelSetState));
  } catch (error) {
    if (!(error instanceof ChangedModelError)) throw error;
    throw new UnavailableError("changed-model", `pipeline ${pipeline.name}: ${error.message}`, { cause: error });
  }
}
