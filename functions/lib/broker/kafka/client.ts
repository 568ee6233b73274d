// kafkajs as Wadi uses it: its lines go to our log, its waits are short, for who waits too long answers 503 too late.

import "./codecs.ts";
import "./coding/record-coding.ts";
import "./request-queue.ts";
import {
  type Consumer,
  type ISocketFactory,
  Kafka,
  type KafkaConfig,
  logLevel,
  type Producer,
  type RetryOptions,
  type SASLOptions,
} from "kafkajs";
import { ConfigurationError, TooLargeError, UnavailableError } from "../../errors.ts";
import type { Log } from "../../telemetry/log.ts";
import { type KafkaAddress, showKafkaAddress } from "./address.ts";
import { DamagedBatchError } from "./coding/batch-reader.ts";
import { Partitioner } from "./partitioner.ts";

/** A publisher hears within about a second that Kafka is away. */
const QUICK: RetryOptions = { initialRetryTime: 50, maxRetryTime: 400, retries: 2 };
/** Background work retries for longer before it starts over. */
const PATIENT: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1000, retries: 8 };

/** How long a member that was killed keeps its partitions from the others. */
const SESSION_MS = 10_000;
export const HEARTBEAT_MS = 2000;
/** While all partitions are paused kafkajs sleeps as long; a commit waits behind a fetch. */
const FETCH_WAIT_MS = 200;
const FETCH_BYTES = 4 * 1024 * 1024;
const PART_BYTES = 512 * 1024;

/** @param socketFactory where Kafka's addresses are reached by ways of their own. */
export function createClient(address: KafkaAddress, log: Log, socketFactory?: ISocketFactory): Kafka {
  const config: KafkaConfig = {
    clientId: "wadi",
    brokers: [...address.brokers],
    ssl: address.tls,
    connectionTimeout: 2000,
    requestTimeout: 5000,
    retry: QUICK,
    ...(socketFactory !== undefined && { socketFactory }),
    // All that it says of passing troubles (a coordinator that loads, a rebalance) passes: what lasts is told by us, once.
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, log: { message, error }, label }) => {
        log.debug({ from: "kafkajs", part: namespace, level: label, error }, message);
      },
  };
  return new Kafka(address.sasl === undefined ? config : { ...config, sasl: address.sasl as SASLOptions });
}

export function createProducer(kafka: Kafka, partitioner = new Partitioner()): Producer {
  return kafka.producer({ createPartitioner: partitioner.create, allowAutoTopicCreation: false, retry: QUICK });
}

export function createConsumer(kafka: Kafka, groupId: string): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: SESSION_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: PART_BYTES,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    retry: PATIENT,
  });
}

interface KafkaFailure extends Error {
  readonly type?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
}

/** Every error of a chain, the outermost first: kafkajs wraps what failed last in what gave up. */
function chainOf(error: unknown): KafkaFailure[] {
  const found: KafkaFailure[] = [];
  for (let one = error as KafkaFailure | undefined; one instanceof Error && found.length < 8; one = causeOf(one)) {
    found.push(one);
  }
  return found;
}

function causeOf(error: KafkaFailure): KafkaFailure | undefined {
  return (error.cause ?? error.errors?.[0]) as KafkaFailure | undefined;
}

const WRONG: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError: "set the right user and password in the address",
  INVALID_REPLICATION_FACTOR: "it has fewer brokers than that: set ?replication= in the address",
  TOPIC_AUTHORIZATION_FAILED: "give the user the right to read, write and create Wadi's topics",
  GROUP_AUTHORIZATION_FAILED: "give the user the right to read in groups that begin with knative-trigger-",
  CLUSTER_AUTHORIZATION_FAILED: "give the user the right to create Wadi's topics, or make them",
};

/** That a consumer begins anew is nobody's concern, unless Kafka's own disk is the cause. */
export function crashLevel(error: unknown): "debug" | "error" {
  return chainOf(error).some((one) => one instanceof DamagedBatchError) ? "error" : "debug";
}

/** What Kafka's failure is to us: a setting that is wrong, an event that is too large, or a Kafka that is away. */
export function failureOf(error: unknown, address: KafkaAddress): Error {
  const chain = chainOf(error);
  const [outer, inner] = [chain[0], chain.at(-1)];
  const message = inner?.message ?? String(error);
  if (outer instanceof ConfigurationError || outer instanceof UnavailableError) return outer;
  if (chain.some(({ type }) => type === "MESSAGE_TOO_LARGE" || type === "RECORD_LIST_TOO_LARGE")) {
    const cure = "make the event smaller, or raise max.message.bytes of the topic";
    return new TooLargeError("too-large", `Kafka takes no event of this size (${message}); ${cure}`, { cause: error });
  }
  const wrong = chain.map(({ type = "", name }) => WRONG[type] ?? WRONG[name]).find((cure) => cure !== undefined);
  if (wrong !== undefined) {
    return new ConfigurationError(`Kafka at ${showKafkaAddress(address)}: ${message}; ${wrong}`, { cause: error });
  }
  return new UnavailableError(
    "kafka-unavailable",
    `Kafka at ${showKafkaAddress(address)} does not answer: ${message}; start it, or see whether the address is right`,
    { cause: error },
  );
}

/** As an UnavailableError, whatever the failure is. */
export function unavailable(error: Error): UnavailableError {
  if (error instanceof UnavailableError) return error;
  return new UnavailableError("kafka-unavailable", error.message, { cause: error });
}
