// The admin API of a Wadi on a cluster, from inside: its store and log at their own addresses, its objects by the account of the
// pod. What cannot be reached shows in the answers; it starts all the same.

import { createChanges } from "../admin/changes.ts";
import { createApiServer } from "../admin/http/api.ts";
import { watchLearned } from "../admin/learned.ts";
import { checkedToken } from "../admin/open/admin-files.ts";
import { openClusterAdmin } from "../admin/open/cluster.ts";
import { connectInCluster } from "../cluster/in-cluster.ts";
import type { GeneratorHere } from "../feed/making/generator.ts";
import { generatorHere } from "../feed/making/here.ts";
import { systemClock } from "../lib/clock.ts";
import type { DashboardConfig, Env, StepConfig } from "../lib/config.ts";
import { loadPipelines } from "../lib/pipeline/load.ts";
import { createCallerCheck } from "../lib/serve/callers.ts";
import { whatIsMissing } from "../lib/serve/run.ts";
import type { Log } from "../lib/telemetry/log.ts";
import { runAll } from "../lib/undo.ts";
import { VERSION } from "../lib/version.ts";
import { AWAKE, awakeStream, keepAwake } from "./awake.ts";
import { createClusterView } from "./cluster-view.ts";
import { openKafkaLog } from "./kafka-log.ts";
import { type StoreTap, tapStore } from "./store-tap.ts";
import { openClusterTries } from "./tries.ts";

export interface DashboardOptions {
  readonly step: StepConfig;
  readonly config: DashboardConfig;
  /** Tells whether this is a pod. */
  readonly env: Env;
  /** The folder of the pod's account; default: where Kubernetes puts it. */
  readonly account?: string;
  readonly log: Log;
}

export interface Dashboard {
  /** The address it listens on. @throws ConfigurationError for a port that is taken. */
  listen(): Promise<string>;
  close(): Promise<void>;
}

/** Streams end at once; the rest takes no longer than its own time limits. */
const DRAIN_MS = 10_000;

/** @throws ConfigurationError for a token that is none, or a pipeline file that is wrong. */
export async function openDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { step, config, env, log } = options;
  const token = checkedToken(config.token, "WADI_ADMIN_TOKEN");
  const viewToken = config.viewToken === undefined ? undefined : checkedToken(config.viewToken, "WADI_VIEW_TOKEN");
  const clock = systemClock;
  const pipelines = loadPipelines(step.pipelinesFolder);
  const broker = openKafkaLog({ config, retention: step.retention, clock, log });
  const reader = connectInCluster(env, options.account);
  const cluster =
    reader &&
    createClusterView({
      ...{ reader, namespace: config.namespace, broker, pipelines, clock },
      // Nobody asks before it is open.
      store: { address: step.store, check: () => store.check() },
    });
  const tries = openClusterTries({ predict: config.predict, broker: step.broker });
  let generator: GeneratorHere | undefined;
  let tap: StoreTap = () => () => {};
  const { admin, store, isReplaying, close } = await openClusterAdmin({
    pipelines,
    settings: step,
    broker,
    ...(cluster !== undefined && { cluster }),
    tries,
    async openGenerator(predict, storeClock) {
      const ingress = { publish: tries.send, publishAll: tries.publishAll, status: () => broker.status() };
      generator = generatorHere({ pipelines, broker: ingress, clock: storeClock, predict });
      return generator;
    },
    openLearning(opened, storeClock) {
      tap = tapStore({ models: opened.models, pipelines, clock });
      return watchLearned(tap, pipelines, storeClock);
    },
    about: {
      startedAt: clock.now(),
      ...(step.broker !== undefined && { url: step.broker }),
      memoryBytes: () => process.memoryUsage.rss(),
    },
  });
  const checkCaller = createCallerCheck({
    host: step.host,
    allowed: config.allowedHosts,
    refused: (why) => log.debug({ why }, "a caller was refused"),
  });
  const server = createApiServer({
    admin,
    changes: createChanges({ admin, broker: { deadLetters: broker.deadLetters, tap }, clock }),
    streams: new Map([[AWAKE, () => awakeStream(clock)]]),
    token,
    ...(viewToken !== undefined && { viewToken }),
    version: VERSION,
    missing: () => whatIsMissing({ store: () => store.check(), log: () => broker.reached() }),
    log,
    checkCaller,
  });
  const { ownAddress } = config;
  const isBusy = () => isReplaying() || generator?.isBusy() === true;
  const fallAsleep = ownAddress === undefined ? () => {} : keepAwake({ url: ownAddress, token, isBusy, clock, log });
  return {
    listen: () => server.listen(step.port, step.host),
    close: () =>
      runAll([fallAsleep, () => generator?.close(), () => server.drain(DRAIN_MS), close, () => tries.close()]),
  };
}
