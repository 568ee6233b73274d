// What runs, in figures: asked for every second by those who watch.

import type { Broker } from "../lib/broker/broker.ts";
import type { Clock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import { createLostCommits } from "../lib/lost-commits/lost-commits.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Snapshots } from "../lib/store/snapshots.ts";
import type { ModelSets, Store } from "../lib/store/store.ts";
import { historyOf } from "./models/stored-state.ts";
import type { Rates } from "./rates.ts";
import { createSetCount } from "./set-count.ts";
import type { Status } from "./shapes/shapes.ts";

export interface StatusSources {
  readonly store: Store;
  /** `sqlite`. */
  readonly storeKind: string;
  readonly broker: Pick<Broker, "status" | "check" | "newest">;
  readonly pipelines: Pipelines;
  /** Absent where nothing runs: then nothing has a rate. */
  readonly rates?: Rates;
  /** Labels of a pipeline that were not learned since the start, since another came first. Absent where nothing runs. */
  labelConflicts?(pipeline: string): Promise<number>;
  readonly about: About;
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

type Learned = Pick<Status, "modelSets" | "learned" | "risen">;

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
    const { received, triggers, deadLetters, unmatched, deadLettersDropped } = broker.status();
    const rate = rates?.read();
    const clockAheadMs = sources.clockAheadMs?.();
    const { version, node, startedAt, url, memoryBytes } = about;
    const [missing, logMissing] = await Promise.all([failureOf(store), failureOf(broker)]);
    // Where store or log are away, only that is told.
    const regressed = missing === undefined && logMissing === undefined ? await lostCommits().catch(() => []) : [];
    const none: Learned = { modelSets: 0 };
    const learned = missing === undefined ? await learnedBy(store.models, countSets).catch(() => none) : none;
    return {
      version,
      node,
      received,
      deadLetters,
      ...(startedAt !== undefined && { startedAt }),
      ...(url !== undefined && { url }),
      pipelines: [...pipelines.keys()],
      perSecond: rate?.received ?? 0,
      triggers: triggers.map((trigger) => ({ ...trigger, perSecond: rate?.trigger(trigger.name) ?? 0 })),
      ...learned,
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
      ...(memoryBytes !== undefined && { memoryBytes: memoryBytes() }),
    };
  };
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
    return { set, count: point?.count ?? 0, risen: point?.risen };
  });
  const sets = await Promise.all(newest);
  const risen = sets.flatMap(({ set, count, risen: found }) => (found === undefined ? [] : [{ set, count, ...found }]));
  return { modelSets, learned: sum(sets.map(({ count }) => count)), ...(risen.length > 0 && { risen }) };
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
