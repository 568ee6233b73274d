// The model sets that learn from a file, in memory: one, or with `modelPer` one for each value of a field.

import { createModelSet } from "../../lib/learners/model-set.ts";
import type { OpenModelSet } from "../../lib/learners/model-set-state.ts";
import { DEFAULT_MAX_STATE_BYTES } from "../../lib/learners/state-budget.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { reserveSet } from "../../lib/pipeline/reservation.ts";

export interface OpenSets {
  /** Opens it where it is new. @throws RejectedError `too-many-models`. */
  open(name: string): OpenModelSet | Promise<OpenModelSet>;
  /** Those that are open. */
  all(): ReadonlyMap<string, OpenModelSet>;
  /** Characters of all states as a store would keep them. */
  stateBytes(): number;
}

const REVISION = 1;

export function createSets(pipeline: Pipeline): OpenSets {
  const models = createModelSet(pipeline, DEFAULT_MAX_STATE_BYTES);
  const sets = new Map<string, OpenModelSet>();
  const prior = pipeline.modelPer?.prior;

  async function make(name: string): Promise<OpenModelSet> {
    const slots = { reserve: async (_set: string, most: number) => sets.size < most };
    await reserveSet(slots, pipeline, name);
    const start = prior === undefined || prior === name ? undefined : sets.get(prior);
    const state = start === undefined ? models.init(REVISION) : models.startFrom(start.close(REVISION), REVISION);
    const set = models.open(state);
    sets.set(name, set);
    return set;
  }

  return {
    open: (name) => sets.get(name) ?? make(name),
    all: () => sets,
    stateBytes: () => [...sets.values()].reduce((sum, set) => sum + JSON.stringify(set.close(REVISION)).length, 0),
  };
}
