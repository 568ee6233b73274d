// The archive of a process: follows the log of a broker, and is looked at through metrics and what it tells of itself.

import type { EventLog, FollowedLog } from "../lib/broker/event-log.ts";
import type { Clock } from "../lib/clock.ts";
import { ConfigurationError, UnavailableError } from "../lib/errors.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import type { Log } from "../lib/telemetry/log.ts";
import { readOff, type Telemetry } from "../lib/telemetry/metrics.ts";
import { VERSION } from "../lib/version.ts";
import { Archiver, type ArchiverFigures } from "./archiver.ts";
import type { Objects } from "./delta/objects.ts";
import { figuresOf, type TableFigures } from "./figures.ts";
import { openHistory } from "./history.ts";
import { type ArchivePlace, openObjects } from "./place.ts";
import { openArchive as openTable } from "./read.ts";

export interface ArchiveSetting {
  readonly place: ArchivePlace;
  /** The longest time that an accepted event waits to be archived; default 30 s. */
  readonly everyMs?: number | undefined;
}

export interface ArchiveParts {
  readonly dataFolder: string;
  readonly broker: {
    /** Closed with the archive. */
    follow(): FollowedLog;
    readonly log: EventLog;
  };
  readonly pipelines: Pipelines;
  /** Names the log where it is in the data folder; one in Kafka names itself. */
  readonly ownLog?: (() => string) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly telemetry: Telemetry;
}

/** As the admin API tells it. */
export interface ArchiveTold {
  readonly where: string;
  readonly table?: Omit<TableFigures, "days"> & { readonly days: TableFigures["days"][number][] };
  readonly archiver: ArchiverFigures;
}

export interface OpenArchive {
  read(): Promise<ArchiveTold>;
  /** See `historyIn`. */
  history(pipeline: string): Promise<EventLog>;
  /** @throws what keeps it from archiving, with the cure. */
  check(): Promise<void>;
  stop(): Promise<void>;
}

/** How long a start waits for a store of objects to show what it can do. */
const PROOF_MS = 5000;
/** Who writes, for people. */
const ENGINE = `Wadi ${VERSION}`;

/**
 * What is wrong with the archive and may pass is told, and tried again, while events are taken.
 * @throws ConfigurationError for a place that can never keep one.
 */
export async function openArchive({ place, everyMs }: ArchiveSetting, parts: ArchiveParts): Promise<OpenArchive> {
  const { dataFolder, broker, pipelines, ownLog, clock, log, telemetry } = parts;
  const objects = await openObjects(place, clock);
  await proveSoon(() => objects.prove(), clock);
  const followed = broker.follow();
  const logName = async () => ownLog?.() ?? (await followed.name?.()) ?? "log";
  const archiver = new Archiver({
    objects,
    dataFolder,
    engine: ENGINE,
    log: followed,
    logName,
    pipelineOf: (event) => knownPipeline(event, pipelines),
    clock,
    programLog: log,
    ...(everyMs !== undefined && { limits: { ageMs: everyMs } }),
  });
  watchArchive(() => archiver.figures(), telemetry);
  let told: { readonly version: number; readonly figures: TableFigures } | undefined;
  return {
    async read() {
      const state = archiver.table?.snapshot;
      if (state !== undefined && told?.version !== state.version)
        told = { version: state.version, figures: figuresOf(state) };
      return {
        where: objects.where,
        ...(told && { table: { ...told.figures, days: [...told.figures.days] } }),
        archiver: archiver.figures(),
      };
    },
    history: async (pipeline) => historyIn(objects, { log: broker.log, logName: await logName(), pipelines }, pipeline),
    check: () => archiver.check(),
    async stop() {
      await archiver.stop();
      objects.close();
    },
  };
}

export interface HistoryParts {
  readonly log: EventLog;
  readonly logName: string;
  readonly pipelines: Pipelines;
}

/**
 * What this pipeline was ever sent, as it was accepted: the archive, and the log behind it. It and its reader throw
 * ConfigurationError for an archive that is damaged, of another log, or lacks what is wanted, or is not there.
 */
export async function historyIn(objects: Objects, parts: HistoryParts, pipeline: string): Promise<EventLog> {
  const { log, logName, pipelines } = parts;
  const table = await openTable(objects, ENGINE);
  if (table !== undefined) return openHistory({ table, log, logName, pipeline, alone: pipelines.size === 1 });
  throw new ConfigurationError(`there is no archive in ${objects.where}: bring it back, or mount its disk`);
}

/** Without an answer in time the first write asks again. @throws ConfigurationError. */
async function proveSoon(prove: () => Promise<void>, clock: Clock): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(PROOF_MS, resolve);
  const proven = prove().catch((error: unknown) => {
    if (!(error instanceof UnavailableError)) throw error;
  });
  try {
    await Promise.race([proven, late]);
  } finally {
    cancel();
  }
  proven.catch(() => {}); // one that comes later is told by the archiver, which asks again
}

/** A client may name any: a folder for each name would be without end. */
function knownPipeline({ pipeline }: Event, pipelines: Pipelines): string | null {
  if (typeof pipeline === "string" && pipeline !== "") return pipelines.has(pipeline) ? pipeline : null;
  const [only] = pipelines.keys();
  return pipelines.size === 1 && only !== undefined ? only : null;
}

export function watchArchive(read: () => ArchiverFigures, { registry }: Telemetry): void {
  const help =
    "Events in the log that the archive lacks, at most (lag); seconds for which the oldest of them has been there, at least " +
    "(lag_seconds); since the start: events archived, commits of which another process was first, places in the log that were gone";
  const figures = (): [string, number][] => {
    const { lag, lagSeconds, rows, conflicts, missed } = read();
    return Object.entries({ lag, lag_seconds: lagSeconds, rows, conflicts, missed });
  };
  readOff(registry, "wadi_archive", help, "what", figures);
}
