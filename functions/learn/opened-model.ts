// A stored model set, opened to learn: what was read, what it becomes, and how to start again where a commit is refused.

import { ConfigurationError, UnavailableError } from "../lib/errors.ts";
import type { ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { ModelSet } from "../lib/learners/model-set.ts";
import type { Example, LearnedGroup, ModelSetState, OpenModelSet } from "../lib/learners/model-set-state.ts";
import { ChangedModelError } from "../lib/learners/read-model-set.ts";
import type { Commit } from "../lib/store/commit.ts";
import type { StoredModel } from "../lib/store/stored-model.ts";

/** A pipeline's models and the revision of its file that this process runs. */
export interface SetPipeline {
  readonly name: string;
  readonly revision: number;
  readonly models: ModelSet;
}

export interface Computed {
  readonly commit: Omit<Commit, "ids">;
  readonly summary: Omit<ModelUpdatedData, "version">;
  readonly scoredOnServed: number;
  readonly onlyScored: number;
  readonly skipped: LearnedGroup["skipped"];
  readonly leftOut: LearnedGroup["leftOut"];
  readonly drift: LearnedGroup["drift"];
  readonly restarted: LearnedGroup["restarted"];
  /** The opened model, once the store has taken the commit. */
  next(version: number): OpenedModel;
}

export interface OpenedModel {
  /** Those that cannot be learned, since there are too many labels. Changes nothing. */
  pastLabels<E extends Example>(examples: readonly E[]): readonly E[];
  /** Changes the opened model: afterwards go on with `next` of the result, or with `again` of this. `now`: epoch milliseconds. */
  learn(examples: readonly Example[], revision: string, now: number): Computed;
  /** Opens again what was stored. */
  again(): OpenedModel;
}

/**
 * @param prior the model set that a set without commits starts from, if it has one.
 * @throws UnavailableError `superseded` where a newer pipeline revision has committed: the work is left to it.
 * @throws ConfigurationError where a model of the same name has changed.
 */
export function openModel(pipeline: SetPipeline, set: string, stored: StoredModel, prior?: StoredModel): OpenedModel {
  if (stored.state !== "") return opened(pipeline, set, stored, carriedOver(pipeline, set, stored));
  const { state: learned = "" } = prior ?? {};
  const state = learned === "" ? pipeline.models.init(pipeline.revision) : startOf(pipeline, learned);
  return opened(pipeline, set, stored, { state });
}

/** What this process goes on from. */
interface Start {
  readonly state: ModelSetState;
  /** Where it was written under another revision of the pipeline's file: what the history tells of the next commit. */
  readonly file?: FileChange;
}

/** Of a pipeline's models, by name. */
interface FileChange {
  readonly from: number;
  readonly to: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function carriedOver(pipeline: SetPipeline, set: string, stored: StoredModel): Start {
  const state = JSON.parse(stored.state) as ModelSetState;
  if (state.pipelineRevision > pipeline.revision) {
    throw new UnavailableError(
      "superseded",
      `${set} is learned by pipeline revision ${state.pipelineRevision}; this process runs ${pipeline.revision} and leaves it alone`,
    );
  }
  try {
    const carried = pipeline.models.carryOver(state);
    if (state.pipelineRevision !== pipeline.revision)
      return { state: carried, file: changeOf(state, carried, pipeline) };
    checkSameModels(set, state, carried);
    return { state: carried };
  } catch (error) {
    if (!(error instanceof ChangedModelError)) throw error;
    throw new ConfigurationError(
      `pipeline ${pipeline.name}: ${error.message}. Weights learned one way cannot go on another way: give the changed ` +
        "model a new name (it then starts beside the others), put new features behind the others (it then goes on), or learn it again from the log, under this file: " +
        `wadi replay --pipeline ${pipeline.name} --into <a new generation> --promote`,
      { cause: error },
    );
  }
}

function changeOf(before: ModelSetState, after: ModelSetState, { revision }: SetPipeline): FileChange {
  const [old, fresh] = [Object.keys(before.models), Object.keys(after.models)];
  return {
    ...{ from: before.pipelineRevision, to: revision },
    added: fresh.filter((name) => !old.includes(name)),
    removed: old.filter((name) => !fresh.includes(name)),
  };
}

function startOf(pipeline: SetPipeline, prior: string): ModelSetState {
  try {
    return pipeline.models.startFrom(JSON.parse(prior) as ModelSetState, pipeline.revision);
  } catch (error) {
    if (!(error instanceof ChangedModelError)) throw error;
    throw new ConfigurationError(
      `pipeline ${pipeline.name}: modelPer.prior: its models ${error.models.join(", ")} are others than this file's of the same ` +
        "names. A set starts with models that have the same chain, features and target: name another prior, or rename the models",
      { cause: error },
    );
  }
}

/** Two different files under one revision would keep removing each other's models, or taking back each other's features. */
function checkSameModels(set: string, { pipelineRevision, models }: ModelSetState, carried: ModelSetState): void {
  if (digestsOf(models) === digestsOf(carried.models)) return;
  const names = Object.keys(models).sort().join(", ");
  throw new ConfigurationError(
    `${set} is learned by pipeline revision ${pipelineRevision} with the models ${names}; this process has other models, or ` +
      "other features for them, under the same number: set a greater WADI_PIPELINE_REVISION",
  );
}

function digestsOf(models: ModelSetState["models"]): string {
  return Object.entries(models)
    .map(([name, { digest }]) => `${name} ${digest}`)
    .sort()
    .join();
}

function opened(pipeline: SetPipeline, set: string, head: StoredModel, start: Start, live?: OpenModelSet): OpenedModel {
  const models = live ?? pipeline.models.open(start.state);
  return {
    again: () => opened(pipeline, set, head, start),
    pastLabels: models.pastLabels,
    learn(examples, revision, now) {
      const { served, skipped, leftOut, champion, drift, restarted } = models.learn(examples, head.generation);
      const after = models.close(pipeline.revision);
      const { generation } = head;
      const scores = models.scores();
      const changes = {
        ...(champion && { champion }),
        ...(drift.length > 0 && { drift }),
        ...(restarted.length > 0 && { restarted }),
      };
      const { risen } = models;
      return {
        commit: {
          generation,
          expectedRevision: head.revision,
          revision,
          state: JSON.stringify(after),
          history: JSON.stringify({
            time: now,
            count: after.count,
            scoredOnServed: after.scoredOnServed,
            metrics: scores,
            ...(start.file && { file: start.file }),
            ...changes,
            ...(risen && { risen }),
            // Where the file alone does not say it: for those who do not read the state.
            ...((after.choice !== undefined || after.pinned !== undefined) && { serves: after.champion }),
          }),
        },
        summary: { set, generation, count: after.count, metrics: scores, ...changes },
        scoredOnServed: served,
        onlyScored: examples.filter((example) => example.onlyScored).length,
        skipped,
        leftOut,
        drift,
        restarted,
        next: (version) =>
          opened(pipeline, set, { generation, revision, version, state: "" }, { state: after }, models),
      };
    },
  };
}
