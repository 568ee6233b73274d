// Settings are read once at start from an `env` argument. Empty means unset; a wrong value stops the start.

import { tmpdir } from "node:os";
import { loginCure } from "./address-login.ts";
import type { Filter } from "./broker/broker.ts";
import { checkFilters } from "./broker/filter.ts";
import { KAFKA_EXAMPLE, type KafkaAddress, parseKafkaAddress } from "./broker/kafka/address.ts";
import { HOUR_MS, parseDuration } from "./duration.ts";
import { ConfigurationError } from "./errors.ts";
import { DEFAULT_MAX_STATE_BYTES } from "./learners/state-budget.ts";
import type { RetentionSetting } from "./retention.ts";
import type { StoreAddress } from "./store/address.ts";
import { parseRedisAddress, REDIS_EXAMPLE } from "./store/redis/address.ts";
import { DEFAULT_SNAPSHOTS, type SnapshotPolicy } from "./store/snapshots.ts";
import { LOG_LEVELS, type LogLevel } from "./telemetry/log-level.ts";

export type Env = Readonly<Record<string, string | undefined>>;

export interface StepConfig {
  /** PORT (8080): where a function listens. */
  readonly port: number;
  /** HOST (0.0.0.0): the address it listens on. The default lets a container be reached from outside. */
  readonly host: string;
  /** WADI_PIPELINES (helm/pipelines): the folder of pipeline files. */
  readonly pipelinesFolder: string;
  /** WADI_STORE (sqlite:.wadi/store.db): `sqlite:<file>`, or a Redis: redis[s][+cluster]://host:port. */
  readonly store: StoreAddress;
  /** WADI_LOG_LEVEL (info): debug, info, warn, error or silent. */
  readonly logLevel: LogLevel;
  /** WADI_QUEUE_BOUND (256): events under way before 429. */
  readonly queueBound: number;
  /** WADI_DRAIN_SECONDS (50): how long a stop waits for what is under way; below the pod's 60. */
  readonly drainMs: number;
  /** See `readRetention`; unset parts come from the store. */
  readonly retention: RetentionSetting;
  readonly snapshots: SnapshotPolicy;
  /** WADI_BROKER (K_SINK, which a SinkBinding sets): where predict posts observations that it was asked with an id. */
  readonly broker: string | undefined;
  /** See `readMaxStaleness`. */
  readonly maxStalenessMs: number;
  /** See `readMaxStateBytes`. */
  readonly maxStateBytes: number;
  /** WADI_LEARN_ORDER (unordered): the order in which `learn` gets its events, as its Trigger has it. */
  readonly learnOrder: (typeof ORDERS)[number];
  /** WADI_WAKES (none): addresses, separated by commas, that a step asks as it starts, so that those who come after it wake as well. */
  readonly wakes: readonly string[];
  /** WADI_PIPELINE_REVISION (counted by the store): which of two processes has the newer pipeline files. */
  readonly pipelineRevision: number | undefined;
}

const ORDERS = ["ordered", "unordered"] as const;

/** Of the dashboard on a cluster, beside the settings of a step. */
export interface DashboardConfig {
  /** WADI_ADMIN_TOKEN (none): the token that callers of the dashboard's admin API send. */
  readonly token: string;
  /** WADI_VIEW_TOKEN (none): a token of the dashboard with which people may look, and change nothing. */
  readonly viewToken: string | undefined;
  /** WADI_NAMESPACE (wadi): the namespace of the cluster that the dashboard shows. */
  readonly namespace: string;
  /** WADI_KAFKA (none): for the dashboard the Kafka of the Broker, as `--kafka` of `wadi start`, with the Broker's names. */
  readonly kafka: KafkaAddress | undefined;
  /** WADI_KAFKA_LOGIN (none): for the dashboard a folder with the keys of Knative's secret for Kafka, each as a file. */
  readonly kafkaLogin: string | undefined;
  /** WADI_PREDICT (none): the address of the step predict, which the dashboard asks for predictions. */
  readonly predict: string | undefined;
  /** WADI_TRIGGERS (none): for the dashboard the filters of the Triggers, a JSON map by name; it counts the events that match. */
  readonly triggers: ReadonlyMap<string, readonly Filter[]> | undefined;
  /** WADI_DASHBOARD (none): the dashboard's own address in the cluster, by which it stays awake while it makes events or replays. */
  readonly ownAddress: string | undefined;
  /** WADI_ARCHIVE_URL (none): where the dashboard asks the archive's pod how far it is. */
  readonly archiveUrl: string | undefined;
  /** See `ArchiveConfig`; for the dashboard where it reads what is replayed, and none where it cannot. */
  readonly archive: string | undefined;
  readonly allowedHosts: readonly string[];
}

/** Of the archive on a cluster, beside the settings of a step. */
export interface ArchiveConfig extends Pick<DashboardConfig, "kafkaLogin"> {
  /** See `DashboardConfig`. */
  readonly kafka: KafkaAddress;
  /** WADI_ARCHIVE (none): on a cluster the archive's folder, or s3://bucket/prefix. */
  readonly location: string;
  /** WADI_ARCHIVE_EVERY (30s): on a cluster the longest time that an event waits to be archived, 1s to 1h. */
  readonly everyMs: number;
  /** WADI_ARCHIVE_STATE (the folder for temporary files): on a cluster a folder in which the archive notes which table it is. */
  readonly stateFolder: string;
}

const MIN_EVERY_MS = 1000;

/** @throws ConfigurationError, as `readStepConfig`. */
export function readArchiveConfig(env: Env): ArchiveConfig {
  const kafka = kafkaAddress(env, "WADI_KAFKA");
  const location = text(env, "WADI_ARCHIVE", "");
  if (kafka === undefined || location === "") {
    const missing = kafka === undefined ? "WADI_KAFKA" : "WADI_ARCHIVE";
    throw new ConfigurationError(`${missing} is not set: the chart sets it (archive.location)`);
  }
  const every = text(env, "WADI_ARCHIVE_EVERY", "30s");
  const everyMs = parseDuration(every);
  if (everyMs === undefined || everyMs < MIN_EVERY_MS || everyMs > HOUR_MS) {
    throw new ConfigurationError(`WADI_ARCHIVE_EVERY is ${JSON.stringify(every)}; set 1s to 1h, or unset it`);
  }
  const kafkaLogin = text(env, "WADI_KAFKA_LOGIN", "") || undefined;
  return { kafka, kafkaLogin, location, everyMs, stateFolder: text(env, "WADI_ARCHIVE_STATE", tmpdir()) };
}

/** @throws ConfigurationError, as `readStepConfig`. */
export function readDashboardConfig(env: Env): DashboardConfig {
  const optional = (name: string) => text(env, name, "") || undefined;
  const token = optional("WADI_ADMIN_TOKEN");
  if (token === undefined) {
    throw new ConfigurationError(
      "WADI_ADMIN_TOKEN is not set: the chart takes it from a secret (dashboard.tokenSecret)",
    );
  }
  return {
    token,
    viewToken: optional("WADI_VIEW_TOKEN"),
    namespace: text(env, "WADI_NAMESPACE", "wadi"),
    kafka: kafkaAddress(env, "WADI_KAFKA"),
    kafkaLogin: optional("WADI_KAFKA_LOGIN"),
    predict: httpAddress(env, "WADI_PREDICT"),
    triggers: triggerFilters(env, "WADI_TRIGGERS"),
    ownAddress: httpAddress(env, "WADI_DASHBOARD"),
    archiveUrl: httpAddress(env, "WADI_ARCHIVE_URL"),
    archive: optional("WADI_ARCHIVE"),
    allowedHosts: readAllowedHosts(env),
  };
}

function triggerFilters(env: Env, name: string): DashboardConfig["triggers"] {
  const value = text(env, name, "");
  if (value === "") return undefined;
  let byTrigger: unknown;
  try {
    byTrigger = JSON.parse(value);
  } catch {
    byTrigger = undefined;
  }
  if (typeof byTrigger !== "object" || byTrigger === null || Array.isArray(byTrigger))
    throw new ConfigurationError(
      `${name} is no map of filters by Trigger in JSON; set what the chart sets, or unset it`,
    );
  const found = Object.entries(byTrigger).map(([trigger, filters]) => {
    return [trigger, checkFilters(filters, `${name}: ${trigger}`)] as const;
  });
  return new Map(found);
}

function kafkaAddress(env: Env, name: string): KafkaAddress | undefined {
  const value = text(env, name, "");
  const address = parseKafkaAddress(value);
  if (value === "" || address !== undefined) return address;
  throw new ConfigurationError(`${name} is no address of a Kafka; set ${KAFKA_EXAMPLE}${loginCure(value)}`);
}

export const DEFAULT_MAX_STALENESS_MS = 300_000;

/** @throws ConfigurationError naming the variable and the cure. */
export function readStepConfig(env: Env): StepConfig {
  return {
    port: integer(env, "PORT", 8080, 0, 65_535),
    host: text(env, "HOST", "0.0.0.0"),
    pipelinesFolder: text(env, "WADI_PIPELINES", "helm/pipelines"),
    store: storeAddress(text(env, "WADI_STORE", "sqlite:.wadi/store.db")),
    logLevel: oneOf(env, "WADI_LOG_LEVEL", LOG_LEVELS, "info"),
    queueBound: integer(env, "WADI_QUEUE_BOUND", 256, 1, 100_000),
    drainMs: integer(env, "WADI_DRAIN_SECONDS", 50, 1, 3600) * 1000,
    retention: readRetention(env),
    snapshots: readSnapshotPolicy(env),
    broker: httpAddress(env, "WADI_BROKER") ?? httpAddress(env, "K_SINK"),
    maxStalenessMs: readMaxStaleness(env),
    maxStateBytes: readMaxStateBytes(env),
    learnOrder: oneOf(env, "WADI_LEARN_ORDER", ORDERS, "unordered"),
    wakes: list(env, "WADI_WAKES").map((value) => checkHttpAddress("WADI_WAKES", value)),
    pipelineRevision: isSet(env, "WADI_PIPELINE_REVISION")
      ? integer(env, "WADI_PIPELINE_REVISION", 1, 1, Number.MAX_SAFE_INTEGER)
      : undefined,
  };
}

/**
 * WADI_SNAPSHOT_EVERY (500): a snapshot for rollback every so many versions; 0: none. WADI_SNAPSHOTS (20): how many are kept.
 * @throws ConfigurationError, as `readStepConfig`.
 */
export function readSnapshotPolicy(env: Env): SnapshotPolicy {
  return {
    every: integer(env, "WADI_SNAPSHOT_EVERY", DEFAULT_SNAPSHOTS.every, 0, 1_000_000_000),
    keep: integer(env, "WADI_SNAPSHOTS", DEFAULT_SNAPSHOTS.keep, 0, 1000),
  };
}

/**
 * WADI_MAX_STALENESS_SECONDS (300): while the store is away, how long a request for a prediction that is not recorded is
 * answered from the last known state; 0: never.
 * @throws ConfigurationError. @returns milliseconds.
 */
export function readMaxStaleness(env: Env): number {
  return integer(env, "WADI_MAX_STALENESS_SECONDS", DEFAULT_MAX_STALENESS_MS / 1000, 0, 604_800) * 1000;
}

/**
 * WADI_MAX_STATE_BYTES (16777216): about how large the state of a model set may become. Its models share it evenly; a feature
 * or group whose name does not fit is left out, and counted; known names keep learning. Use one value for all learners.
 * @throws ConfigurationError.
 */
export function readMaxStateBytes(env: Env): number {
  return integer(env, "WADI_MAX_STATE_BYTES", DEFAULT_MAX_STATE_BYTES, 65_536, 268_435_456);
}

/**
 * WADI_LOG_RETENTION_HOURS (what the store was opened with, else 168): how long the log keeps an event.
 * WADI_DEAD_LETTER_RETENTION_HOURS (what the store was opened with, else 336): how long a dead letter is kept.
 * @throws ConfigurationError, as `readStepConfig`.
 */
export function readRetention(env: Env): RetentionSetting {
  const hours = (name: string) => (isSet(env, name) ? integer(env, name, 1, 1, 87_600) * HOUR_MS : undefined);
  const logMs = hours("WADI_LOG_RETENTION_HOURS");
  const deadLetterMs = hours("WADI_DEAD_LETTER_RETENTION_HOURS");
  return { ...(logMs !== undefined && { logMs }), ...(deadLetterMs !== undefined && { deadLetterMs }) };
}

/**
 * WADI_ALLOWED_HOSTS (none): host names other than this machine's own under which `wadi start` and the dashboard may be reached (a proxy, a
 * container) and whose pages may call it; separated by commas, `*` for any. @throws ConfigurationError.
 */
export function readAllowedHosts(env: Env): readonly string[] {
  return list(env, "WADI_ALLOWED_HOSTS").map((name) => {
    if (name === "*" || URL.parse(`http://${name}:1`)?.hostname === name.toLowerCase()) return name;
    throw new ConfigurationError(
      `WADI_ALLOWED_HOSTS has ${JSON.stringify(name)}, which is no name of a host; write it like wadi.example.org, without a port`,
    );
  });
}

function text(env: Env, name: string, fallback: string): string {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? fallback : value;
}

function list(env: Env, name: string): readonly string[] {
  const parts = text(env, name, "").split(",");
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function isSet(env: Env, name: string): boolean {
  return text(env, name, "") !== "";
}

function integer(env: Env, name: string, fallback: number, min: number, max: number): number {
  const value = text(env, name, String(fallback));
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new ConfigurationError(
    `${name} is ${JSON.stringify(value)}; set a whole number from ${min} to ${max}, or unset it`,
  );
}

function httpAddress(env: Env, name: string): string | undefined {
  const value = text(env, name, "");
  return value === "" ? undefined : checkHttpAddress(name, value);
}

function checkHttpAddress(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return value;
  const shown = JSON.stringify(withoutPassword(value));
  throw new ConfigurationError(`${name} is ${shown}; set an http address, for instance http://127.0.0.1:8080/`);
}

/** Messages go into logs. */
function withoutPassword(address: string): string {
  return address.replace(/\/\/.*@/s, "//...@");
}

function oneOf<T extends string>(env: Env, name: string, known: readonly T[], fallback: T): T {
  const value = text(env, name, fallback);
  const found = known.find((one) => one === value);
  if (found !== undefined) return found;
  throw new ConfigurationError(`${name} is ${JSON.stringify(value)}; set one of ${known.join(", ")}`);
}

function storeAddress(value: string): StoreAddress {
  const path = /^sqlite:(.+)$/.exec(value)?.[1]?.trim();
  if (path !== undefined && path !== "") return { kind: "sqlite", path };
  const redis = parseRedisAddress(value);
  if (redis !== undefined) return redis;
  throw new ConfigurationError(
    `WADI_STORE is ${JSON.stringify(withoutPassword(value))}; set sqlite:<file>, for instance sqlite:.wadi/store.db, ` +
      `or a Redis, for instance ${REDIS_EXAMPLE}, rediss:// for TLS, redis+cluster://host:port,host:port for a cluster${loginCure(value)}`,
  );
}
