// A stored model set, opened to learn: what was read, what it becomes, and how to start again where a commit is refused.

import { ConfigurationError, UnavailableError } from "../lib/errors.ts";
import type { ModelUpdatedData } from "../lib/events/vocabulary.ts";
import type { ModelSet } from "../lib/learners/model-set.ts";
import type { Example, LearnedGroup, ModelSetState, OpenModelSet } from "../lib/learners/model-set-state.ts";
import { ChangedModelError } from "../lib/learners/read-model-set.ts";
import { foldState } from "../lib/states/fold.ts";
import { baseText, isLearnedBy, type LearnedBy, readBase } from "../lib/states/learned-by.ts";
import { entryText, isOutgrown, learnTail } from "../lib/states/tail.ts";
import type { CommitFrame, Left } from "../lib/store/commit.ts";
import type { BaseAndTail, Head } from "../lib/store/stored-model.ts";

/** A pipeline's models and the revision of its file that this process runs. */
export interface SetPipeline {
  readonly name: string;
  readonly revision: number;
  readonly models: ModelSet;
  /** What this process learns by. */
  readonly by: LearnedBy;
}

export interface Computed {
  readonly commit: Left & Omit<CommitFrame, "ids">;
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
  /** Of the base, and of it and its tail, bytes. */
  readonly baseBytes: number;
  readonly bytes: number;
  /** Those that cannot be learned, since there are too many labels. Changes nothing. */
  pastLabels<E extends Example>(examples: readonly E[]): readonly E[];
  /** Changes the opened model: afterwards go on with `next` of the result, or with `again` of this. `now`: epoch milliseconds. */
  learn(examples: readonly Example[], revision: string, now: number): Computed;
  /** Opens again what was stored, and what others have committed since: a tail alone. */
  again(since?: BaseAndTail): OpenedModel;
  /** The stored version that this is, and whether it can learn what is committed after it. */
  readonly head: Head;
  readonly canFollow: boolean;
  /** Learns what others have committed since, a tail alone. Only before `learn`. */
  follow(since: BaseAndTail): OpenedModel;
}

/**
 * @param prior the state of the model set that a set without commits starts from, "" for none.
 * @throws UnavailableError `superseded` where a newer pipeline revision has committed: the work is left to it.
 * @throws ConfigurationError where a model of the same name has changed.
 */
export async function openModel(
  pipeline: SetPipeline,
  set: string,
  { base = "", tail, ...head }: BaseAndTail,
  prior = "",
): Promise<OpenedModel> {
  if (base === "") {
    const state = prior === "" ? pipeline.models.init(pipeline.revision) : startOf(pipeline, prior);
    return opened(pipeline, set, head, { state, ...NO_BASE });
  }
  const { state, by } = readBase(base);
  const start = carriedOver(pipeline, set, state);
  const goesOn = isLearnedBy(by, pipeline.by) && start.file === undefined;
  if (goesOn) return following(pipeline, set, head, { ...start, ...asBase(base) }, tail);
  const whole = tail.length === 0 ? start : carriedOver(pipeline, set, readBase(await foldState(base, tail)).state);
  return opened(pipeline, set, head, { ...whole, ...NO_BASE });
}

/** A text of which this process learns on. */
function asBase(text: string): Omit<StartAndTail, "state"> {
  return { ...NO_BASE, goesOn: true, baseBytes: Buffer.byteLength(text), tail: [] };
}

/** What this process goes on from. */
interface Start {
  readonly state: ModelSetState;
  /** Where it was written under another revision of the pipeline's file: what the history tells of the next commit. */
  readonly file?: FileChange;
}

/** Where it is a base on which this process may learn a tail, that tail. */
interface StartAndTail extends Start {
  readonly goesOn: boolean;
  readonly baseBytes: number;
  /** Of its tail, what is in `state` already: how many examples, and bytes. */
  readonly learned: number;
  readonly tailBytes: number;
  /** The rest of it. Grows with the commits of this process. */
  readonly tail: string[];
}

/** The next commit is the base. */
const NO_BASE = { goesOn: false, baseBytes: 0, learned: 0, tailBytes: 0, tail: [] };

/** Of a pipeline's models, by name. */
interface FileChange {
  readonly from: number;
  readonly to: number;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

function carriedOver(pipeline: SetPipeline, set: string, state: ModelSetState): Start {
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
    return pipeline.models.startFrom(readBase(prior).state, pipeline.revision);
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

function opened(
  pipeline: SetPipeline,
  set: string,
  head: Head,
  start: StartAndTail,
  live = reopened(pipeline, start),
): OpenedModel {
  const { models, tailBytes } = live;
  const { generation } = head;
  return {
    ...{ head, canFollow: start.goesOn, baseBytes: start.baseBytes },
    bytes: start.baseBytes + tailBytes,
    again(since) {
      const { tail, ...newer } = since ?? { ...head, tail: [] };
      return following(pipeline, set, newer, start, tail);
    },
    follow({ tail, ...newer }) {
      const more = learnTail(models, tail);
      start.tail.push(...tail);
      return opened(pipeline, set, newer, start, {
        models,
        learned: live.learned + more,
        tailBytes: tailBytes + bytesOf(tail),
      });
    },
    pastLabels: models.pastLabels,
    learn(examples, revision, now) {
      const { served, skipped, leftOut, champion, drift, restarted } = models.learn(examples, generation);
      const metrics = models.scores();
      const changes = {
        ...(champion && { champion }),
        ...(drift.length > 0 && { drift }),
        ...(restarted.length > 0 && { restarted }),
      };
      const { count, scoredOnServed, risen } = models;
      const { choice, pinned } = start.state;
      // Where the file alone does not say it: for those who do not read the state.
      const serves = choice !== undefined || pinned !== undefined ? models.champion : undefined;
      // JSON leaves out what is undefined.
      const point = { time: now, count, scoredOnServed, metrics, file: start.file, ...changes, risen, serves };
      const history = JSON.stringify(point);
      const made = leave(pipeline, start, live, entryText(examples, generation), examples.length);
      return {
        commit: { ...made.left, generation, revision, history, ...expecting(head, start) },
        summary: { set, generation, count, metrics, ...changes },
        scoredOnServed: served,
        onlyScored: examples.filter((example) => example.onlyScored).length,
        ...{ skipped, leftOut, drift, restarted },
        next: (version) => {
          const { next, tailBytes, learned } = made;
          return opened(pipeline, set, { generation, revision, version }, next(), { models, tailBytes, learned });
        },
      };
    },
  };
}

/** Where this process cannot go on from the tail of others, it is told the whole state. */
function expecting(
  { revision, version }: Head,
  { goesOn }: StartAndTail,
): Pick<CommitFrame, "expectedRevision" | "expectedVersion"> {
  return { expectedRevision: revision, ...(goesOn && { expectedVersion: version }) };
}

/** What is open, and the tail that it has learned: how many examples, and their bytes. */
interface Live {
  readonly models: OpenModelSet;
  readonly learned: number;
  readonly tailBytes: number;
}

function reopened({ models: set }: SetPipeline, { state, tail, learned, tailBytes }: StartAndTail): Live {
  const models = set.open(state);
  return {
    models,
    learned: learned + learnTail(models, tail),
    tailBytes: tailBytes + bytesOf(tail),
  };
}

function bytesOf(tail: readonly string[]): number {
  return tail.reduce((sum, { length }) => sum + length, 0);
}

/** So many entries are learned again where a commit is refused; beyond that, what was learned is kept as a state. */
const AGAIN = 16;

function following(
  pipeline: SetPipeline,
  set: string,
  head: Head,
  start: StartAndTail,
  more: readonly string[],
): OpenedModel {
  const longer = { ...start, tail: [...start.tail, ...more] };
  const live = reopened(pipeline, longer);
  if (longer.tail.length <= AGAIN) return opened(pipeline, set, head, longer, live);
  const { models, learned, tailBytes } = live;
  const state = models.close(pipeline.revision);
  return opened(pipeline, set, head, { ...longer, state, learned, tailBytes, tail: [] }, live);
}

/** What a commit leaves, and what this process goes on from once the store has taken it. */
interface Made extends Omit<Live, "models"> {
  readonly left: Left;
  next(): StartAndTail;
}

function leave(pipeline: SetPipeline, start: StartAndTail, live: Live, entry: string, examples: number): Made {
  const learned = live.learned + examples;
  const tailBytes = live.tailBytes + entry.length;
  if (start.goesOn && !isOutgrown(start.baseBytes, tailBytes, learned)) {
    const next = () => {
      start.tail.push(entry);
      return start;
    };
    return { left: { entry }, learned, tailBytes, next };
  }
  const after = live.models.close(pipeline.revision);
  const state = baseText(after, pipeline.by);
  return { left: { state }, learned: 0, tailBytes: 0, next: () => ({ state: after, ...asBase(state) }) };
}
