// The log of a Wadi on a cluster: the topic of its Broker, in Kafka.

import type { ReadBroker } from "../admin/open/cluster.ts";
import { loginCure } from "../lib/address-login.ts";
import { groupOf, KAFKA_EXAMPLE, type KafkaAddress, parseKafkaAddress, topicOf } from "../lib/broker/kafka/address.ts";
import type { GroupLook } from "../lib/broker/kafka/log/groups.ts";
import { type Reached, socketsTo, withLogin } from "../lib/broker/kafka/log/login.ts";
import type { TopicLook } from "../lib/broker/kafka/log/look.ts";
import { systemClock } from "../lib/clock.ts";
import { asError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import type { Retention } from "../lib/retention.ts";
import type { Cluster } from "./api.ts";
import { brokerInUse, triggerOf } from "./eventing.ts";
import type { Forwards } from "./forward.ts";
import type { ClusterObjects } from "./objects.ts";
import { type BrokerStorage, readBrokerStorage, readSecret, secretValue } from "./settings.ts";

/** The address of a service as the cluster sees it, without passwords. */
export interface Located {
  readonly at?: string;
  /** Why it cannot be reached; undefined where nothing speaks against it. */
  missing(): string | undefined;
}

export interface ClusterLog extends Located {
  readonly broker: ReadBroker;
  /** Its topics, and the retention that Wadi relies on; absent where there is no Kafka. */
  look?(): Promise<TopicsSeen>;
  /** The consumer groups of the Triggers; `most`: the members that each should have. Absent where `look` is. */
  groups?(most: number): Promise<readonly GroupLook[]>;
  /** Stops reading and removes the topic of decisions on dead letters: for cleaning up after them. */
  removeDecisions?(): Promise<void>;
}

export interface TopicsSeen {
  readonly topics: readonly TopicLook[];
  readonly address: KafkaAddress;
  readonly retention: Retention;
}

export interface LogOptions {
  readonly cluster: Cluster;
  readonly objects: ClusterObjects;
  readonly namespace: string;
  readonly forwards: Forwards;
  readonly retention: Retention;
  /** The value of `--kafka`. */
  readonly kafka: string | undefined;
  /** Called where an answer lacks what the log would add. */
  left(why: string): void;
}

/** A log that cannot be opened says why in each answer: the store can be looked at without it. @throws UsageError. */
export async function openClusterLog(options: LogOptions): Promise<ClusterLog> {
  const { cluster, objects, namespace, forwards, retention, left } = options;
  let at: string | undefined;
  let failure: () => string | undefined = () => undefined;
  try {
    const storage = await readBrokerStorage(cluster, objects, namespace);
    at = options.kafka === undefined ? storage.bootstrap : undefined;
    const { address, ca } = await addressOf(options, storage);
    at ??= address.brokers.join(",");
    const [host = "", port = ""] = (address.brokers[0] ?? "").split(/:(?=\d+$)/);
    failure = () => forwards.failure(host, Number(port));
    await forwards.reach(host, Number(port)); // fails here, with a message for people, rather than in kafkajs
    const triggers = objects.services
      .map(({ metadata }) => triggerOf(metadata.name, objects.triggers)?.metadata.name)
      .filter((name) => name !== undefined);
    // Loaded only where it is used: it is large.
    const { openKafkaReader } = await import("../lib/broker/kafka/log/reader.ts");
    const socketFactory = socketsTo((host, port) => forwards.reach(host, port), ca);
    const reader = await openKafkaReader({
      ...{ address, retention, owner: "knative", clock: systemClock, triggers, socketFactory },
    });
    const look = async () => {
      const { lookAtKafka } = await import("../lib/broker/kafka/log/look.ts");
      return { ...{ address, retention }, topics: (await lookAtKafka(address, socketFactory)).topics };
    };
    const groups = async (most: number) => {
      const { lookAtGroups } = await import("../lib/broker/kafka/log/groups.ts");
      return lookAtGroups({ address, triggers, most, clock: systemClock, socketFactory });
    };
    const removeDecisions = async () => {
      await reader.stop();
      const kafka = await import("../lib/broker/kafka/log/look.ts");
      await kafka.removeDecisions(address, socketFactory);
    };
    return { broker: reader, at, missing: failure, look, groups, removeDecisions };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = failure() ?? asError(error).message;
    const { noLog } = await import("../admin/open/cluster.ts");
    return { broker: noLog(why, () => left(why)), ...(at !== undefined && { at }), missing: () => why };
  }
}

/** @throws UsageError for a wrong `--kafka`; FailedError where the Broker's topic has a name that Wadi cannot read. */
async function addressOf({ cluster, objects, namespace, kafka }: LogOptions, storage: BrokerStorage): Promise<Reached> {
  const broker = brokerInUse(objects)?.metadata.name ?? "default";
  const names = new URLSearchParams({ namespace, broker });
  if (storage.deadLetters !== undefined) names.set("deadLetters", storage.deadLetters);
  const [given, more = ""] = (kafka ?? storage.bootstrap).split("?", 2);
  const address = parseKafkaAddress(`${given}?${more === "" ? "" : `${more}&`}${names}`);
  if (address === undefined) {
    if (kafka !== undefined)
      throw new UsageError(`--kafka is not an address of a Kafka; write ${KAFKA_EXAMPLE}${loginCure(kafka)}`);
    throw new FailedError(`the Broker's bootstrap.servers is not an address: ${storage.bootstrap}`);
  }
  if (topicOf(address) !== storage.topic) {
    throw new FailedError(
      `the Broker's topic is ${storage.topic}, but only one named ${topicOf(address)} can be read (${groupOf(address, "*")})`,
    );
  }
  if (storage.secret === undefined || kafka !== undefined) return { address, ca: undefined };
  const secret = await readSecret(cluster, storage.secret.namespace, storage.secret.name);
  const value = (key: string) => (secret.data?.[key] === undefined ? undefined : secretValue(secret, key));
  return withLogin(address, secret.metadata.name, value);
}
