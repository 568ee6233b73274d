// The store asked for one model set: its version each time, and where that changed what was learned since, or the whole state.

import type { Clock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import type { OpenModelSet } from "../lib/learners/model-set-state.ts";
import { ChangedModelError } from "../lib/learners/read-model-set.ts";
import type { StoreWatch } from "../lib/lost-commits/watch.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { damagedState } from "../lib/store/damaged-state.ts";
import type { StateReader } from "../lib/store/store.ts";
import type { BaseAndTail, Head } from "../lib/store/stored-model.ts";
import { createFollower, type Followed } from "./follower.ts";

/** A model set as the store had it at `asOf`, or a little later: what is learned since is learned by the same open models. */
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
  const follower = createFollower(pipeline);
  let known: KnownModel | undefined;
  let followed: Followed | undefined;
  let unwell = false;

  async function ask(): Promise<Outcome> {
    const asOf = clock.now();
    const answered = watch.asking(set);
    const found = await newest();
    unwell = "away" in found;
    if ("away" in found) return found;
    answered(found.head);
    const answer = knownAs(found, asOf);
    // A question that was overtaken by a later one answers those who asked it, and nobody else.
    if (known === undefined || known.asOf <= asOf) known = answer;
    return answer;
  }

  async function newest(): Promise<Followed | { readonly away: UnavailableError }> {
    for (;;) {
      const before = followed;
      let stored: BaseAndTail | undefined;
      try {
        const head = await models.head(set);
        const isKnown = before?.head.revision === head.revision && before.head.generation === head.generation;
        stored = isKnown ? undefined : await models.loadSince(set, before?.canFollow ? before.head : undefined);
      } catch (error) {
        if (error instanceof UnavailableError) return { away: error };
        throw error;
      }
      if (stored === undefined) return before as Followed;
      // Another question has learned this tail meanwhile, or a part of it.
      if (stored.base === undefined && followed !== before) continue;
      try {
        followed = await follower(stored, before);
      } catch (error) {
        followed = undefined; // it may have learned a part of the tail
        if (error instanceof ChangedModelError) {
          throw new UnavailableError("changed-model", `pipeline ${pipeline.name}: ${error.message}`, { cause: error });
        }
        throw damagedState(set, pipeline.name, error);
      }
      return followed;
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

function knownAs(of: Followed, asOf: number): KnownModel {
  const { models, bytes: stateBytes } = of;
  return {
    get head() {
      return of.head;
    },
    ...{ models, stateBytes, asOf },
  };
}
