// learn: an example becomes part of the model, exactly once, together with its id.

import type { Clock } from "../lib/clock.ts";
import { asError, ConfigurationError, RejectedError, WadiError } from "../lib/errors.ts";
import { derive } from "../lib/events/derive.ts";
import { readEnvelope, readFeatures } from "../lib/events/payload.ts";
import { type Event, EventType } from "../lib/events/vocabulary.ts";
import { checkWindow } from "../lib/events/window.ts";
import { createModelSet } from "../lib/learners/model-set.ts";
import type { Example } from "../lib/learners/model-set-state.ts";
import { DEFAULT_MAX_STATE_BYTES } from "../lib/learners/state-budget.ts";
import { tasks } from "../lib/learners/task.ts";
import { createStoreWatch, type StoreWatch } from "../lib/lost-commits/watch.ts";
import { ownFeatures, type Pipelines, pipelineOf } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { reserveSet } from "../lib/pipeline/reservation.ts";
import { createRecent, OPEN_STATE_BYTES } from "../lib/recent.ts";
import type { Handle } from "../lib/serve/step.ts";
import { ENGINE } from "../lib/states/learned-by.ts";
import type { ModelSets, PipelineRevisions, StateReader, StateWriter } from "../lib/store/store.ts";
import type { BaseAndTail } from "../lib/store/stored-model.ts";
import { type Log, silentLog } from "../lib/telemetry/log.ts";
import type { Telemetry } from "../lib/telemetry/metrics.ts";
import { type Committer, createCommitter, type IdentifiedExample } from "./committer.ts";
import { openModel, type SetPipeline } from "./opened-model.ts";
import { createStateSize, type StateSize } from "./state-size.ts";

/** What learn asks of the ModelStore. */
export type LearnStore = StateReader & StateWriter & ModelSets & PipelineRevisions;

export interface LearnDeps {
  readonly pipelines: Pipelines;
  readonly models: LearnStore;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Default: one of its own. */
  readonly watch?: StoreWatch;
  readonly revision: () => string;
  readonly random: () => number;
  /** How long after its observation was first seen an event can still come, in milliseconds, by pipeline. */
  readonly learnedWindowMs: (pipeline: string) => number;
  /** How long an event recorded then is taken, in milliseconds; default: as long as the id of a new one is kept. */
  readonly takenWindowMs?: (pipeline: string, recordedTime: number) => number;
  /** Awaited before these are asked for, where they are not known from the start. */
  readonly agreed?: () => Promise<unknown>;
  /** Whether `agreed` need not be waited for again. */
  readonly isAgreed?: () => boolean;
  readonly groupLimit?: number;
  readonly conflictBudgetMs?: number;
  /** How many model sets are kept open, besides those that are learning. */
  readonly openSets?: number;
  /** What their states may take together as they are stored, bytes. */
  readonly openStateBytes?: number;
  /** Of a model set's state, about; default 16 MiB. */
  readonly maxStateBytes?: number | undefined;
  readonly log?: Log;
}

const DEFAULT_GROUP_LIMIT = 256;
// Well under a broker's time-out of an attempt, well over a group's commit.
const DEFAULT_CONFLICT_BUDGET_MS = 5000;
// Beyond that, a set that comes back costs a load.
const DEFAULT_OPEN_SETS = 1024;
/** Of a pipeline with a set for each value: the same files write all of them, so a few are enough. */
const CHECKED_SETS = 10;
const LEARNED_ID = /^(?:0|[1-9]\d{0,18})$/;
const MAX_LEARNED_ID = 2n ** 63n - 1n;

interface Recorded extends Omit<IdentifiedExample, "learnedId"> {
  /** The id it is learned under. */
  readonly id: string;
  readonly recordedTime: number;
}

export function createLearn(deps: LearnDeps): Handle {
  const { pipelines, models, clock, telemetry } = deps;
  const { watch = createStoreWatch({ clock, telemetry }) } = deps;
  const committers = createRecent<Promise<Committer>>(
    deps.openSets ?? DEFAULT_OPEN_SETS,
    deps.openStateBytes ?? OPEN_STATE_BYTES,
  );
  const pipelinesWithRevision = new Map<string, Promise<SetPipeline>>();
  const { maxStateBytes = DEFAULT_MAX_STATE_BYTES, log = silentLog } = deps;
  const sizes = new Map<string, StateSize>();

  return async (event) => {
    if (event.type !== EventType.exampleLabelled && event.type !== EventType.featuresExtracted) {
      throw new RejectedError("unknown-type", `learn takes labelled examples, not ${event.type}`);
    }
    const pipeline = pipelineOf(pipelines, event);
    const isLabel = event.type === EventType.exampleLabelled;
    const learnsObservations = tasks[pipeline.task].learns === "observations";
    const data = readFeatures(event, isLabel || !learnsObservations);
    const example = {
      ...ownExample(pipeline, data),
      ...(isLabel && learnsObservations && { onlyScored: true as const }),
      ...identify(event),
    };
    // All examples of a set await the same things before they are queued, so they are queued in call order.
    const make = () => remember(data.set, pipeline);
    const update = await committers.use(data.set, make, (committer, weighs) =>
      queue(committer, pipeline.name, example, weighs),
    );
    if (update === undefined) return undefined;
    const { revision, ...summary } = update;
    return derive(event, {
      type: EventType.modelUpdated,
      pipeline: pipeline.name,
      step: "learn",
      id: `${data.set}:${revision}`,
      data: summary,
      // The event is about the commit, not about the example that happened to be first in it.
      attributes: { subject: data.set, partitionkey: data.set, time: new Date(clock.now()).toISOString() },
    });
  };

  /** The window is known by then: the store was asked before there was a committer, and is again after an idle time. */
  async function queue(
    opening: Promise<Committer>,
    pipeline: string,
    { id, recordedTime, ...example }: Recorded,
    weighs: (bytes: number) => void,
  ) {
    const committer = await opening;
    if (deps.isAgreed?.() === false) await deps.agreed?.();
    const windowMs = deps.learnedWindowMs(pipeline);
    checkWindow(recordedTime, deps.takenWindowMs?.(pipeline, recordedTime) ?? windowMs, clock.now());
    const update = await committer.learn({ ...example, learnedId: { id, expiresAt: recordedTime + windowMs } });
    weighs(committer.stateBytes);
    return update;
  }

  function remember(set: string, pipeline: Pipeline): Promise<Committer> {
    const made = makeCommitter(set, pipeline);
    // A store that was away may be back at the next example, and there may be room for one more set.
    made.catch(() => committers.forget(set, made));
    return made;
  }

  function loadRevisionOnce(pipeline: Pipeline): Promise<SetPipeline> {
    const known = pipelinesWithRevision.get(pipeline.name);
    if (known !== undefined) return known;
    const made = loadRevision(models, pipeline, maxStateBytes);
    pipelinesWithRevision.set(pipeline.name, made);
    made.catch(() => pipelinesWithRevision.delete(pipeline.name));
    return made;
  }

  function stateSizeOf(pipeline: string): StateSize {
    const known = sizes.get(pipeline) ?? createStateSize({ pipeline, telemetry, log, maxBytes: maxStateBytes });
    sizes.set(pipeline, known);
    return known;
  }

  async function makeCommitter(set: string, pipeline: Pipeline): Promise<Committer> {
    await deps.agreed?.();
    await reserveSet(models, pipeline, set);
    return createCommitter({
      set,
      pipeline: await loadRevisionOnce(pipeline),
      models,
      prior: pipeline.modelPer?.prior,
      clock,
      telemetry,
      watch,
      stateSize: stateSizeOf(pipeline.name),
      revision: deps.revision,
      random: deps.random,
      groupLimit: deps.groupLimit ?? DEFAULT_GROUP_LIMIT,
      conflictBudgetMs: deps.conflictBudgetMs ?? DEFAULT_CONFLICT_BUDGET_MS,
    });
  }

  function identify(event: Event): Pick<Recorded, "id" | "recordedTime"> {
    const { recordedTime } = readEnvelope(event);
    const id = event["learnedid"];
    if (typeof id !== "string" || !LEARNED_ID.test(id) || BigInt(id) > MAX_LEARNED_ID) {
      throw new RejectedError(
        "payload",
        "learnedid is missing or no 63-bit number: this event did not come from featurize",
      );
    }
    return { id, recordedTime };
  }
}

async function loadRevision(
  models: PipelineRevisions,
  pipeline: Pipeline,
  maxStateBytes: number,
): Promise<SetPipeline> {
  const revision = await models.pipelineRevision(pipeline.name, pipeline.digest);
  const by = { engine: ENGINE, maxStateBytes, file: pipeline.text };
  return { name: pipeline.name, revision, models: createModelSet(pipeline, maxStateBytes), by };
}

/** The store as a process with this pipeline revision sees it, whatever was counted there; undefined: as counted. */
export function atRevision<Models extends PipelineRevisions>(models: Models, revision: number | undefined): Models {
  return revision === undefined ? models : { ...models, pipelineRevision: async () => revision };
}

/** What checkStoredModel asks of the ModelStore. */
export type StoredPipelines = Omit<LearnStore, "commit" | "reserve">;

/** Whether what is stored can go on under this file. @throws ConfigurationError, UnavailableError. */
export async function checkStoredModel(models: StoredPipelines, pipeline: Pipeline): Promise<void> {
  const withRevision = await loadRevision(models, pipeline, Number.POSITIVE_INFINITY);
  const { name, modelPer } = pipeline;
  const several = modelPer && (await models.sets({ prefix: `${name}/`, limit: CHECKED_SETS }));
  // What goes on of a base goes on of all that was learned since.
  const baseOf = async (set: string) => ({ ...(await models.loadSince(set)), tail: [] });
  for (const set of [name, ...(several ?? [])]) await checkState(withRevision, set, await baseOf(set));
  const prior = modelPer?.prior;
  if (prior !== undefined) {
    await checkState(withRevision, prior, NEVER_COMMITTED, (await baseOf(prior)).base);
  }
}

const NEVER_COMMITTED: BaseAndTail = { generation: "", version: 0, revision: "", base: "", tail: [] };

async function checkState(pipeline: SetPipeline, set: string, stored: BaseAndTail, prior?: string): Promise<void> {
  try {
    await openModel(pipeline, set, stored, prior);
  } catch (error) {
    if (error instanceof WadiError) throw error;
    throw new ConfigurationError(
      `the state of ${set} in the store cannot be read (${asError(error).message}): it is damaged and left as it ` +
        "is: restore a copy of the store, or choose another",
      { cause: error },
    );
  }
}

/** Set, target and text features must be the pipeline's own, so that one odd example does not fail its group. */
function ownExample<D extends Example & { readonly set: string }>(pipeline: Pipeline, data: D): D {
  const x = ownFeatures(pipeline, data.set, data.x);
  const { isTarget, inWords } = tasks[pipeline.task];
  if (data.y === undefined || isTarget(data.y)) return x === data.x ? data : { ...data, x };
  throw new RejectedError("payload", `this example cannot be learned: y is not ${inWords}`);
}
