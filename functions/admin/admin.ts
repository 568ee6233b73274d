// What people may ask of Wadi and do to it. The HTTP API serves this port. The command line calls it: over HTTP where a process
// runs, on the data folder itself where none does.

import type { EventLog } from "../lib/broker/event-log.ts";
import type { ArchiveStatus } from "./shapes/archive.ts";
import type { ClusterStatus } from "./shapes/cluster.ts";
import type { EventTail, EventTailQuery } from "./shapes/events.ts";
import type { LabelFigures } from "./shapes/labels.ts";
import type { LetterGroups } from "./shapes/letter-groups.ts";
import type { Me } from "./shapes/me.ts";
import type { ModelSetPage, ModelSetsQuery } from "./shapes/model-sets.ts";
import type {
  Cleared,
  ClearRequest,
  ExportedModel,
  ExportRequest,
  IdsAdded,
  IdsPage,
  IdsRequest,
  Imported,
  ImportIdsRequest,
  ImportRequest,
  RollbackRequest,
  RolledBack,
  ServeRequest,
  Serves,
  SnapshotList,
} from "./shapes/models.ts";
import type { Replay, ReplayRequest } from "./shapes/replays.ts";
import type {
  DeadLetterDetail,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetterSelection,
  Dropped,
  ModelQuery,
  ModelSetDetail,
  PipelineList,
  Redriven,
  Status,
} from "./shapes/shapes.ts";
import type { Trace } from "./shapes/trace.ts";
import type { Weights, WeightsQuery } from "./shapes/weights.ts";
import type { TryAdmin } from "./tries/try-admin.ts";

/** Methods throw NotFoundError for what is not there, UnavailableError while store or log are away. */
export interface Admin extends TryAdmin {
  /** What the caller may do. */
  me(): Promise<Me>;
  status(): Promise<Status>;
  /** The steps as a cluster has them, with their pods. @throws UnsupportedError where Wadi is on none. */
  cluster(): Promise<ClusterStatus>;
  pipelines(): Promise<PipelineList>;
  models(query: ModelSetsQuery): Promise<ModelSetPage>;
  model(set: string, query: ModelQuery): Promise<ModelSetDetail>;
  /** Of those of its models that are a sum, now and at each snapshot on the way here. */
  weights(set: string, query: WeightsQuery): Promise<Weights>;
  /** What the set can be rolled back to. */
  snapshots(set: string): Promise<SnapshotList>;
  /** A new version with an old state, or the generation before in force again; what is replaced is kept. */
  rollback(set: string, request: RollbackRequest): Promise<RolledBack>;
  /** It begins anew from zero; what is replaced is kept, and a rollback to its generation brings it back. */
  clear(set: string, request: ClearRequest): Promise<Cleared>;
  /** Pins the model that serves, or releases the pin: a new version. */
  serve(set: string, request: ServeRequest): Promise<Serves>;
  /** With `ids`, commits wait until the last page of ids was read, some seconds a page. */
  exportModel(set: string, request: ExportRequest): Promise<ExportedModel>;
  exportIds(set: string, request: IdsRequest): Promise<IdsPage>;
  /** Comes first, page by page; nobody sees the ids until `importModel` puts the whole set in force. */
  importIds(set: string, request: ImportIdsRequest): Promise<IdsAdded>;
  importModel(set: string, request: ImportRequest): Promise<Imported>;
  /** The life of one observation. */
  trace(pipeline: string, subject: string): Promise<Trace>;
  /** What waits for its label, and how late labels come. */
  labels(pipeline: string): Promise<LabelFigures>;
  /** What the archive holds, and how far it is behind the log. @throws UnsupportedError where none is kept. */
  archive(): Promise<ArchiveStatus>;
  /** The newest events that this process's broker wrote down, oldest first. @throws UnsupportedError where none runs. */
  events(query: EventTailQuery): Promise<EventTail>;
  /** Newest first. */
  deadLetters(query: DeadLetterQuery): Promise<DeadLetterPage>;
  /** Of the newest ones, by what went wrong. */
  deadLetterGroups(): Promise<LetterGroups>;
  deadLetter(number: number): Promise<DeadLetterDetail>;
  /** Sends the original events again, oldest first; each leaves the dead letters in the same transaction. */
  redrive(selection: DeadLetterSelection): Promise<Redriven>;
  drop(selection: DeadLetterSelection): Promise<Dropped>;
  /** Starts to learn from the log again; BusyError while another replay is under way. */
  startReplay(request: ReplayRequest): Promise<Replay>;
  replay(number: number): Promise<Replay>;
  /** What it has learned by then stays; the same request continues from there. */
  stopReplay(number: number): Promise<Replay>;
}

/** Who reads the cluster that Wadi is on. */
export interface ClusterPort {
  read(): Promise<ClusterStatus>;
}

/** Who keeps the archive. */
export interface ArchivePort {
  /** @throws UnavailableError where that is another process, and it does not answer. */
  read(): Promise<ArchiveStatus>;
  /**
   * What this pipeline was ever sent, as it was accepted: the archive, and the log behind it. It and its reader throw ConfigurationError
   * for an archive that is damaged, of another log, or lacks what is wanted, or is not there.
   */
  history(pipeline: string): Promise<EventLog>;
}

/** Who carries replays out. */
export interface ReplayPort {
  start(request: ReplayRequest): Promise<Replay>;
  read(number: number): Promise<Replay>;
  stop(number: number): Promise<Replay>;
}
