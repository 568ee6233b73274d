// All of Wadi in one process and one data folder: broker, four functions, store. It needs no other service; with a Kafka and
// a Redis several processes share the work.

import { join } from "node:path";
import type { OpenGenerator } from "../admin/tries/generator-port.ts";
import type { ArchiveParts, ArchiveSetting, OpenArchive } from "../archive/open.ts";
import type { Broker, Trigger } from "../lib/broker/broker.ts";
import type { KafkaAddress } from "../lib/broker/kafka/address.ts";
import { readTopics } from "../lib/broker/kafka/sources/topic-sources.ts";
import { readTopology } from "../lib/broker/topology.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { UnavailableError } from "../lib/errors.ts";
import type { Event } from "../lib/events/vocabulary.ts";
import { lockFolder } from "../lib/lock.ts";
import { loggedVersions } from "../lib/lost-commits/lost-commits.ts";
import { createStoreWatch, type StoreWatch } from "../lib/lost-commits/watch.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { newRevision, systemRandom } from "../lib/random.ts";
import type { RetentionSetting } from "../lib/retention.ts";
import type { StoreTools } from "../lib/serve/build.ts";
import { createCallerCheck } from "../lib/serve/callers.ts";
import { whatIsMissing } from "../lib/serve/run.ts";
import { createServer } from "../lib/serve/server.ts";
import { createStoreClock, type StoreClock } from "../lib/serve/store-clock.ts";
import type { StoreAddress } from "../lib/store/address.ts";
import { agreeOnRetention } from "../lib/store/agreement.ts";
import { openStore } from "../lib/store/open.ts";
import type { SnapshotPolicy } from "../lib/store/snapshots.ts";
import type { Store } from "../lib/store/store.ts";
import { createLog, type Log } from "../lib/telemetry/log.ts";
import { createTelemetry, type Telemetry } from "../lib/telemetry/metrics.ts";
import { runAll, undoAfter } from "../lib/undo.ts";
import { watchBroker, watchMissing } from "./broker-metrics.ts";
import { Closing } from "./closing.ts";
import { ingressRoutes } from "./ingress.ts";
import { openBroker } from "./open-broker.ts";
import { announceOwnLog } from "./own-log.ts";
import { checkStore, createRemoteSteps, type RemoteSteps } from "./remote/remote-steps.ts";
import type { StepsSetting } from "./remote/setting.ts";
import { answering, type BuiltSteps, buildSteps, deliveredBy } from "./steps.ts";
import { triesHere } from "./tries.ts";

export interface LocalOptions {
  readonly dataFolder: string;
  /** Where models, joins and learned ids are; default: SQLite in the data folder. */
  readonly store?: StoreAddress;
  /** Where events and dead letters are, shared with other processes; default: a journal in the data folder. */
  readonly kafka?: KafkaAddress;
  /** Steps that are called by URL; default: all are in this process. */
  readonly steps?: StepsSetting | undefined;
  /** How the store is opened; default: `openStore` of lib/store. */
  readonly openStore?: typeof openStore;
  /** Default: DEFAULT_SNAPSHOTS. */
  readonly snapshots?: SnapshotPolicy;
  /** What is set of it; the store knows the rest. */
  readonly retention?: RetentionSetting;
  /** 0: any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly pipelinesFolder: string;
  /** The chart's values, for the topology. */
  readonly valuesFile: string;
  readonly logLevel?: string;
  /** For how long `/infer` without an id answers from the last state while the store is away; default 5 minutes. */
  readonly maxStalenessMs?: number;
  /** Of a model set's state, about; default 16 MiB. */
  readonly maxStateBytes?: number;
  readonly clock?: Clock;
  /** Of the admin API; 0: any free one. Without it there is none. */
  readonly adminPort?: number;
  /** Default: the data folder's own, made at the first start. */
  readonly adminToken?: string;
  /** With which people may only look; default: there is none. */
  readonly viewToken?: string;
  /** Names of hosts, beside this machine's own, under which it may be asked and whose pages may ask it; `*` for any. */
  readonly allowedHosts?: readonly string[];
  /** Where every accepted event is kept for good; without it events go with the log. */
  readonly archive?: ArchiveSetting | undefined;
  /** Of events, started through the admin API; without it there is none. */
  readonly openGenerator?: OpenGenerator;
}

export interface LocalWadi {
  readonly url: string;
  readonly adminUrl?: string;
  /** Where it was made at this start: to be shown once. */
  readonly newAdminToken?: string;
  readonly broker: Broker;
  readonly store: Store;
  readonly pipelines: Pipelines;
  /** The id of its log, where no other process has that. */
  readonly ownLog?: string | undefined;
  readonly archive?: OpenArchive | undefined;
  /** Finishes what is under way, or leaves it in the log. */
  stop(): Promise<void>;
}

const DRAIN_MS = 10_000;
// Broker, functions and store share one heap: a parsed body takes several times its bytes.
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;

/** @throws ConfigurationError for a wrong file, a folder in use, a port taken; UnavailableError for a store that fails. */
export async function startLocal(options: LocalOptions): Promise<LocalWadi> {
  const log = createLog(options.logLevel ?? "info", "wadi");
  const closing = new Closing();
  try {
    return await open(options, log, closing);
  } catch (error) {
    const tell = (err: unknown) => log.warn({ err }, "not all could be closed after the failed start");
    return await undoAfter(error, closing.inOrder(), tell);
  }
}

async function open(options: LocalOptions, log: Log, closing: Closing): Promise<LocalWadi> {
  const { dataFolder, kafka, clock: ownClock = systemClock } = options;
  const telemetry = createTelemetry(true);
  const pipelines = loadPipelines(options.pipelinesFolder);
  const triggers = readTopology(options.valuesFile);
  closing.addRoom(lockFolder(dataFolder));
  const address = options.store ?? { kind: "sqlite", path: join(dataFolder, "store.db") };
  checkStore(options.steps, address.kind);
  const openIt = options.openStore ?? openStore;
  const store = await openIt(address, pipelines, options.retention ?? {}, () => ownClock.now(), options.snapshots);
  closing.addRoom(() => store.close());
  const clock = createStoreClock({ clock: ownClock, time: store.time, telemetry, log });
  closing.addRoom(() => clock.stop());
  await agreeOnRetention(store.retention);

  const watch = createStoreWatch({ clock, telemetry, log, activity: store.activity });
  const publish = (event: Event) => broker.publish(event);
  const tools: StoreTools = {
    pipelines,
    store,
    clock,
    compared: clock.compared,
    telemetry,
    log,
    watch,
    publish,
    random: systemRandom,
    revision: newRevision,
    settings: settingsOf(options, triggers),
  };
  const steps = await buildSteps(tools, clock);
  for (const step of Object.values(steps)) await step.prepare?.();
  const remote = createRemoteSteps(options.steps, triggers, { clock, log });
  closing.addRoom(() => remote.close());
  const broker = await openBroker({
    dataFolder,
    kafka,
    storeKind: address.kind,
    triggers: deliveredBy(triggers, answering(steps, tools), remote),
    retention: store.retention.current(),
    clock,
    log,
    isFollowed: options.archive !== undefined,
  });
  closing.addRoom(() => broker.stop());
  remote.begin();
  const ownLog = kafka === undefined ? await announceOwnLog(dataFolder, store, clock, log) : undefined;
  closing.addRoom(() => ownLog?.stop());
  watchBroker(broker, telemetry);
  const parts = { dataFolder, broker, pipelines, ownLog: ownLog && (() => ownLog.id), clock, log, telemetry };
  const archive = options.archive && (await openArchive(options.archive, parts));
  closing.addRoom(() => archive?.stop());
  await lookForLoss(broker, store, watch);
  closing.addRoom(await readTopics({ kafka, pipelines, publish, clock, log }));

  const inside: Inside = {
    options,
    tools,
    clock,
    broker,
    steps,
    remote,
    storeKind: address.kind,
    ownLog: ownLog?.id,
    archive,
  };
  const doors = await openDoors(inside, closing);
  const stop = once(() => runAll(closing.inOrder()));
  return { ...doors, broker, store, pipelines, ownLog: ownLog?.id, archive, stop };
}

/** All that is behind the doors. */
interface Inside {
  readonly options: LocalOptions;
  readonly tools: StoreTools;
  readonly clock: StoreClock;
  readonly broker: Broker;
  readonly steps: BuiltSteps;
  readonly remote: RemoteSteps;
  readonly storeKind: StoreAddress["kind"];
  readonly ownLog: string | undefined;
  readonly archive: OpenArchive | undefined;
}

/** The ingress and, where it is wanted, the admin API. What the ingress waits for while it drains can still be looked at. */
async function openDoors(inside: Inside, closing: Closing) {
  const { options, tools, clock, broker, steps, remote, archive } = inside;
  const { telemetry, store, log } = tools;
  const checks = { store: () => store.check(), broker: () => broker.check() };
  const allChecks = { ...checks, ...(archive && { archive: () => archive.check() }) };
  const missing = async () => ({ ...(await whatIsMissing(allChecks)), ...remote.missing() });
  watchMissing(missing, telemetry);
  const host = options.host ?? "127.0.0.1";
  const refused = (reason: string) => telemetry.refused.inc({ reason });
  const checkCaller = createCallerCheck({ host, allowed: options.allowedHosts ?? [], refused });
  const server = createServer({
    // A queue of its own: whoever posts to validate directly never keeps the broker waiting.
    events: ingressRoutes(broker, answering(steps, tools).validate, () => refused("internal-type")),
    plain: steps.predict.plain ?? [],
    ...(steps.predict.tell && { tell: steps.predict.tell }),
    maxBufferedBytes: MAX_BUFFERED_BYTES,
    missing,
    clockAheadMs: clock.aheadMs,
    log,
    telemetry,
    checkCaller,
  });
  const url = await server.listen(options.port, host);
  closing.addDoor(() => server.drain(DRAIN_MS));
  if (options.adminPort === undefined) return { url };

  // Loaded only where it is wanted: its schemas take longer to load than all the rest.
  const { openAdminPort } = await import("../admin/open/admin-port.ts");
  const admin = await openAdminPort({
    dataFolder: options.dataFolder,
    port: options.adminPort,
    host,
    token: options.adminToken,
    viewToken: options.viewToken,
    ingress: url,
    store,
    storeKind: inside.storeKind,
    broker,
    pipelines: tools.pipelines,
    clock,
    clockAheadMs: clock.aheadMs,
    missing,
    log,
    checkCaller,
    ownLog: inside.ownLog,
    archive,
    called: remote.called,
    tries: triesHere(steps.predict.plain ?? [], broker),
    openGenerator: options.openGenerator,
    maxStateBytes: options.maxStateBytes,
    labelConflicts: (pipeline) => labelsOf(telemetry, pipeline, "conflict"),
    ...(remote.called("learn") === undefined && { learned: async () => (await telemetry.learned.get()).values }),
  });
  closing.addDoor(() => admin.close());
  return { url, adminUrl: admin.url, ...(admin.newToken !== undefined && { newAdminToken: admin.newToken }) };
}

async function openArchive(setting: ArchiveSetting, parts: ArchiveParts): Promise<OpenArchive> {
  // Loaded only where it is wanted.
  const archive = await import("../archive/open.ts");
  return archive.openArchive(setting, parts);
}

function settingsOf(options: LocalOptions, triggers: readonly Trigger[]): StoreTools["settings"] {
  const { maxStalenessMs, maxStateBytes } = options;
  const learnOrder = triggers.find(({ name }) => name === "learn")?.order;
  return {
    ...(learnOrder && { learnOrder }),
    ...(maxStalenessMs !== undefined && { maxStalenessMs }),
    ...(maxStateBytes !== undefined && { maxStateBytes }),
  };
}

/** Called again, it answers what the first call did. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

/** What the log says was committed, the store must have. One that is away tells later, by what it had served. */
async function lookForLoss(broker: Broker, store: Store, watch: StoreWatch): Promise<void> {
  try {
    for (const logged of await loggedVersions(broker, store)) watch.seen(logged.set, logged);
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
}

/** Since the start. */
async function labelsOf({ labels }: Telemetry, pipeline: string, outcome: string): Promise<number> {
  const { values } = await labels.get();
  return values.find((one) => one.labels["pipeline"] === pipeline && one.labels["outcome"] === outcome)?.value ?? 0;
}
