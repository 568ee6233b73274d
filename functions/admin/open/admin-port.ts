// The admin API of this process: on a port of its own, off the ingress.

import type { Broker } from "../../lib/broker/broker.ts";
import type { Clock } from "../../lib/clock.ts";
import { ConfigurationError } from "../../lib/errors.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import type { Store } from "../../lib/store/store.ts";
import { VERSION } from "../../lib/version.ts";
import type { ArchivePort } from "../admin.ts";
import { createChanges } from "../changes.ts";
import { type ApiOptions, createApiServer } from "../http/api.ts";
import { watchLearned } from "../learned.ts";
import { type LearnedCount, watchLearning } from "../learning.ts";
import { createAdmin } from "../local-admin.ts";
import { watchRates } from "../rates.ts";
import { createReplays, replayDefaults } from "../replay/replays.ts";
import type { StatusSources } from "../status.ts";
import { openTail } from "../tail.ts";
import type { OpenGenerator } from "../tries/generator-port.ts";
import { createTries } from "../tries/tries.ts";
import type { TryPort } from "../tries/try-port.ts";
import { type AdminToken, announceAdmin, checkViewToken, forgetToken, readToken } from "./admin-files.ts";

export interface AdminPortOptions extends Pick<ApiOptions, "missing" | "log" | "checkCaller"> {
  readonly dataFolder: string;
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Default: the data folder's own, made where there is none. */
  readonly token: string | undefined;
  /** With which people may only look; undefined: there is none. */
  readonly viewToken?: string | undefined;
  /** Where events are taken. */
  readonly ingress: string;
  readonly store: Store;
  readonly storeKind: string;
  readonly broker: Broker;
  readonly pipelines: Pipelines;
  /** Of the broker's log, where only this process has it. */
  readonly ownLog: string | undefined;
  /** Absent where none is kept. */
  readonly archive?: ArchivePort | undefined;
  /** Of a step that is called by URL. */
  called?: StatusSources["called"];
  /** For replays. */
  readonly maxStateBytes?: number | undefined;
  readonly tries: TryPort;
  /** Absent: no events are made here. */
  readonly openGenerator?: OpenGenerator | undefined;
  labelConflicts(pipeline: string): Promise<number>;
  /** Absent: no learner runs in this process. */
  learned?: (() => Promise<readonly LearnedCount[]>) | undefined;
  readonly clock: Clock;
  /** How far the clock of this process is ahead of the store's. */
  clockAheadMs(): number | undefined;
}

export interface AdminPort {
  readonly url: string;
  /** Only where it was made just now: it is to be shown once. */
  readonly newToken?: string;
  close(): Promise<void>;
}

const DRAIN_MS = 2000;

/** @throws ConfigurationError for a port that is taken or a token that is none. */
export async function openAdminPort(options: AdminPortOptions): Promise<AdminPort> {
  const { dataFolder, store, storeKind, broker, pipelines, clock, ingress, labelConflicts, missing, log } = options;
  const { checkCaller, clockAheadMs, tries, openGenerator } = options;
  const { viewToken } = options;
  const { token, isNew } = readTokens(dataFolder, options.token, viewToken);
  const rates = watchRates(broker, clock);
  const learning = options.learned
    ? watchLearning(broker, pipelines, clock, options.learned)
    : watchLearned((listener) => broker.tap(listener), pipelines, clock);
  const tail = openTail(broker, pipelines, clock);
  const stopWatching = () => {
    for (const { stop } of [rates, learning, tail]) stop();
  };
  const about = {
    version: VERSION,
    node: process.version,
    startedAt: clock.now(),
    url: ingress,
    memoryBytes: () => process.memoryUsage.rss(),
  };
  const replays = createReplays({
    pipelines,
    store,
    log: broker.log,
    clock,
    ownLog: options.ownLog,
    archive: options.archive,
    maxStateBytes: options.maxStateBytes,
    ...replayDefaults,
  });
  const { predict } = createTries({ pipelines, tries, clock });
  const predictOf = (pipeline: string, record: Readonly<Record<string, number>>) => predict(pipeline, { record });
  const generator = await openGenerator?.({ pipelines, broker, clock, predict: predictOf });
  const admin = createAdmin({
    store,
    storeKind,
    broker,
    pipelines,
    rates,
    learning,
    tail,
    about,
    labelConflicts,
    replays,
    tries,
    archive: options.archive,
    ...(options.called && { called: options.called }),
    generator,
    clock,
    clockAheadMs,
  });
  const changes = createChanges({ admin, broker, clock });
  const server = createApiServer({
    admin,
    changes,
    token,
    viewToken,
    version: VERSION,
    missing,
    log,
    ...(checkCaller && { checkCaller }),
  });
  try {
    const url = await server.listen(options.port, options.host).catch(explainPort);
    const takeBack = announceAdmin(dataFolder, { url: reachable(url), token, pid: process.pid, ingress });
    return {
      url,
      ...(isNew && { newToken: token }),
      async close() {
        takeBack();
        await generator?.close();
        stopWatching();
        await replays.close();
        await server.drain(DRAIN_MS);
      },
    };
  } catch (error) {
    stopWatching();
    if (isNew) forgetToken(dataFolder);
    await server.drain(0);
    throw error;
  }
}

/** A start that fails leaves no token that nobody has seen. */
function readTokens(dataFolder: string, given: string | undefined, viewToken: string | undefined): AdminToken {
  const admin = readToken(dataFolder, given);
  try {
    checkViewToken(viewToken, admin);
    return admin;
  } catch (error) {
    if (admin.isNew) forgetToken(dataFolder);
    throw error;
  }
}

function explainPort(error: unknown): never {
  if (!(error instanceof ConfigurationError)) throw error;
  throw new ConfigurationError(`the admin API: ${error.message} (--admin-port 0 takes a free one)`, { cause: error });
}

/** Who listens on all addresses is reached on this machine's own. */
function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
