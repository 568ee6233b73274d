// The store asked for one model set: its version each time, its state only where it changed.

import type { Clock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import { createModelSet, type ModelSet } from "../lib/learners/model-set.ts";
import type { ModelSetState, OpenModelSet } from "../lib/learners/model-set-state.ts";
import { ChangedModelError } from "../lib/learners/read-model-set.ts";
import type { StoreWatch } from "../lib/lost-commits/watch.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { damagedState } from "../lib/store/damaged-state.ts";
import type { StateReader } from "../lib/store/store.ts";
import type { Head } from "../lib/store/stored-model.ts";

/** A model set as the store had it at `asOf`. */
export interface KnownModel {
  readonly head: Head;
  readonly models: OpenModelSet;
  /** Of the state as it is stored; about. */
  readonly stateBytes: number;
  /** When the store was asked that called it the newest, epoch milliseconds. */
  readonly asOf: number;
}

/** The store's answer, or why there is none. */
export type Outcome = KnownModel | { readonly away: UnavailableError };

export interface ModelSource {
  /** Rejects for what is no fault of the store: a state that cannot be read. */
  ask(): Promise<Outcome>;
  /** The newest that was answered; undefined where none was. */
  last(): KnownModel | undefined;
  /** Since the store did not answer, or not in time, until it does. */
  isUnwell(): boolean;
  /** It has not answered in time. */
  notInTime(): void;
}

export interface SourceDeps {
  readonly models: StateReader;
  readonly clock: Clock;
  readonly watch: StoreWatch;
}

export function createModelSource({ models, clock, watch }: SourceDeps, pipeline: Pipeline, set: string): ModelSource {
  const modelSet = createModelSet(pipeline);
  let known: KnownModel | undefined;
  let unwell = false;

  async function ask(): Promise<Outcome> {
    const asOf = clock.now();
    const answered = watch.asking(set);
    const found = await read();
    unwell = found.away !== undefined;
    if (found.away !== undefined) return { away: found.away };
    const { head, state } = found;
    answered(head);
    const { models, stateBytes } = state === undefined ? found : openState(modelSet, pipeline, set, state);
    const answer = { head, models, stateBytes, asOf };
    // A question that was overtaken by a later one answers those who asked it, and nobody else.
    if (known === undefined || known.asOf <= asOf) known = answer;
    return answer;
  }

  async function read() {
    try {
      const before = known;
      const head = await models.head(set);
      const { revision, generation } = head;
      if (before?.head.revision === revision && before.head.generation === generation) {
        return { ...before, state: undefined };
      }
      const { state, ...loaded } = await models.load(set);
      return { head: loaded, state };
    } catch (error) {
      if (error instanceof UnavailableError) return { away: error };
      throw error;
    }
  }

  return {
    ask,
    last: () => known,
    isUnwell: () => unwell,
    notInTime() {
      unwell = true;
    },
  };
}

function openState(
  modelSet: ModelSet,
  pipeline: Pipeline,
  set: string,
  state: string,
): Pick<KnownModel, "models" | "stateBytes"> {
  const stateBytes = state.length;
  if (state === "") return { models: modelSet.open(modelSet.init(0)), stateBytes };
  try {
    return { models: modelSet.open(modelSet.carryOver(JSON.parse(state) as ModelSetState)), stateBytes };
  } catch (error) {
    if (!(error instanceof ChangedModelError)) throw damagedState(set, pipeline.name, error);
    throw new UnavailableError("changed-model", `pipeline ${pipeline.name}: ${error.message}`, { cause: error });
  }
}
