// Opens the broker of a process: the embedded one, or one on a Kafka that other processes share.

import { join } from "node:path";
import type { Broker, Subscriber, Trigger } from "../lib/broker/broker.ts";
import { openEmbeddedBroker } from "../lib/broker/embedded/embedded.ts";
import type { KafkaAddress } from "../lib/broker/kafka/address.ts";
import type { Clock } from "../lib/clock.ts";
import { ConfigurationError } from "../lib/errors.ts";
import type { Retention } from "../lib/retention.ts";
import type { Log } from "../lib/telemetry/log.ts";

interface Delivered {
  readonly trigger: Trigger;
  readonly subscriber: Subscriber;
  /** It is no function of this process: what is under way at once may arrive in any order. */
  readonly isRemote?: boolean;
}

export interface BrokerChoice {
  readonly dataFolder: string;
  readonly kafka: KafkaAddress | undefined;
  /** Of the store; who shares a log shares the models. */
  readonly storeKind: string;
  readonly triggers: readonly Delivered[];
  readonly retention: Retention;
  readonly clock: Clock;
  readonly log: Log;
  /** Its log is followed by an archive, and keeps what that lacks. */
  readonly isFollowed?: boolean;
}

/** @throws ConfigurationError. */
export async function openBroker({
  dataFolder,
  kafka,
  storeKind,
  triggers,
  retention,
  clock,
  log,
  isFollowed = false,
}: BrokerChoice): Promise<Broker> {
  if (kafka === undefined) {
    return openEmbeddedBroker({
      path: join(dataFolder, "journal.db"),
      triggers: triggers.map(({ trigger, subscriber, isRemote = false }) => ({
        // One partition, in order: what was learned can be repeated to the bit, crashes included.
        trigger: isRemote ? trigger : { ...trigger, order: "ordered" as const },
        subscriber,
      })),
      retention,
      isFollowed,
      clock,
      log,
    });
  }
  checkShared(storeKind);
  // Loaded only where it is wanted.
  const { openKafkaBroker } = await import("../lib/broker/kafka/kafka.ts");
  return openKafkaBroker({ address: kafka, triggers, retention, clock, log });
}

/** Each process on the log handles a part of the events: with a store of its own it would learn only that part. */
function checkShared(storeKind: string): void {
  if (storeKind === "redis") return;
  throw new ConfigurationError(
    "with --kafka any number of processes share the log, so they must share the models too: " +
      "name a Redis (--redis redis://127.0.0.1:6379, or WADI_REDIS), or leave out --kafka",
  );
}
