// A Wadi on a cluster, from here: its objects by the API server, its store and its log by forwards through it or by their
// own addresses. Nothing of ours runs there for it.

import type { Admin } from "../admin/admin.ts";
import { loginCure } from "../lib/address-login.ts";
import type { Env } from "../lib/config.ts";
import { asError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { DEFAULT_RETENTION } from "../lib/retention.ts";
import { parseRedisAddress, REDIS_EXAMPLE, type RedisAddress, showRedisAddress } from "../lib/store/redis/address.ts";
import { type Cluster, connectCluster } from "./api.ts";
import { type Forwards, openForwards } from "./forward.ts";
import { type ClusterLog, openClusterLog, type Place } from "./log.ts";
import type { ClusterObjects } from "./objects.ts";
import { readDeployedPipelines, readSettings } from "./places.ts";
import { readObjects } from "./read.ts";

/** Who looks: the settings of kubectl are in the environment, and what cannot be read is said on the error output. */
export interface ClusterCaller {
  readonly env: Env;
  readonly terminal: { readonly err: { write(text: string): unknown } };
}

export interface ClusterFlags {
  readonly cluster?: boolean;
  readonly context?: string;
  readonly namespace?: string;
  readonly redis?: string;
  readonly kafka?: string;
}

export const DEFAULT_NAMESPACE = "wadi";

/** A context or a namespace is of a cluster. @throws UsageError for what is of one where none is meant. */
export function isOfCluster({ cluster, context, namespace, redis, kafka }: ClusterFlags): boolean {
  if (cluster === true || context !== undefined || namespace !== undefined) return true;
  const stray = redis !== undefined ? "--redis" : kafka !== undefined ? "--kafka" : undefined;
  if (stray === undefined) return false;
  throw new UsageError(`${stray} is of a Wadi on a cluster: add --cluster`);
}

/** What a command that is told to type next needs to reach the same Wadi: nothing here, ` --cluster` and more there. */
export function reachedBy(flags: ClusterFlags): string {
  if (!isOfCluster(flags)) return "";
  const { context, namespace } = flags;
  return [" --cluster", context && ` --context ${context}`, namespace && ` --namespace ${namespace}`]
    .filter((part) => part !== undefined)
    .join("");
}

/** A Wadi that is there, to be looked at as often as one likes. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly namespace: string;
  objects(): Promise<ClusterObjects>;
  /** Opened once, at the first call, and anew after one that failed. @throws FailedError, ClusterError, ConfigurationError. */
  data(): Promise<ClusterData>;
  close(): Promise<void>;
}

export interface ClusterData {
  readonly admin: Admin;
  readonly pipelines: Pipelines;
  readonly store: Place;
  readonly log: ClusterLog;
}

/** @throws FailedError, UsageError with the cure. */
export async function openClusterAccess({ env, terminal }: ClusterCaller, flags: ClusterFlags): Promise<ClusterAccess> {
  const cluster = await connectCluster(flags.context, env);
  const namespace = flags.namespace ?? DEFAULT_NAMESPACE;
  const forwards = openForwards(cluster, namespace);
  const objects = () => readObjects(cluster, namespace);
  const opened: { close(): Promise<void> }[] = [];
  let opening: Promise<ClusterData> | undefined;

  async function open(): Promise<ClusterData> {
    const seen = await objects();
    const [settings, pipelines] = await Promise.all([
      readSettings(cluster, seen, namespace, flags.redis === undefined ? undefined : redisAddress(flags.redis)),
      readDeployedPipelines(cluster, seen, namespace),
    ]);
    if (settings.store.kind !== "redis") {
      throw new FailedError(
        "the steps there have a store of their own each (sqlite): set store.url of the chart to a Redis",
      );
    }
    const address = settings.store;
    const { local, missing } = await reachStore(forwards, address);
    const retention = { ...DEFAULT_RETENTION, ...settings.retention };
    const tools = { cluster, namespace, forwards, retention, left };
    const log = await openClusterLog({ ...tools, objects: seen, kafka: flags.kafka });
    const { openClusterAdmin } = await import("../admin/open/cluster.ts");
    const { admin, close } = await openClusterAdmin({
      pipelines,
      settings: { ...settings, store: local },
      broker: log.broker,
    });
    opened.push({ close });
    return { admin, pipelines, store: { at: showRedisAddress(address), missing }, log };
  }

  let told = false;
  function left(why: string): void {
    if (!told) terminal.err.write(`wadi: without dead letters, for the log cannot be read: ${why}\n`);
    told = true;
  }

  return {
    cluster,
    namespace,
    objects,
    data() {
      opening ??= open().catch((error: unknown) => {
        opening = undefined; // it may be there later
        throw error;
      });
      return opening;
    },
    async close() {
      await opening?.catch(() => {});
      for (const one of opened.splice(0)) await one.close();
      forwards.close();
    },
  };
}

/** The address itself is not shown: it may hold a password. */
function redisAddress(text: string): RedisAddress {
  const address = parseRedisAddress(text.trim());
  if (address === undefined)
    throw new UsageError(`--redis is no address of a Redis; write ${REDIS_EXAMPLE}${loginCure(text)}`);
  return address;
}

/** Where the store is reached from here. */
export async function reachStore(
  forwards: Forwards,
  address: RedisAddress,
): Promise<{ local: RedisAddress; missing(): string | undefined }> {
  const [{ host, port }] = address.nodes;
  try {
    const node = await forwards.reach(host, port);
    if (node.host === host) return { local: address, missing: () => undefined };
    if (address.cluster) {
      const why =
        "the nodes of a Redis Cluster know each other by addresses inside the cluster: name one that is reached from here (--redis)";
      return { local: address, missing: () => why };
    }
    // A certificate is of the name, not of the loopback.
    const local = { ...address, nodes: [node] as const, ...(address.tls && { servername: host }) };
    return { local, missing: () => forwards.failure(host, port) };
  } catch (error) {
    const why = asError(error).message;
    return { local: address, missing: () => why };
  }
}
