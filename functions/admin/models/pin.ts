// A model is pinned by hand: it serves until the pin is released. The pin is a part of the state, so all processes serve the same model
// at the same version.

import { RejectedError, VersionConflictError } from "../../lib/errors.ts";
import type { ModelSetState } from "../../lib/learners/model-set-state.ts";
import { suggestion } from "../../lib/nearest.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import type { Admin } from "../admin.ts";
import type { Serves } from "../shapes/models.ts";
import { type ExportDeps, heldError } from "./export-deps.ts";
import { parseState } from "./fitting-state.ts";
import { figuresOf } from "./stored-state.ts";

const TRIES = 20;

export function createPin({ models, revision, clock, setPipeline, known }: ExportDeps): Pick<Admin, "serve"> {
  return {
    async serve(set, { model }) {
      await known(set);
      const pipeline = setPipeline(set);
      for (let tries = 0; tries < TRIES; tries++) {
        const stored = await models.load(set);
        const before = figuresOf(stored, pipeline);
        const state = parseState(`the state of ${set}`, stored.state);
        if (model !== undefined) checkThere(set, model, pipeline, state);
        const { generation } = stored;
        const serves = { set, generation, before: before.champion, pinned: model !== undefined };
        if (before.pinned === model)
          return { ...serves, version: stored.version, champion: before.champion } satisfies Serves;
        const after = withPin(state, pipeline, model);
        const change = { from: before.champion, to: after.champion, why: why(model) };
        const metrics = Object.fromEntries(before.models.map((one) => [one.name, one.metrics]));
        const answer = await models.commit(set, {
          generation,
          expectedRevision: stored.revision,
          revision: revision(),
          state: JSON.stringify(after),
          ids: [],
          history: JSON.stringify({
            time: clock.now(),
            count: state.count,
            metrics,
            champion: change,
            serves: after.champion,
          }),
        });
        if (answer.outcome === "committed") return { ...serves, version: answer.version, champion: after.champion };
        if (answer.outcome === "held") throw heldError(set);
      }
      throw new VersionConflictError("version-conflict", `${set} was changed by others all the time; try again`);
    },
  };
}

/** Once the pin is released, the choice goes on from the model that was pinned; without a choice the file says who serves. */
function withPin(state: ModelSetState, { best, serve }: Pipeline, model: string | undefined): ModelSetState {
  if (model !== undefined) return { ...state, champion: model, pinned: model };
  const { pinned: _released, ...released } = state;
  return best === undefined ? { ...released, champion: serve } : released;
}

/** What the history shows. */
function why(model: string | undefined): string {
  return model === undefined ? "the pin was released" : "pinned by hand";
}

function checkThere(set: string, model: string, pipeline: Pipeline, state: ModelSetState): void {
  const names = Object.keys(pipeline.models);
  if (!names.includes(model)) {
    const meant = suggestion(model, names);
    throw new RejectedError("no-model", `${set} has no model ${JSON.stringify(model)}${meant}`);
  }
  if (!Object.hasOwn(state.models, model)) {
    throw new RejectedError(
      "no-model",
      `${JSON.stringify(model)} of ${set} has not learned anything yet; try again after the next commit`,
    );
  }
}
