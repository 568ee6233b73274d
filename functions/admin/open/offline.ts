// The admin port on a data folder in which nothing runs: looked at and mended under its lock, and nothing is delivered.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Trigger } from "../../lib/broker/broker.ts";
import { openEmbeddedBroker } from "../../lib/broker/embedded/embedded.ts";
import { readTopology } from "../../lib/broker/topology.ts";
import { systemClock } from "../../lib/clock.ts";
import { ConfigurationError, UnavailableError } from "../../lib/errors.ts";
import { lockFolder } from "../../lib/lock.ts";
import { readLogId } from "../../lib/log-id.ts";
import { loadPipelines } from "../../lib/pipeline/load.ts";
import type { RetentionSetting } from "../../lib/retention.ts";
import { openStoreClock } from "../../lib/serve/store-clock.ts";
import { openStore } from "../../lib/store/open.ts";
import type { RedisAddress } from "../../lib/store/redis/address.ts";
import { VERSION } from "../../lib/version.ts";
import type { Admin } from "../admin.ts";
import { createAdmin } from "../local-admin.ts";
import { createReplays, replayDefaults } from "../replay/replays.ts";

export interface OfflineOptions {
  readonly dataFolder: string;
  readonly pipelinesFolder: string;
  /** The chart's values, for the topology. */
  readonly valuesFile: string;
  /** What is set of it. */
  readonly retention?: RetentionSetting;
  /** For replays. */
  readonly maxStateBytes?: number;
}

export interface OfflineAdmin {
  readonly admin: Admin;
  /** Lets go of the folder. */
  close(): Promise<void>;
}

/**
 * What is redriven here waits in the journal for the next start.
 * @throws ConfigurationError where a process holds the folder, or there is nothing in it to open; nothing is made.
 */
export async function openOfflineAdmin(options: OfflineOptions): Promise<OfflineAdmin> {
  const { dataFolder, pipelinesFolder, valuesFile, retention = {}, maxStateBytes } = options;
  const [storeFile, journalFile] = [join(dataFolder, "store.db"), join(dataFolder, "journal.db")];
  for (const file of [storeFile, journalFile]) {
    if (existsSync(file)) continue;
    throw new ConfigurationError(`there is no ${file}: no Wadi has run here; start one, or name its folder (--data)`);
  }
  const pipelines = loadPipelines(pipelinesFolder);
  const triggers = readTopology(valuesFile);
  const undo: (() => unknown)[] = [lockFolder(dataFolder)];
  const close = async () => {
    for (const one of undo.splice(0)) await one();
  };
  try {
    const store = await openStore({ kind: "sqlite", path: storeFile }, pipelines, retention, systemClock.now);
    undo.unshift(() => store.close());
    const broker = await openEmbeddedBroker({
      path: journalFile,
      triggers: triggers.map((trigger) => ({ trigger, subscriber: nobody(trigger) })),
      clock: systemClock,
      delivers: false,
    });
    undo.unshift(() => broker.stop());
    const about = { version: VERSION, node: process.version };
    const tools = { store, log: broker.log, clock: systemClock, ownLog: readLogId(dataFolder), maxStateBytes };
    const replays = createReplays({ pipelines, ...tools, ...replayDefaults });
    undo.unshift(() => replays.close());
    return { admin: createAdmin({ store, storeKind: "sqlite", broker, pipelines, replays, about }), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The admin port on a store that several processes share, reached by itself: what concerns models, and nothing of a log.
 * Whoever learns there goes on.
 */
export async function openStoreAdmin(
  address: RedisAddress,
  pipelinesFolder: string,
  retention: RetentionSetting = {},
): Promise<OfflineAdmin> {
  const pipelines = loadPipelines(pipelinesFolder);
  const store = await openStore(address, pipelines, retention, systemClock.now);
  const clock = await openStoreClock(systemClock, store.time);
  const absent = () => {
    throw new UnavailableError("no-log", "a store alone has no log: ask a Wadi that runs (--url, or --data)");
  };
  const deadLetters = { list: absent, get: absent, redrive: absent, drop: absent };
  const broker = { status: absent, check: async () => absent(), deadLetters };
  const about = { version: VERSION, node: process.version };
  const admin = createAdmin({
    ...{ store, storeKind: "redis", broker, pipelines, about, clock },
    clockAheadMs: clock.aheadMs,
  });
  const close = async () => {
    clock.stop();
    await store.close();
  };
  return { admin, close };
}

function nobody({ name }: Trigger) {
  return {
    destination: `wadi:/${name}`,
    deliver: async () => {
      throw new Error(`nothing is delivered to ${name} here`);
    },
  };
}
