// The admin port on the store and the broker of this process.

import { randomBytes } from "node:crypto";
import type { Broker } from "../lib/broker/broker.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { asError, NotFoundError, UnsupportedError } from "../lib/errors.ts";
import { createMetric } from "../lib/learners/metrics/index.ts";
import { suggestion } from "../lib/nearest.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Pipeline } from "../lib/pipeline/pipeline.ts";
import { createRegressions } from "../lib/regression/regressions.ts";
import type { Store } from "../lib/store/store.ts";
import type { Admin, ReplayPort } from "./admin.ts";
import { cursorOf, detailOf, filterOf, inChunks, lettersOf, selected, summaryOf } from "./letters.ts";
import { lifeOf } from "./life.ts";
import { createMoves } from "./models/moves.ts";
import { createRollback } from "./models/rollback.ts";
import { figuresOf, historyOf } from "./models/stored-state.ts";
import type { Rates } from "./rates.ts";
import { createSetCount } from "./set-count.ts";
import type { DeadLetterSummary, ModelSetSummary, PipelineSummary, Status } from "./shapes/shapes.ts";

export interface AdminOptions {
  readonly store: Store;
  /** `sqlite`. */
  readonly storeKind: string;
  readonly broker: Pick<Broker, "status" | "check" | "deadLetters" | "newest">;
  readonly pipelines: Pipelines;
  /** Absent where nothing runs: then nothing has a rate. */
  readonly rates?: Rates;
  /** Labels of a pipeline that were not learned since the start, for another one had come first. Absent where nothing runs. */
  labelConflicts?(pipeline: string): Promise<number>;
  /** Absent where nobody carries them out. */
  readonly replays?: ReplayPort;
  readonly about: About;
  /** Events come through a Broker that may spoil their names: Knative's. */
  readonly namesMaySpoil?: boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/** Of this process. */
export interface About {
  readonly version: string;
  readonly node: string;
  readonly startedAt?: number;
  readonly url?: string;
  memoryBytes?(): number;
}

/** Undefined where all is well. */
function whatIsWrong(checked: { check(): Promise<void> }): Promise<string | undefined> {
  return checked.check().then(
    () => undefined,
    (error: unknown) => asError(error).message,
  );
}

const DEFAULT_PAGE = 100;
const DEFAULT_HISTORY = 100;
/** The status is asked for every second: what each set has learned is added up where they are few. */
const MAX_ADDED_SETS = 100;

export function createAdmin(options: AdminOptions): Admin {
  const { store, storeKind, broker, pipelines, rates, about, labelConflicts, replays, clock = systemClock } = options;
  const { models, joins } = store;
  const { namesMaySpoil = false } = options;
  const regressions = createRegressions(store, broker, clock);
  const countSets = createSetCount(models, clock);

  async function status(): Promise<Status> {
    const { received, triggers, deadLetters, unmatched, deadLettersDropped } = broker.status();
    const rate = rates?.read();
    const { version, node, startedAt, url, memoryBytes } = about;
    const [missing, logMissing] = await Promise.all([whatIsWrong(store), whatIsWrong(broker)]);
    // Where store or log are away, that is what is told.
    const regressed = missing === undefined && logMissing === undefined ? await regressions().catch(() => []) : [];
    return {
      ...{ version, node, received, deadLetters },
      ...(startedAt !== undefined && { startedAt }),
      ...(url !== undefined && { url }),
      pipelines: [...pipelines.keys()],
      perSecond: rate?.received ?? 0,
      triggers: triggers.map((trigger) => ({ ...trigger, perSecond: rate?.trigger(trigger.name) ?? 0 })),
      ...(missing === undefined ? await learned().catch(() => ({ modelSets: 0 })) : { modelSets: 0 }),
      ...(labelConflicts !== undefined && { labelConflicts: sum(await conflictsOf([...pipelines.keys()])) }),
      store: {
        kind: storeKind,
        ...(missing !== undefined && { missing }),
        ...(regressed.length > 0 && { regressed }),
      },
      log: {
        ...(logMissing !== undefined && { missing: logMissing }),
        ...(unmatched !== undefined && { unmatched }),
        ...(deadLettersDropped !== undefined && { deadLettersDropped }),
      },
      ...(memoryBytes !== undefined && { memoryBytes: memoryBytes() }),
    };
  }

  /** By the newest point of each set's history: the states themselves are large. */
  async function learned(): Promise<Pick<Status, "modelSets" | "learned">> {
    const modelSets = await countSets();
    if (modelSets > MAX_ADDED_SETS) return { modelSets };
    const newest = (await models.sets()).map(async (set) => historyOf(await models.history(set, 1))[0]?.count ?? 0);
    return { modelSets, learned: sum(await Promise.all(newest)) };
  }

  function conflictsOf(names: readonly string[]): Promise<number[]> {
    return Promise.all(names.map(async (name) => (await labelConflicts?.(name)) ?? 0));
  }

  async function labelsOf(name: string): Promise<PipelineSummary["labels"]> {
    const counts = await joins.counts(name);
    return labelConflicts === undefined ? counts : { ...counts, conflicts: await labelConflicts(name) };
  }

  async function summarize(set: string): Promise<ModelSetSummary> {
    const stored = await models.load(set);
    const pipeline = pipelineName(set, pipelines);
    const { count, champion, models: figures } = figuresOf(stored, pipelines.get(pipeline));
    const metrics = figures.find(({ serves }) => serves)?.metrics ?? {};
    return { set, pipeline, generation: stored.generation, version: stored.version, count, champion, metrics };
  }

  function pipelineNamed(name: string): Pipeline {
    const pipeline = pipelines.get(name);
    if (pipeline !== undefined) return pipeline;
    throw new NotFoundError(
      `pipeline ${JSON.stringify(name)} is not deployed here${suggestion(name, [...pipelines.keys()])}`,
    );
  }

  const tools = {
    models,
    clock,
    retention: store.retention,
    revision: () => randomBytes(16).toString("hex"),
    setPipeline: (set: string) => pipelineNamed(pipelineName(set, pipelines)),
    championOf: (set: string) => pipelines.get(pipelineName(set, pipelines))?.serve ?? "",
    async known(set: string) {
      if ((await models.head(set)).version === 0) throw await unknownSet(set);
      return pipelineName(set, pipelines);
    },
  };

  return {
    status,
    ...createRollback(tools),
    ...createMoves(tools),
    async pipelines() {
      const counted = [...pipelines.values()].map(async (one) => describePipeline(one, await labelsOf(one.name)));
      return { items: await Promise.all(counted) };
    },
    async models({ limit = DEFAULT_PAGE, after, prefix }) {
      const page = { after, prefix, limit: limit + 1 };
      const [names, count] = await Promise.all([models.sets(page), models.setCount(prefix)]);
      const items: ModelSetSummary[] = [];
      for (const name of names.slice(0, limit)) {
        items.push(await summarize(name));
        await new Promise(setImmediate); // a state may be large, and others have their turn
      }
      const last = items.at(-1);
      const next = names.length > limit && last !== undefined && { next: last.set };
      return { items, ...next, count };
    },
    async model(set, { history = DEFAULT_HISTORY }) {
      const stored = await models.load(set);
      if (stored.version === 0 && (await models.sets({ prefix: set, limit: 1 }))[0] !== set)
        throw await unknownSet(set);
      const pipeline = pipelineName(set, pipelines);
      const { generation, version, revision, state } = stored;
      return {
        ...{ set, pipeline, generation, version, revision },
        ...figuresOf(stored, pipelines.get(pipeline)),
        learnedIds: await models.learnedCount(set),
        stateBytes: Buffer.byteLength(state),
        drift: [],
        history: historyOf(history === 0 ? [] : await models.history(set, history)),
      };
    },
    async trace(pipeline, subject) {
      return lifeOf({ store, broker, alone: pipelines.size === 1, namesMaySpoil }, pipelineNamed(pipeline), subject);
    },
    async deadLetters({ limit = DEFAULT_PAGE, after, ...query }) {
      const filter = { ...filterOf(query), after: cursorOf(after), limit: limit + 1 };
      const found: DeadLetterSummary[] = [];
      for await (const letter of lettersOf(broker.deadLetters, filter)) found.push(summaryOf(letter));
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(found.length > limit && last !== undefined && { next: String(last.number) }) };
    },
    async deadLetter(number) {
      const letter = Number.isSafeInteger(number) ? await broker.deadLetters.get(number) : undefined;
      if (letter !== undefined) return detailOf(letter);
      throw new NotFoundError(`there is no dead letter ${number}; it may have been sent again or dropped`);
    },
    async redrive(selection) {
      const numbers = await selected(broker.deadLetters, selection);
      return { redriven: await inChunks(numbers, broker.deadLetters.redrive) };
    },
    async drop(selection) {
      const numbers = await selected(broker.deadLetters, selection);
      return { dropped: await inChunks(numbers, broker.deadLetters.drop) };
    },
    startReplay: async (request) => replayPort().start(request),
    replay: async (number) => replayPort().read(number),
    stopReplay: async (number) => replayPort().stop(number),
  };

  function replayPort(): ReplayPort {
    if (replays !== undefined) return replays;
    throw new UnsupportedError("no-replay", "nothing is replayed here; ask a Wadi that has the log");
  }

  async function unknownSet(set: string): Promise<NotFoundError> {
    const known = await models.sets({ limit: 1000 });
    const cure = known.length === 0 ? "; none has learned yet" : suggestion(set, known);
    return new NotFoundError(`no model set ${JSON.stringify(set)} has learned${cure}`);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Model sets of a pipeline are named like it, or begin with its name and a slash. */
function pipelineName(set: string, pipelines: Pipelines): string {
  return pipelines.has(set) ? set : set.replace(/\/.*$/s, "");
}

function describePipeline(pipeline: Pipeline, labels: PipelineSummary["labels"]): PipelineSummary {
  const { name, description, file, task, targetField, subjectField, labelHorizonMs, serve } = pipeline;
  return {
    ...{ name, description, file, task, target: targetField, labelHorizonMs, serve },
    ...(subjectField !== undefined && { subject: subjectField }),
    schemaVersions: [...pipeline.schemaVersions],
    fields: [...pipeline.fields],
    models: Object.keys(pipeline.models),
    metrics: pipeline.metrics.map((spec) => createMetric(spec).name),
    labels,
  };
}
