// Learning again from the log: the events that validate published are read in the log's order, and go through featurize and
// learn in this process, at full speed. From the archive those that clients sent, through validate, too.
//
//   R1  Into a generation: features are made and labels joined again, in a store of the replay's own whose clock is that of
//       the events; so the same range gives the same model, to the bit where the order is the same.
//   R2  Of a gap: into the store itself, which knows what was not lost, by subject and by learned id.
//   R3  Every step may be repeated: a replay that was killed continues when it is started again.
//   R4  A set in which the generation is in force is left alone: it has learned what came before and learns from the stream.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as buildFeaturize } from "../../featurize/step.ts";
import { build as buildLearn } from "../../learn/step.ts";
import type { EventLog, LogPosition } from "../../lib/broker/event-log.ts";
import type { Clock } from "../../lib/clock.ts";
import { RejectedError, UnavailableError, VersionConflictError } from "../../lib/errors.ts";
import { readEnvelope } from "../../lib/events/payload.ts";
import { type Event, EventType } from "../../lib/events/vocabulary.ts";
import type { Pipeline } from "../../lib/pipeline/pipeline.ts";
import { joinWindowMs, learnedWindowMs, type Retention } from "../../lib/retention.ts";
import type { StoreTools } from "../../lib/serve/build.ts";
import { openScratchStore } from "../../lib/store/sqlite/sqlite.ts";
import type { JoinStore, ModelStore, Store } from "../../lib/store/store.ts";
import { silentLog } from "../../lib/telemetry/log.ts";
import { createTelemetry } from "../../lib/telemetry/metrics.ts";
import { type Intake, validatedOf } from "./intake.ts";
import { allOf } from "./together.ts";

export interface ReplayDeps {
  readonly log: EventLog;
  readonly store: Store;
  readonly clock: Clock;
  readonly retention: Retention;
  /** A new revision: 128 random bits. */
  readonly revision: () => string;
  readonly random: () => number;
  /** As whoever learns from the stream has it; default 16 MiB. */
  readonly maxStateBytes?: number | undefined;
}

export interface ReplayPlan {
  readonly pipeline: Pipeline;
  readonly from: LogPosition;
  /** Default: what validate published. */
  readonly intake?: Intake | undefined;
  /** Undefined: feeds the generation in force what it has lost. */
  readonly into?: string | undefined;
  /** Where `into` is in force already: a promotion was killed half-way. */
  readonly inForce?: Iterable<string>;
  /** Whether `into` was once in force: then it may have learned examples whose ids are forgotten by now. */
  readonly hasLived?: boolean;
}

export interface ReplayFigures {
  /** Observations and labels of the pipeline. */
  readonly read: number;
  readonly examples: number;
  /** What cannot be learned, by reason: it was a dead letter then, too, or does not fit the present file. */
  readonly rejected: Readonly<Record<string, number>>;
  /** What it waits for, while it does. */
  readonly waiting?: string;
}

export interface Replay {
  readonly position: LogPosition;
  readonly figures: ReplayFigures;
  /** The model sets in which the generation has learned something. */
  readonly sets: ReadonlySet<string>;
  /** R4: those that are left alone. A promotion adds what it has flipped. */
  readonly inForce: Set<string>;
  /** Feeds what lies before `to`. While store or log are away it waits. @throws what `signal` was aborted with. */
  advance(to: LogPosition, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** An event, and when the log took it in. */
interface Taken {
  readonly event: Event;
  readonly time: number;
}

const PAUSE_MS = 500;
/** So many examples of a page go to the committer together. */
const GROUP = 1024;

export function openReplay(
  { log, store, clock, retention, maxStateBytes, revision, random }: ReplayDeps,
  plan: ReplayPlan,
): Replay {
  const { pipeline, into, intake = validatedOf(pipeline) } = plan;
  const pipelines = new Map([[pipeline.name, pipeline]]);
  const windowMs = learnedWindowMs(pipeline.labelHorizonMs, retention);
  const own = into === undefined ? undefined : openOwnJoins(pipeline, retention);
  const telemetry = createTelemetry();
  const models = into === undefined ? store.models : generationOf(store.models, into, pipeline.modelPer?.prior);
  const isNew = into !== undefined && plan.hasLived !== true;
  let oldest = clock.now();
  const tools: StoreTools = {
    pipelines,
    clock,
    telemetry,
    log: silentLog,
    revision,
    random,
    store: { ...store, models, joins: own?.joins ?? store.joins },
    settings: { groupLimit: GROUP, ...(maxStateBytes !== undefined && { maxStateBytes }) },
    // The log may hold events that are too old to come from a client any more: a new generation learns them, too.
    ...(isNew && { learnedWindowMs: () => windowMs + Math.max(0, clock.now() - oldest) }),
  };
  const featurize = buildFeaturize(tools).handle;
  const learn = buildLearn(tools).handle;
  let position = plan.from;
  let waiting: string | undefined;
  let [read, examples] = [0, 0];
  const rejected = new Map<string, number>();
  const sets = new Set<string>();
  const inForce = new Set(plan.inForce);

  /** Undefined for what cannot be learned. @throws failures that may pass. */
  async function attempt<T>(work: Promise<T>, refused: string[]): Promise<T | undefined> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
      refused.push(error.code);
      return undefined;
    }
  }

  async function feed(taken: readonly Taken[]): Promise<void> {
    const refused: string[] = [];
    const checked = await allOf(taken.map(({ event, time }) => attempt(intake.check(event, time), refused)));
    const events = checked.filter((event) => event !== undefined);
    oldest = Math.min(oldest, ...events.map((event) => readEnvelope(event).recordedTime));
    // An event that claims to come from the future is refused, and must not make all other records expire.
    for (const event of events) own?.reach(Math.min(readEnvelope(event).recordedTime, clock.now()));
    const derived = await allOf(events.map((event) => attempt(featurize(event), refused)));
    const labelled = derived.filter((event) => event !== undefined && isExample(event)) as Event<{ set: string }>[];
    await allOf(labelled.map((event) => attempt(learnInto(event), refused)));
    read += taken.length;
    examples += labelled.length;
    for (const code of refused) rejected.set(code, (rejected.get(code) ?? 0) + 1);
  }

  async function learnInto(event: Event<{ set: string }>): Promise<void> {
    const set = event.data?.set ?? "";
    if (inForce.has(set)) return;
    await learn(event);
    sets.add(set); // not before: a set of which all was refused has nothing that could be put in force
  }

  /** R3: tries until it succeeds. */
  async function persist(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      try {
        await work();
        waiting = undefined;
        return;
      } catch (error) {
        if (!mayPass(error)) throw error;
        waiting = error.message;
        await new Promise<void>((resolve) => void clock.after(PAUSE_MS, resolve));
      }
    }
  }

  async function advance(to: LogPosition, signal: AbortSignal): Promise<void> {
    for await (const { events, places, through } of log.read(position, to, intake.types)) {
      const mine = events
        .map((event, i) => ({ event, time: places[i]?.time ?? clock.now() }))
        .filter(({ event }) => intake.isOf(event));
      await persist(() => feed(mine), signal);
      position = through;
      signal.throwIfAborted();
    }
    position = to;
  }

  return {
    get position() {
      return position;
    },
    get figures() {
      return { read, examples, rejected: Object.fromEntries(rejected), ...(waiting !== undefined && { waiting }) };
    },
    sets,
    inForce,
    advance: (to, signal) => persist(() => advance(to, signal), signal),
    close: async () => own?.close(),
  };
}

function isExample(event: Event): boolean {
  return event.type === EventType.exampleLabelled || event["labelled"] === true;
}

export function mayPass(error: unknown): error is Error {
  if (error instanceof VersionConflictError) return true;
  return error instanceof UnavailableError && error.code !== "superseded";
}

/** The store as learn sees it, with another generation in place of the one in force; the prior is read as it is in force. */
function generationOf(models: ModelStore, generation: string, prior: string | undefined): ModelStore {
  return {
    ...models,
    load: (set) => (set === prior ? models.load(set) : models.loadGeneration(set, generation)),
    loadSince: (set, known) =>
      set === prior ? models.loadSince(set, known) : models.loadGenerationSince(set, generation, known),
    // A prior that is itself one of the sets was loaded as it is in force: its first commit meets a conflict and goes on from there.
    commit: (set, commit) => models.commitGeneration(set, { ...commit, generation }),
  };
}

/** R1: joins in a file that ends with the replay, whose clock is that of the events. */
function openOwnJoins(pipeline: Pipeline, retention: Retention) {
  const folder = mkdtempSync(join(tmpdir(), "wadi-replay-"));
  let reached = 0;
  const store = openScratchStore(join(folder, "joins.db"), {
    now: () => reached,
    joinWindowMs: () => joinWindowMs(pipeline.labelHorizonMs, retention),
  });
  return {
    joins: store.joins as JoinStore,
    reach(time: number): void {
      reached = Math.max(reached, time);
    },
    async close(): Promise<void> {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
