// Where a Kafka is, and what of it Wadi uses.
//
//   [kafka[s]://][user[:password]@]host[:port][,host[:port]...][?name=value[&name=value...]]
//
// `kafkas` is TLS. User and password are percent-encoded; with a user, SASL is spoken. Names of the query: `namespace`
// and `broker` (they make the names of topic and groups, as Knative does), `deadLetters` (the topic), `partitions` and
// `replication` (of topics that are made), `mechanism` (plain, scram-sha-256, scram-sha-512).

export const SASL_MECHANISMS = ["plain", "scram-sha-256", "scram-sha-512"] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export interface KafkaAddress {
  /** `host:port`. */
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
  readonly namespace: string;
  readonly broker: string;
  readonly deadLetters: string;
  readonly partitions: number;
  /** Undefined: as the cluster has it. */
  readonly replication?: number;
}

export const KAFKA_EXAMPLE = "localhost:9092, or kafkas://user:password@host:9093?replication=3";

const ADDRESS = /^(?:kafka(?<tls>s?):\/\/)?(?:(?<login>[^@/?]*)@)?(?<hosts>[^@/?]+)\/?(?:\?(?<query>[^#]*))?$/;
const NODE = /^(?<host>[\w.-]+|\[[\da-fA-F:.]+\])(?::(?<port>\d{1,5}))?$/;
/** What Kafka allows in a topic's name, less what would make it too long. */
const NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const TOPIC = /^[\w.-]{1,200}$/;
const PARTITIONS = 4;
const NAMES = new Set(["namespace", "broker", "deadLetters", "partitions", "replication", "mechanism"]);

/** Undefined for what is no such address. */
export function parseKafkaAddress(text: string): KafkaAddress | undefined {
  const parts = ADDRESS.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { tls, login, hosts = "", query = "" } = parts;
  const brokers = hosts.split(",").map(nodeOf);
  const options = new URLSearchParams(query);
  if (brokers.includes(undefined) || [...options.keys()].some((name) => !NAMES.has(name))) return undefined;
  const namespace = options.get("namespace") ?? "wadi";
  const broker = options.get("broker") ?? "default";
  const deadLetters = options.get("deadLetters") ?? `${namespace}-dead-letters`;
  const partitions = countOf(options.get("partitions") ?? String(PARTITIONS), 1000);
  const replication = options.has("replication") ? countOf(options.get("replication") ?? "", 32) : undefined;
  const sasl = login === undefined ? undefined : saslOf(login, options.get("mechanism") ?? "plain");
  if (!NAME.test(namespace) || !NAME.test(broker) || !TOPIC.test(deadLetters) || partitions === undefined)
    return undefined;
  if ((options.has("replication") && replication === undefined) || (login !== undefined && sasl === undefined))
    return undefined;
  return {
    brokers: brokers as string[],
    tls: tls === "s",
    ...(sasl !== undefined && { sasl }),
    namespace,
    broker,
    deadLetters,
    partitions,
    ...(replication !== undefined && { replication }),
  };
}

/** For messages and logs: without user and password. */
export function showKafkaAddress({ brokers, tls }: KafkaAddress): string {
  return `kafka${tls ? "s" : ""}://${brokers.join(",")}`;
}

/** As Knative's Kafka broker names it. */
export function topicOf({ namespace, broker }: KafkaAddress): string {
  return `knative-broker-${namespace}-${broker}`;
}

/** As Knative's Kafka broker names it. */
export function groupOf({ namespace }: KafkaAddress, trigger: string): string {
  return `knative-trigger-${namespace}-${trigger}`;
}

/** What became of dead letters: see letters/decision.ts. */
export function decisionsOf({ deadLetters }: KafkaAddress): string {
  return `${deadLetters}-decisions`;
}

function nodeOf(text: string): string | undefined {
  const { host, port = "9092" } = NODE.exec(text)?.groups ?? {};
  return host === undefined || Number(port) < 1 || Number(port) > 65_535 ? undefined : `${host}:${Number(port)}`;
}

function countOf(text: string, max: number): number | undefined {
  const count = Number(text);
  return /^\d{1,5}$/.test(text) && count >= 1 && count <= max ? count : undefined;
}

function saslOf(login: string, mechanism: string): KafkaAddress["sasl"] {
  const known = SASL_MECHANISMS.find((one) => one === mechanism);
  const [user = "", ...rest] = login.split(":");
  try {
    const [username, password] = [decodeURIComponent(user), decodeURIComponent(rest.join(":"))];
    return known === undefined || username === "" ? undefined : { mechanism: known, username, password };
  } catch {
    return undefined;
  }
}
