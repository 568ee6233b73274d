// The three ports of the store: models, joins, activity. Every driver passes store.contract.ts.
//
//   S1  A commit is atomic: state, version, revision, learned ids and the history point move together or not at all.
//   S2  A revision is 128 random bits of the caller, new in every commit. Versions are for people; only revisions are
//       compared, since a version repeats after a restore and would then let a stale writer through.
//   S3  An id is learned at most once in a generation, for as long as it is kept (`expiresAt`).
//   S4  A put of the join is atomic with its read, and repeating a put gives the same answer, whatever was put in between.
//       So a crash between put and reply costs nothing, and a replay is the same to the bit.
//   S5  A method that could not reach the store throws UnavailableError; then nothing, or all of it, was done. Every call
//       may be repeated.
//   S6  A method resolves after the write is on disk.

import type { Features, Served, Target } from "../events/vocabulary.ts";
import type { Retention, RetentionSetting } from "../retention.ts";
import type { Agreement, StoreRetention } from "./agreement.ts";
import type { Commit, CommitAnswer } from "./commit.ts";
import type { Generations } from "./generations.ts";
import type { LearnedIds } from "./learned-ids.ts";
import type { SnapshotPolicy, Snapshots } from "./snapshots.ts";
import type { BaseAndTail, Fold, Head, StoredModel } from "./stored-model.ts";

export interface SetPage {
  readonly after?: string | undefined;
  /** Default: all. */
  readonly limit?: number | undefined;
  /** Only names that begin with it. */
  readonly prefix?: string | undefined;
}

/** The state of a model set that is in force. */
export interface StateReader {
  /** Cheap: the state is not read. */
  head(set: string): Promise<Head>;
  /** Whole: what was learned since the base is learned once more. */
  load(set: string): Promise<StoredModel>;
  /** As it is kept; only the tail since `known`, where that is on the way. */
  loadSince(set: string, known?: Head): Promise<BaseAndTail>;
}

export interface StateWriter {
  /** @throws RangeError for an id that is named twice or has more than 63 bits, and for an entry where there is no base. */
  commit(set: string, commit: Commit): Promise<CommitAnswer>;
}

/** Which model sets there are, and whether there may be one more. */
export interface ModelSets {
  /** Names of the sets that were ever committed to, in the order of their UTF-8: at most `limit` after `after`. */
  sets(page?: SetPage): Promise<readonly string[]>;
  /** How many sets were ever committed to, of those whose names begin with `prefix`. */
  setCount(prefix?: string): Promise<number>;
  /**
   * Reserves one of the `most` slots of a pipeline for its set `<pipeline>/<value>`. False where all are taken by others.
   * Permanent and idempotent: asking again takes no second slot, and a set that was committed to has one. Cheap for a set
   * that was asked for before.
   */
  reserve(set: string, most: number): Promise<boolean>;
}

export interface PipelineRevisions {
  /** Counts the texts a pipeline has had: the number of `digest` if it is the newest one, else the next number. */
  pipelineRevision(pipeline: string, digest: string): Promise<number>;
}

/** All of it, as a driver gives it. Who asks takes the parts that it uses. */
export interface ModelStore
  extends StateReader,
    StateWriter,
    ModelSets,
    PipelineRevisions,
    Generations,
    LearnedIds,
    Snapshots {}

/** The observation's half of a join. */
export interface ObservationHalf {
  readonly pipeline: string;
  /** digest(pipeline, subject) */
  readonly key: string;
  /** Source and id of the client's event: the same pair again is a duplicate, another pair has taken the subject of it. */
  readonly source: string;
  readonly id: string;
  readonly learnedId: string;
  readonly set: string;
  /** Event time, epoch milliseconds. */
  readonly time: number;
  /** When the pipeline first saw it, epoch milliseconds. The record lives for the join window from here. */
  readonly recordedTime: number;
  readonly x: Features;
  /** Of the record without its label, where its prediction may be asked for again: tells whether it is the same record. */
  readonly recordDigest?: string;
  /** The label, where the observation carries it. */
  readonly y?: Target;
}

export type ObservationAnswer =
  /**
   * What is stored: the first put of this observation. `y`: where the label was known by then.
   * `conflict`: the observation carries another y than the label that came before it.
   */
  | {
      readonly outcome: "stored";
      readonly set: string;
      readonly x: Features;
      readonly time: number;
      readonly recordedTime: number;
      readonly y?: Target;
      readonly conflict: boolean;
    }
  | { readonly outcome: "subject-taken"; readonly source: string; readonly id: string };

/** The label's half. `eventId`: of the derived event, the same for every delivery of one label event. */
export interface LabelHalf {
  readonly pipeline: string;
  readonly key: string;
  readonly eventId: string;
  readonly recordedTime: number;
  readonly y: Target;
}

/** The example that a late label makes. */
export interface Joined {
  readonly set: string;
  readonly time: number;
  readonly recordedTime: number;
  readonly learnedId: string;
  readonly x: Features;
  /** The label that was stored first. */
  readonly y: Target;
  readonly served?: Served;
}

export type LabelAnswer =
  /** The observation came first, and this is its first label. `served`: what was served by then, if anything. */
  | { readonly outcome: "joined"; readonly example: Joined }
  /** The observation has not come, or came after this label and was joined with it. */
  | { readonly outcome: "waiting" }
  /** Another event brought the same label before. */
  | { readonly outcome: "duplicate" }
  /** Another event brought a different label before: the first one stands. */
  | { readonly outcome: "conflict"; readonly first: Target };

/** Counts of one pipeline over the last join window and a day; older ones are removed. */
export interface JoinCounts {
  /** Observations that were put, and how many of them have a label. */
  readonly opened: number;
  readonly joined: number;
  /** Observations whose record expired without a label. */
  readonly expiredUnlabelled: number;
  /** Labels that expired while they waited for their observation. */
  readonly orphanedLabels: number;
}

/** What waits, and how late labels came. */
export interface JoinWaits extends JoinCounts {
  /** Observations that wait for their label, by the hour of their recording, oldest first; those of an hour expire together. */
  readonly waiting: readonly WaitingHour[];
  /** Labels whose observation has not come yet. */
  readonly waitingLabels: number;
  /**
   * By bin of join-delays.ts, how many labels came by themselves and were the first of their observation. Kept by the day of the
   * observation's recording, as long as any hour of it is counted. A process of an earlier Wadi counts none.
   */
  readonly delays: readonly number[];
}

export interface WaitingHour {
  /** Its beginning, epoch milliseconds. */
  readonly hour: number;
  readonly observations: number;
}

/** A join record as people see it. */
export interface JoinRecord {
  readonly observation?: Omit<ObservationHalf, "pipeline" | "y">;
  /** The first label, and when it (or the observation that carried it) was recorded. */
  readonly y?: Target;
  readonly labelledTime?: number;
  readonly served?: Served;
  /** Until when it is kept and can be joined with a label; epoch milliseconds. */
  readonly expiresAt: number;
}

export interface JoinStore {
  putObservation(half: ObservationHalf): Promise<ObservationAnswer>;
  putLabel(half: LabelHalf): Promise<LabelAnswer>;
  /** Stores it only where the observation's record exists and has none. Resolves with what is stored, or with `served`. */
  putServed(pipeline: string, key: string, served: Served): Promise<Served>;
  read(pipeline: string, key: string): Promise<JoinRecord | undefined>;
  counts(pipeline: string): Promise<JoinCounts>;
  /** Costs by the hours and days that are counted, never by the records. */
  waits(pipeline: string): Promise<JoinWaits>;
}

export interface Happening {
  readonly time: number;
  readonly kind: string;
  readonly pipeline: string;
  readonly detail: string;
}

/** A capped list of recent happenings for people to look at. No answer waits for it. */
export interface Activity {
  append(happening: Happening): void;
  /** Newest first. */
  tail(limit: number): Promise<readonly Happening[]>;
}

export interface Store {
  readonly models: ModelStore;
  readonly joins: JoinStore;
  readonly activity: Activity;
  readonly agreement: Agreement;
  readonly retention: StoreRetention;
  /**
   * Epoch milliseconds by the clock that decides what has expired, where that is another than this process's.
   * @throws UnavailableError.
   */
  time?(): Promise<number>;
  /** Resolves when the store can be used; throws UnavailableError with the cure otherwise. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** How long a join record lives, by the pipeline's label horizon and the time within which an event may be redelivered. */
export interface StoreOptions {
  /** The clock of this process. It decides what has expired only where the store has no `time` of its own. */
  readonly now: () => number;
  /** Milliseconds a join record lives after its recorded time, by pipeline and by the retention that counts. */
  readonly joinWindowMs: (pipeline: string, retention: Retention) => number;
  /** As it is set for this process. Default: nothing is agreed with the store, and the defaults count. */
  readonly retention?: RetentionSetting;
  /** Default: DEFAULT_SNAPSHOTS. */
  readonly snapshots?: SnapshotPolicy;
  /** Default: foldState, which learns the tail under the file that it was learned by. */
  readonly fold?: Fold;
}
