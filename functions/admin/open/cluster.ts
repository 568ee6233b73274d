// The admin port on what a Wadi on a cluster keeps: its store, and its log where that can be had. Nothing is delivered from
// here, and no group of the cluster's is joined.

import { atRevision } from "../../learn/handler.ts";
import type { Broker, Seen, Tap } from "../../lib/broker/broker.ts";
import type { EventLog, FollowedLog } from "../../lib/broker/event-log.ts";
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { StepConfig } from "../../lib/config.ts";
import { UnavailableError } from "../../lib/errors.ts";
import type { Pipelines } from "../../lib/pipeline/choice.ts";
import { openStoreClock, type StoreClock } from "../../lib/serve/store-clock.ts";
import { openStore } from "../../lib/store/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { VERSION } from "../../lib/version.ts";
import type { Admin, ArchivePort, ClusterPort } from "../admin.ts";
import type { LearningWatch } from "../learning.ts";
import { createAdmin } from "../local-admin.ts";
import { watchRates } from "../rates.ts";
import { createReplays, replayDefaults } from "../replay/replays.ts";
import type { About } from "../status.ts";
import { openTail } from "../tail.ts";
import type { GeneratorPort, GeneratorTools } from "../tries/generator-port.ts";
import { createTries } from "../tries/tries.ts";
import type { TryPort } from "../tries/try-port.ts";

/** What the admin port takes of a broker. */
export interface ReadBroker extends Seen, Pick<Broker, "check" | "deadLetters" | "stop"> {
  /** `name`: as an archive knows it; absent where it cannot be read. */
  readonly log: EventLog & Pick<FollowedLog, "name">;
  /** The log can be read along with; absent where it cannot. */
  readonly along?: ReadAlong;
}

export interface ReadAlong {
  /** Somebody looks: it is read along with for a while. Waits a little for what there is. @throws UnavailableError. */
  look(): Promise<void>;
  readonly tap: Tap;
}

export interface ClusterAdminOptions {
  readonly pipelines: Pipelines;
  /** As the steps have them there; the address of the store as it is reached from here. */
  readonly settings: Pick<StepConfig, "store" | "retention" | "pipelineRevision" | "snapshots"> &
    Partial<Pick<StepConfig, "maxStateBytes">>;
  readonly broker: ReadBroker;
  /** For the operation `cluster`. */
  readonly cluster?: ClusterPort;
  /** Absent where none is kept. */
  readonly archive?: ArchivePort | undefined;
  /** Of a process that stays; absent elsewhere. */
  readonly tries?: TryPort;
  readonly openGenerator?: (predict: GeneratorTools["predict"], clock: Clock) => Promise<GeneratorPort>;
  readonly openLearning?: (store: Store, clock: Clock) => LearningWatch;
  /** Of a process that stays. */
  readonly about?: Omit<About, "version" | "node">;
}

export interface ClusterAdmin {
  readonly admin: Admin;
  /** A replay runs in this process. */
  isReplaying(): boolean;
  readonly store: Store;
  readonly clock: StoreClock;
  close(): Promise<void>;
}

/** A store that is away shows in the answers. @throws ConfigurationError for an address that cannot be one. */
export async function openClusterAdmin(options: ClusterAdminOptions): Promise<ClusterAdmin> {
  const { pipelines, settings, broker, cluster, tries, archive } = options;
  const { store: address, retention, pipelineRevision, snapshots, maxStateBytes } = settings;
  const opened = await openStore(address, pipelines, retention, systemClock.now, snapshots);
  const clock = await openStoreClock(systemClock, opened.time);
  const store = { ...opened, models: atRevision(opened.models, pipelineRevision) };
  const tools = { store, log: broker.log, archive, clock, maxStateBytes, ...replayDefaults };
  const replays = createReplays({ pipelines, ...tools });
  const about = { ...options.about, version: VERSION, node: process.version };
  const { aheadMs: clockAheadMs } = clock;
  const { predict } = createTries({ pipelines, tries, clock });
  const generator = await options.openGenerator?.((pipeline, record) => predict(pipeline, { record }), clock);
  const learning = options.openLearning?.(store, clock);
  const { along } = broker;
  const tail = along && openTail(along, pipelines, clock);
  // Who asks once would not wait for a rate.
  const rates = options.about && watchRates(broker, clock);
  return {
    admin: createAdmin({
      store,
      storeKind: address.kind,
      broker,
      pipelines,
      replays,
      about,
      namesMaySpoil: true,
      clock,
      clockAheadMs,
      tries,
      archive,
      generator,
      ...(tail && { tail }),
      ...(rates && { rates }),
      ...(rates && along && { look: along.look }),
      ...(learning !== undefined && { learning }),
      ...(cluster !== undefined && { cluster }),
    }),
    isReplaying: replays.isBusy,
    store,
    clock,
    async close() {
      for (const one of [learning, tail, rates]) one?.stop();
      await replays.close();
      await broker.stop();
      clock.stop();
      await opened.close();
    },
  };
}

/**
 * In place of a log that cannot be had: the store alone can be looked at, and everything else says why it cannot. `left`
 * is called where an answer goes without what the log would add to it.
 */
export function noLog(why: string, left: () => void): ReadBroker {
  const refuse = async (): Promise<never> => {
    throw new UnavailableError("log-unavailable", why);
  };
  return {
    status: () => ({ triggers: [], deadLetters: 0 }),
    check: refuse,
    deadLetters: {
      async list({ subject }) {
        if (subject === undefined) return refuse();
        left(); // the store knows most of the life of an observation
        return [];
      },
      get: refuse,
      redrive: refuse,
      drop: refuse,
    },
    log: {
      start: refuse,
      end: refuse,
      at: refuse,
      // biome-ignore lint/correctness/useYield: there is nothing to read
      async *read() {
        await refuse();
      },
    },
    along: { look: refuse, tap: () => () => {} },
    stop: async () => {},
  };
}
