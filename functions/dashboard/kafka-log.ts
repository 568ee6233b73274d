// The log of the Broker in Kafka, for a process that stays: opened without being waited for, so that the first answer does not
// wait for Kafka, and again for as long as that fails.

import { noLog, type ReadBroker } from "../admin/open/cluster.ts";
import type { SeenBroker, Tap } from "../lib/broker/broker.ts";
import { type KafkaAddress, showKafkaAddress } from "../lib/broker/kafka/address.ts";
import { socketsWith, withMountedLogin } from "../lib/broker/kafka/log/login.ts";
import type { Clock } from "../lib/clock.ts";
import type { DashboardConfig } from "../lib/config.ts";
import { asError, UnavailableError } from "../lib/errors.ts";
import { STEPS } from "../lib/events/vocabulary.ts";
import { DEFAULT_RETENTION, type RetentionSetting } from "../lib/retention.ts";
import type { Log } from "../lib/telemetry/log.ts";

export interface KafkaLog extends ReadBroker {
  /** Where it is, without a password; undefined where there is none. */
  readonly at?: string;
  /** As `check`, and waits for an attempt to open it. */
  reached(): Promise<void>;
}

export interface KafkaLogOptions {
  readonly config: Pick<DashboardConfig, "kafka" | "kafkaLogin" | "triggers">;
  readonly retention: RetentionSetting;
  readonly clock: Clock;
  readonly log: Log;
}

const NO_KAFKA = "the Broker keeps no log that can be read: only one of class Kafka does";
/** Between an attempt that failed and the next one. */
const AGAIN_MS = 3000;
/** In which Kafka is found as a rule. */
const FIRST_MS = 2000;
const NOTHING: SeenBroker = { triggers: [], deadLetters: 0 };

export function openKafkaLog({ config, retention, clock, log }: KafkaLogOptions): KafkaLog {
  const { kafka, kafkaLogin, triggers: filters } = config;
  if (kafka === undefined) return withoutLetters();

  async function open(address: KafkaAddress): Promise<ReadBroker> {
    const { address: reached, ca } = withMountedLogin(address, kafkaLogin);
    // Loaded only now: it is large.
    const { openKafkaReader } = await import("../lib/broker/kafka/log/reader.ts");
    return openKafkaReader({
      ...{ address: reached, owner: "knative", clock, triggers: [...STEPS], waits: false },
      retention: { ...DEFAULT_RETENTION, ...retention },
      ...(filters !== undefined && { filters }),
      ...socketsWith(ca),
    });
  }

  return openedLater(() => open(kafka), showKafkaAddress(kafka), clock, log);
}

/** Exported for its tests: with any way to open. */
export function openedLater(open: () => Promise<ReadBroker>, at: string, clock: Clock, log: Log): KafkaLog {
  let opened: ReadBroker | undefined;
  let opening: Promise<ReadBroker> | undefined;
  let failure: { readonly error: UnavailableError; readonly until: number } | undefined;
  let stopped = false;
  /** Each with what ends it, once the log is open. */
  const taps = new Map<Parameters<Tap>, () => void>();

  function tapped(listeners: Parameters<Tap>): void {
    taps.set(listeners, opened?.along?.tap(...listeners) ?? (() => {}));
  }

  function get(): Promise<ReadBroker> {
    if (opened !== undefined) return Promise.resolve(opened);
    if (failure !== undefined && clock.now() < failure.until) return Promise.reject(failure.error);
    opening ??= open()
      .then(
        async (one) => {
          if (stopped) await one.stop();
          opened = one;
          failure = undefined;
          for (const listeners of taps.keys()) tapped(listeners);
          return one;
        },
        (cause: unknown) => {
          const error = new UnavailableError("log-unavailable", asError(cause).message, { cause });
          if (failure?.error.message !== error.message) log.warn({ at }, `the log cannot be read: ${error.message}`);
          failure = { error, until: clock.now() + AGAIN_MS };
          throw error;
        },
      )
      .finally(() => {
        opening = undefined;
      });
    return opening;
  }
  const soon = () => void get().catch(() => {});
  function soonest(attempt: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(FIRST_MS, resolve);
      const done = () => {
        cancel();
        resolve();
      };
      attempt.then(done, done);
    });
  }
  soon();

  return {
    at,
    status: () => opened?.status() ?? NOTHING,
    // It hardly waits: the status is asked for each second, and has other things to tell. But a page that wakes the dashboard is not
    // to be told of a trouble that is none.
    async check() {
      if (opened === undefined) soon();
      if (opening !== undefined && failure === undefined) await soonest(opening);
      if (opened !== undefined) return opened.check();
      throw failure?.error ?? new UnavailableError("log-unavailable", `Kafka at ${at} is being connected to`);
    },
    reached: async () => (await get()).check(),
    along: {
      look: async () => (await get()).along?.look(),
      tap(...listeners) {
        tapped(listeners);
        return () => {
          taps.get(listeners)?.();
          taps.delete(listeners);
        };
      },
    },
    deadLetters: {
      list: async (query) => (await get()).deadLetters.list(query),
      get: async (number) => (await get()).deadLetters.get(number),
      redrive: async (numbers) => (await get()).deadLetters.redrive(numbers),
      drop: async (numbers) => (await get()).deadLetters.drop(numbers),
    },
    log: {
      start: async () => (await get()).log.start(),
      end: async () => (await get()).log.end(),
      at: async (time) => (await get()).log.at(time),
      name: async () => (await (await get()).log.name?.()) ?? "log",
      async *read(from, to, types) {
        yield* (await get()).log.read(from, to, types);
      },
    },
    async stop() {
      stopped = true;
      await opening?.catch(() => {});
      await opened?.stop();
    },
  };
}

/** Dead letters are then Jobs, and there are none to list: a stream of changes has the rest. */
function withoutLetters(): KafkaLog {
  const { along: _, ...absent } = noLog(NO_KAFKA, () => {});
  return { ...absent, reached: async () => {}, deadLetters: { ...absent.deadLetters, list: async () => [] } };
}
