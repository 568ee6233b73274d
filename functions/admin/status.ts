// What runs, in figures: asked for every second by those who watch.

import type { Broker, Seen } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";
import { asError, UnavailableError } from "../lib/errors.ts";
import { createLostCommits } from "../lib/lost-commits/lost-commits.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Snapshots } from "../lib/store/snapshots.ts";
import type { ModelSets, Store } from "../lib/store/store.ts";
import type { ArchivePort } from "./admin.ts";
import type { LearningWatch } from "./learning.ts";
import { historyOf } from "./models/stored-state.ts";
import { pipelineNameOf } from "./names.ts";
import type { Rates } from "./rates.ts";
import { createSetCount } from "./set-count.ts";
import type { Learning } from "./shapes/learning.ts";
import type { Status } from "./shapes/shapes.ts";
import type { TriggerFigures } from "./shapes/triggers.ts";

export interface StatusSources {
  readonly store: Store;
  /** `sqlite`. */
  readonly storeKind: string;
  readonly broker: Pick<Broker, "check" | "newest"> & Seen;
  readonly pipelines: Pipelines;
  /** Absent where nothing runs: then nothing has a rate. */
  readonly rates?: Rates;
  /** Of a step that is called by URL; undefined for one in this process. */
  called?(step: string): TriggerFigures["called"];
  /** Called with each look, where figures come only while somebody looks. */
  look?(): Promise<void>;
  /** Absent where nothing runs: then nothing is learned. */
  readonly learning?: LearningWatch;
  /** Labels of a pipeline that were not learned since the start, since another came first. Absent where nothing runs. */
  labelConflicts?(pipeline: string): Promise<number>;
  readonly about: About;
  /** Absent where Wadi is on no cluster. */
  readonly cluster?: unknown;
  /** Absent where no archive is kept. */
  readonly archive?: ArchivePort | undefined;
  /** How far the clock of this process is ahead of the store's; undefined where there is no other, or it is not known. */
  clockAheadMs?(): number | undefined;
}

/** Of this process. */
export interface About {
  readonly version: string;
  readonly node: string;
  readonly startedAt?: number;
  readonly url?: string;
  memoryBytes?(): number;
}

interface Learned extends Pick<Status, "modelSets" | "learned" | "risen"> {
  /** The last commit to each set that was looked at, whoever's. */
  readonly commits?: readonly { readonly set: string; readonly time: number }[];
}

/** What each set has learned is added up where there are no more sets. */
const MAX_ADDED_SETS = 100;

export function createStatus(sources: StatusSources, clock: Clock): () => Promise<Status> {
  const { store, storeKind, broker, pipelines, rates, about, labelConflicts } = sources;
  const lostCommits = createLostCommits(store, broker, clock);
  const countSets = createSetCount(store.models, clock);

  async function conflicts(): Promise<Pick<Status, "labelConflicts">> {
    if (labelConflicts === undefined) return {};
    return { labelConflicts: sum(await Promise.all([...pipelines.keys()].map((name) => labelConflicts(name)))) };
  }

  return async () => {
    sources.look?.().catch(() => {}); // the check of the broker tells why
    const { received, countedSince, triggers, deadLetters, unmatched, deadLettersDropped } = broker.status();
    const rate = rates?.read();
    const clockAheadMs = sources.clockAheadMs?.();
    const { version, node, startedAt, url, memoryBytes } = about;
    const [missing, logMissing] = await Promise.all([failureOf(store), failureOf(broker)]);
    // Where store or log are away, only that is told.
    const regressed = missing === undefined && logMissing === undefined ? await lostCommits().catch(() => []) : [];
    const none: Learned = { modelSets: 0 };
    const { commits = [], ...learned } =
      missing === undefined ? await learnedBy(store.models, countSets).catch(() => none) : none;
    const learning = missing === undefined ? await sources.learning?.read() : undefined;
    return {
      version,
      node,
      ...(received !== undefined && { received }),
      ...(countedSince !== undefined && { countedSince }),
      deadLetters,
      ...(startedAt !== undefined && { startedAt }),
      ...(url !== undefined && { url }),
      ...(sources.cluster !== undefined && { onCluster: true as const }),
      pipelines: [...pipelines.keys()],
      ...rateOf(received, rate?.received, rates),
      triggers: triggers.map((one) => {
        const called = sources.called?.(one.name);
        return { ...one, ...rateOf(one.handled, rate?.trigger(one.name), rates), ...(called && { called }) };
      }),
      ...learned,
      ...(learning && { learning: withCommits(learning, commits, pipelines) }),
      ...(await conflicts()),
      store: {
        kind: storeKind,
        ...(missing !== undefined && { missing }),
        ...(clockAheadMs !== undefined && { clockAheadSeconds: Math.round(clockAheadMs / 1000) }),
        ...(regressed.length > 0 && { regressed }),
      },
      log: {
        ...(logMissing !== undefined && { missing: logMissing }),
        ...(unmatched !== undefined && { unmatched }),
        ...(deadLettersDropped !== undefined && { deadLettersDropped }),
      },
      ...(await archiveLag(sources.archive)),
      ...(memoryBytes !== undefined && { memoryBytes: memoryBytes() }),
    };
  };
}

/** Where nothing runs nothing comes; of what is not counted no rate is known. */
function rateOf(counted: number | undefined, found: number | undefined, rates: Rates | undefined) {
  const perSecond = rates === undefined && counted !== undefined ? 0 : found;
  return perSecond === undefined ? {} : { perSecond };
}

async function archiveLag(archive: ArchivePort | undefined): Promise<Pick<Status, "archive">> {
  if (archive === undefined) return {};
  try {
    const { archiver } = await archive.read();
    if (archiver === undefined) return {};
    const { lag, lagSeconds, failing } = archiver;
    return { archive: { lag, lagSeconds, ...(failing !== undefined && { failing }) } };
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { archive: { failing: error.message } };
  }
}

/** From the newest point of each set's history: the states themselves are large. */
async function learnedBy(
  models: ModelSets & Pick<Snapshots, "history">,
  countSets: () => Promise<number>,
): Promise<Learned> {
  const modelSets = await countSets();
  if (modelSets > MAX_ADDED_SETS) return { modelSets };
  const newest = (await models.sets()).map(async (set) => {
    const [point] = historyOf(await models.history(set, 1));
    return { set, count: point?.count ?? 0, risen: point?.risen, time: point?.time };
  });
  const sets = await Promise.all(newest);
  const risen = sets.flatMap(({ set, count, risen: found }) => (found === undefined ? [] : [{ set, count, ...found }]));
  const commits = sets.flatMap(({ set, time }) => (time === undefined ? [] : [{ set, time }]));
  return { modelSets, learned: sum(sets.map(({ count }) => count)), ...(risen.length > 0 && { risen }), commits };
}

/** Another process, or one before this, may have committed last. */
function withCommits(
  learning: readonly Learning[],
  commits: NonNullable<Learned["commits"]>,
  pipelines: Pipelines,
): Learning[] {
  return learning.map((one) => {
    const times = commits.filter(({ set }) => pipelineNameOf(set, pipelines) === one.pipeline).map(({ time }) => time);
    const last = Math.max(one.last ?? Number.NEGATIVE_INFINITY, ...times);
    return { ...one, ...(Number.isFinite(last) && { last }) };
  });
}

/** Why it cannot be used; undefined where it can. */
function failureOf(checked: { check(): Promise<void> }): Promise<string | undefined> {
  return checked.check().then(
    () => undefined,
    (error: unknown) => asError(error).message,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
