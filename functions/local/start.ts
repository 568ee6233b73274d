// All of Wadi in one process and one data folder: broker, four functions, store. No service is needed; where a Kafka and a
// Redis are named, processes share the work.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createFeaturize } from "../featurize/handler.ts";
import { checkStoredModel, createLearn } from "../learn/handler.ts";
import type { Broker, Trigger } from "../lib/broker/broker.ts";
import type { KafkaAddress } from "../lib/broker/kafka/address.ts";
import { readTopics } from "../lib/broker/kafka/sources/topic-sources.ts";
import { readTopology } from "../lib/broker/topology.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { DEFAULT_MAX_STALENESS_MS } from "../lib/config.ts";
import { UnavailableError } from "../lib/errors.ts";
import { MAX_DOOR_BODY_BYTES } from "../lib/events/derive.ts";
import type { Event, StepName } from "../lib/events/vocabulary.ts";
import { lockFolder } from "../lib/lock.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { loggedVersions } from "../lib/regression/regressions.ts";
import { createStoreWatch, type StoreWatch } from "../lib/regression/watch.ts";
import { learnedWindowMs, type RetentionSetting } from "../lib/retention.ts";
import type { EventRoute } from "../lib/serve/route.ts";
import { MAX_STEP_BODY_BYTES, whatIsMissing } from "../lib/serve/run.ts";
import { createServer } from "../lib/serve/server.ts";
import { accepted } from "../lib/serve/status.ts";
import { createStep, type Handle, type Step } from "../lib/serve/step.ts";
import type { StoreAddress } from "../lib/store/address.ts";
import { agreeOnRetention } from "../lib/store/agreement.ts";
import type { SnapshotPolicy } from "../lib/store/kept-models.ts";
import { openStore } from "../lib/store/open.ts";
import type { Store } from "../lib/store/store.ts";
import { createLog, type Log } from "../lib/telemetry/log.ts";
import { createTelemetry, type Telemetry } from "../lib/telemetry/metrics.ts";
import { runAll, undoAfter } from "../lib/undo.ts";
import { createPredict, type Predict } from "../predict/handler.ts";
import { tellProblem } from "../predict/problem.ts";
import { inferRoutes } from "../predict/routes.ts";
import { createValidate } from "../validate/handler.ts";
import { watchBroker, watchMissing } from "./broker-metrics.ts";
import { openBroker } from "./open-broker.ts";
import { announceOwnLog } from "./own-log.ts";

export interface LocalOptions {
  readonly dataFolder: string;
  /** Where models, joins and learned ids are; default: SQLite in the data folder. */
  readonly store?: StoreAddress;
  /** Where events and dead letters are, shared with other processes; default: a journal in the data folder. */
  readonly kafka?: KafkaAddress;
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
  readonly clock?: Clock;
  /** Of the admin API; 0: any free one. Without it there is none. */
  readonly adminPort?: number;
  /** Default: the data folder's own, made at the first start. */
  readonly adminToken?: string;
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
  /** Finishes what is under way, or leaves it in the log. */
  stop(): Promise<void>;
}

const DRAIN_MS = 10_000;
// Broker, functions and store share one heap: a parsed body takes several times its bytes.
const MAX_BUFFERED_BYTES = 32 * 1024 * 1024;

/** @throws ConfigurationError for a wrong file, a folder in use, a port taken; UnavailableError for a store that fails. */
export async function startLocal(options: LocalOptions): Promise<LocalWadi> {
  const log = createLog(options.logLevel ?? "info", "wadi");
  const clock = options.clock ?? systemClock;
  const telemetry = createTelemetry(true);
  const undo: (() => unknown)[] = [];
  try {
    const pipelines = loadPipelines(options.pipelinesFolder);
    const triggers = readTopology(options.valuesFile);
    undo.unshift(lockFolder(options.dataFolder));
    const address = options.store ?? { kind: "sqlite", path: join(options.dataFolder, "store.db") };
    const store = await openStore(address, pipelines, options.retention ?? {}, () => clock.now(), options.snapshots);
    undo.unshift(() => store.close());
    await agreeOnRetention(store.retention);
    await checkStoredModels(store, pipelines);

    const watch = createStoreWatch({ clock, telemetry, log, activity: store.activity });
    const learnOrder = triggers.find(({ name }) => name === "learn")?.order;
    const tools = { pipelines, store, clock, telemetry, log, watch };
    const { handles, predict } = createHandles(tools, options.maxStalenessMs, learnOrder);
    const stepsOf = () => createSteps(handles, { clock, log, telemetry });
    const delivered = stepsOf();
    const broker = await openBroker({
      ...{ dataFolder: options.dataFolder, kafka: options.kafka, storeKind: address.kind, clock, log },
      retention: store.retention.current(),
      triggers: triggers.map((trigger) => ({ trigger, subscriber: subscriberOf(trigger.name, delivered) })),
    });
    undo.unshift(() => broker.stop());
    const ownLog =
      options.kafka === undefined ? await announceOwnLog(options.dataFolder, store, clock, log) : undefined;
    undo.unshift(() => ownLog?.stop());
    watchBroker(broker, telemetry);
    await lookForLoss(broker, store, watch);
    const publish = (event: Event) => broker.publish(event);
    undo.unshift(await readTopics({ kafka: options.kafka, pipelines, publish, clock, log }));

    const missing = () => whatIsMissing({ store: () => store.check(), broker: () => broker.check() });
    watchMissing(missing, telemetry);
    const server = createServer({
      // Queues of their own: whoever posts to a step directly never keeps the broker waiting.
      events: eventRoutes(broker, stepsOf()),
      json: inferRoutes({ pipelines, predict, joins: store.joins, models: store.models, clock, publish }),
      tell: tellProblem,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      missing,
      log,
      telemetry,
    });
    const host = options.host ?? "127.0.0.1";
    const url = await server.listen(options.port, host);
    undo.unshift(() => server.drain(DRAIN_MS));
    let stopped: Promise<void> | undefined;
    const stop = () => {
      stopped ??= runAll(undo);
      return stopped;
    };
    const wadi = { url, broker, store, pipelines, ownLog: ownLog?.id, stop };
    if (options.adminPort === undefined) return wadi;
    // Loaded only where it is wanted: its schemas take longer to load than all the rest.
    const { openAdminPort } = await import("../admin/open/admin-port.ts");
    const admin = await openAdminPort({
      ...{ dataFolder: options.dataFolder, port: options.adminPort, host, token: options.adminToken },
      ...{ ingress: url, store, storeKind: address.kind, broker, pipelines, clock, missing, log },
      ownLog: ownLog?.id,
      labelConflicts: (pipeline) => labelsOf(telemetry, pipeline, "conflict"),
    });
    // After the ingress: what it waits for can be looked at while it drains.
    undo.splice(1, 0, () => admin.close());
    return { ...wadi, adminUrl: admin.url, ...(admin.newToken !== undefined && { newAdminToken: admin.newToken }) };
  } catch (error) {
    return await undoAfter(error, undo, (err) => log.warn({ err }, "not all could be closed after the failed start"));
  }
}

/** A file that cannot go on must not come up. A store that is away may come back: until then the steps answer 503. */
async function checkStoredModels({ models }: Store, pipelines: Pipelines): Promise<void> {
  for (const pipeline of pipelines.values()) {
    await checkStoredModel(models, pipeline).catch((error: unknown) => {
      if (!(error instanceof UnavailableError)) throw error;
    });
  }
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
  return values.find((one) => one.labels.pipeline === pipeline && one.labels.outcome === outcome)?.value ?? 0;
}

type Handles = Readonly<Record<StepName, Handle>>;
type Steps = Readonly<Record<StepName, Step>>;

interface Tools {
  readonly pipelines: Pipelines;
  readonly store: Store;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly log: Log;
  readonly watch: StoreWatch;
}

function createHandles(
  { pipelines, store, clock, telemetry, log, watch }: Tools,
  maxStalenessMs = DEFAULT_MAX_STALENESS_MS,
  learnOrder: Trigger["order"] = "unordered",
): { handles: Handles; predict: Predict } {
  const { joins, models } = store;
  const predict = createPredict({ pipelines, models, joins, clock, telemetry, log, watch, maxStalenessMs });
  const learn = createLearn({
    pipelines,
    models,
    clock,
    telemetry,
    watch,
    revision: () => randomBytes(16).toString("hex"),
    random: Math.random,
    agreed: store.retention.agreed,
    learnedWindowMs: (name) => learnedWindowMs(pipelines.get(name)?.labelHorizonMs ?? 0, store.retention.current()),
  });
  const handles = {
    validate: createValidate({ pipelines, clock }),
    featurize: createFeaturize({ pipelines, joins, models, telemetry, clock, learnOrder }),
    predict: predict.handle,
    learn,
  };
  return { handles, predict };
}

function createSteps(handles: Handles, tools: { clock: Clock; log: Log; telemetry: Telemetry }): Steps {
  const step = (name: StepName) => createStep({ name, handle: handles[name], ...tools });
  return { validate: step("validate"), featurize: step("featurize"), predict: step("predict"), learn: step("learn") };
}

function subscriberOf(name: string, steps: Steps) {
  const step = steps[name as StepName];
  return { destination: `wadi:/${name}`, deliver: (event: Parameters<Step["answer"]>[0]) => step.answer(event) };
}

function eventRoutes(broker: Broker, steps: Steps): readonly EventRoute[] {
  const ingress: EventRoute = {
    path: "/",
    maxBodyBytes: MAX_DOOR_BODY_BYTES,
    async accept(event) {
      await broker.publish(event);
      return accepted;
    },
  };
  const direct = Object.values(steps).map((step) => ({
    path: `/${step.name}`,
    maxBodyBytes: step.name === "validate" ? MAX_DOOR_BODY_BYTES : MAX_STEP_BODY_BYTES,
    accept: (event: Parameters<Step["answer"]>[0]) => step.answer(event),
  }));
  return [ingress, ...direct];
}
