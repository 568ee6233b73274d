// Whether a state of an older file or another store can go on under the pipeline's file as it is now, as learn would take it over.

import { asError, RejectedError } from "../../lib/errors.ts";
import { createModelSet } from "../../lib/learners/model-set.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { ChangedModelError } from "../../lib/learners/read-model-set.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";

export interface Fit {
  /** Models of the file that the state does not have. */
  readonly starting: string[];
  /** Models of the state that the file does not have. */
  readonly leaving: string[];
}

/** A stored state. @throws RejectedError `state` where it is damaged. */
export function parseState(what: string, text: string): ModelSetState {
  try {
    return JSON.parse(text) as ModelSetState;
  } catch (error) {
    throw new RejectedError("state", `${what} cannot be read: it is damaged in the store (${asError(error).message})`);
  }
}

/** @throws RejectedError `changed-model` where a model of the same name is another one, `state` where it cannot be read. */
export function fitOf(pipeline: Pipeline, what: string, state: ModelSetState): Fit {
  const set = createModelSet(pipeline);
  try {
    const opened = set.open(set.carryOver({ ...state, pipelineRevision: 0 }));
    opened.predict({});
    opened.scores();
    JSON.stringify(opened.close(0));
  } catch (thrown) {
    const { message } = asError(thrown);
    if (thrown instanceof ChangedModelError) {
      throw new RejectedError(
        "changed-model",
        `${what} does not go with ${pipeline.file} as it is: ${message}. Put the file back as it was then, or give the ` +
          "changed model a new name: it then starts beside the others",
      );
    }
    throw new RejectedError("state", `${what} cannot be read by this Wadi: ${message}`);
  }
  const [deployed, stored] = [Object.keys(pipeline.models), Object.keys(state.models)];
  return {
    starting: deployed.filter((name) => !stored.includes(name)),
    leaving: stored.filter((name) => !deployed.includes(name)),
  };
}
