// A stored model set as predict has it open: the base is opened once, and what is learned since is learned here, too.

import { createModelSet, type ModelSet } from "../lib/learners/model-set.ts";
import type { OpenModelSet } from "../lib/learners/model-set-state.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { foldState } from "../lib/states/fold.ts";
import { ENGINE, isLearnedBy, type LearnedBy, readBase } from "../lib/states/learned-by.ts";
import { learnTail } from "../lib/states/tail.ts";
import type { BaseAndTail, Head } from "../lib/store/stored-model.ts";

export interface Followed {
  /** Of what `models` have learned. */
  readonly head: Head;
  readonly models: OpenModelSet;
  /** Of base and tail, about. */
  readonly bytes: number;
  /** Whether a tail since `head` can be learned here: its base was learned by this process's own file and engine. */
  readonly canFollow: boolean;
}

/**
 * Opens what is stored; a tail alone is learned by the models of `before`, which then is the same model set at its new head.
 * @throws ChangedModelError, UnsoundStateError, UnavailableError as ModelSet.carryOver.
 */
export function createFollower(pipeline: Pipeline) {
  const learned = new Map<number, ModelSet>();

  /** Under the limit of the state that its learner has. */
  function modelsOf(maxStateBytes = Number.POSITIVE_INFINITY): ModelSet {
    const models = learned.get(maxStateBytes) ?? createModelSet(pipeline, maxStateBytes);
    learned.set(maxStateBytes, models);
    return models;
  }

  return async (stored: BaseAndTail, before: Followed | undefined): Promise<Followed> => {
    const { base, tail, ...head } = stored;
    const tailBytes = tail.reduce((sum, { length }) => sum + length, 0);
    if (base === undefined) {
      learnTail((before as Followed).models, tail);
      return Object.assign(before as Followed, { head, bytes: (before as Followed).bytes + tailBytes });
    }
    const bytes = base.length + tailBytes;
    if (base === "") return { head, models: modelsOf().open(modelsOf().init(0)), bytes, canFollow: false };
    const { state, by } = readBase(base);
    const models = modelsOf(by?.maxStateBytes);
    if (by !== undefined && isLearnedBy(by, { ...by, ...ownWay(pipeline) })) {
      const open = models.open(models.carryOver(state));
      learnTail(open, tail);
      return { head, models: open, bytes, canFollow: true };
    }
    const whole = tail.length === 0 ? state : readBase(await foldState(base, tail)).state;
    return { head, models: models.open(models.carryOver(whole)), bytes, canFollow: false };
  };
}

function ownWay({ text }: Pipeline): Pick<LearnedBy, "engine" | "file"> {
  return { engine: ENGINE, file: text };
}
