// A model set begins anew: a generation that has learned nothing is put in force, and the one that was is kept, to be rolled back to.
//
//   C1  What was learned and the ids of it go together. So an event that is delivered again afterwards, learned before or not, is an
//       example like any other: the new generation learns it once.
//   C2  The new generation is put in force in one step, and only in place of the one that was looked at. A process that is killed
//       before leaves all as it was (its hold ends by itself), and one that is killed after has done it all.
//   C3  Clears at the same time are one clear, and what has learned nothing is not cleared again: only one generation before is kept,
//       and a second click must not push it out.

import { createHash } from "node:crypto";
import { VersionConflictError } from "../../lib/errors.ts";
import { createModelSet } from "../../lib/learners/model-set.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { StoredModel } from "../../lib/store/stored-model.ts";
import type { Admin } from "../admin.ts";
import type { Cleared } from "../shapes/models.ts";
import { type ExportDeps, heldError } from "./export-deps.ts";
import { fitOf, parseState } from "./fitting-state.ts";
import { figuresOf, mapOf, parseLoose } from "./stored-state.ts";

/** Commits wait no longer than that, whatever becomes of this process. */
const HOLD_MS = 5_000;
const TRIES = 20;
/** Another clear holds the set for some milliseconds; an export for as long as its ids are read. */
const PAUSE_MS = 50;

export function createClear({ models, revision, clock, setPipeline, known }: ExportDeps): Pick<Admin, "clear"> {
  return {
    async clear(set) {
      await known(set);
      const pipeline = setPipeline(set);
      const asked = await models.load(set);
      const previous = await models.previous(set);
      if (isNew(asked) && previous !== undefined) return cleared(set, asked, previous);
      const first = await firstState(set, pipeline);
      const token = revision();
      for (let tries = 0; tries < TRIES; tries++) {
        if (!(await models.hold(set, token, HOLD_MS))) {
          await pause(PAUSE_MS);
          continue;
        }
        const now = await models.load(set);
        if (now.generation !== asked.generation) {
          await models.release(set, token);
          return clearedMeanwhile(set, now);
        }
        const generation = await freshGeneration(set, now, first);
        const made = { token, generation, expectedRevision: now.revision };
        if (await models.promote(set, made)) return cleared(set, await models.load(set), now.generation);
      }
      await models.release(set, token);
      throw heldError(set);
    },
  };

  /** What is in force, and what it has replaced, which nobody commits to any more. */
  async function cleared(set: string, now: StoredModel, before: string): Promise<Cleared> {
    return { set, ...told(now), replaced: told(await models.loadGeneration(set, before)) };
  }

  /** @throws VersionConflictError where it was not cleared. */
  async function clearedMeanwhile(set: string, now: StoredModel): Promise<Cleared> {
    const previous = await models.previous(set);
    if (isCleared(now.generation) && previous !== undefined) return cleared(set, now, previous);
    const problem = `generation ${now.generation} of ${set} came into force meanwhile`;
    throw new VersionConflictError(
      "version-conflict",
      `${problem}, and nothing was cleared; look at it, and try again`,
    );
  }

  /**
   * The name of a generation that has learned nothing. It follows from the state that it replaces, so that what a killed process has
   * begun is gone on with. One of that name that has learned was in force, and a rollback has put what it replaced in force again.
   */
  async function freshGeneration(set: string, replaced: StoredModel, state: string): Promise<string> {
    for (let nth = 0; ; nth++) {
      const generation = nameOf(replaced, nth);
      if ((await models.loadGeneration(set, generation)).version === 0) {
        const history = JSON.stringify({ time: clock.now(), count: 0, metrics: {} });
        const commit = { generation, expectedRevision: "", revision: revision(), state, ids: [], history };
        await models.commitGeneration(set, commit); // a conflict is another's first state
      }
      const stored = await models.loadGeneration(set, generation);
      if (stored.state === state) return generation;
    }
  }

  /** As that of a set that has never learned. @throws RejectedError where what it starts from does not go with the file. */
  async function firstState(set: string, pipeline: Pipeline): Promise<string> {
    const prior = pipeline.modelPer?.prior;
    const start = prior === undefined || prior === set ? undefined : await models.load(prior);
    const modelSet = createModelSet(pipeline);
    // Revisions of the pipeline's file are counted by each store, and 0 is older than all of them: whoever learns goes on from it.
    if (start === undefined || start.state === "") return JSON.stringify(modelSet.init(0));
    const what = `the model set ${prior}, which ${set} starts from,`;
    const state = parseState(what, start.state);
    fitOf(pipeline, what, state);
    return JSON.stringify(modelSet.startFrom(state, 0));
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => void clock.after(ms, resolve));
  }
}

function told(stored: StoredModel) {
  return { generation: stored.generation, version: stored.version, count: countOf(stored) };
}

function countOf(stored: StoredModel): number {
  return figuresOf(stored, undefined).count;
}

function nameOf({ generation, revision }: StoredModel, nth: number): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([generation, revision, nth]))
    .digest("hex");
  return `cleared-${digest.slice(0, 16)}`;
}

/** Whether it was cleared and has learned nothing since. */
function isNew({ generation, state }: StoredModel): boolean {
  return isCleared(generation) && mapOf(parseLoose(state))["count"] === 0;
}

function isCleared(generation: string): boolean {
  return /^cleared-[0-9a-f]{16}$/.test(generation);
}
