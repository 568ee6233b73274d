// Access to a Wadi on a cluster from this machine: its objects through the API server, its store and its log through
// port-forwards or at their own addresses. It needs nothing extra to run on the cluster.

import type { Admin, ArchivePort } from "../admin/admin.ts";
import { loginCure } from "../lib/address-login.ts";
import type { Env } from "../lib/config.ts";
import { asError } from "../lib/errors.ts";
import { FailedError, UsageError } from "../lib/failure.ts";
import type { Pipelines } from "../lib/pipeline/choice.ts";
import { DEFAULT_RETENTION } from "../lib/retention.ts";
import { parseRedisAddress, REDIS_EXAMPLE, type RedisAddress, showRedisAddress } from "../lib/store/redis/address.ts";
import { type Cluster, connectCluster } from "./api.ts";
import { openClusterArchive } from "./archive.ts";
import { ClusterError } from "./failure.ts";
import { type ClusterFlags, DEFAULT_NAMESPACE } from "./flags.ts";
import { type Forwards, openForwards } from "./forward.ts";
import { type ClusterLog, type Located, openClusterLog } from "./log.ts";
import type { ClusterObjects } from "./objects.ts";
import { readObjects } from "./read.ts";
import { readDeployedPipelines, readSettings } from "./settings.ts";

/** The environment has kubectl's settings; warnings go to the error output. */
export interface ClusterCaller {
  readonly env: Env;
  readonly terminal: { readonly err: { write(text: string): unknown } };
}

export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly namespace: string;
  objects(): Promise<ClusterObjects>;
  /** Undefined where none is kept. @throws ClusterError. */
  archive(): Promise<ArchivePort | undefined>;
  /** Opened at the first call, and again after one that failed. @throws FailedError, ClusterError, ConfigurationError. */
  data(): Promise<ClusterData>;
  close(): Promise<void>;
}

export interface ClusterData {
  readonly admin: Admin;
  readonly pipelines: Pipelines;
  readonly store: Located;
  readonly log: ClusterLog;
}

/** @throws FailedError, UsageError with the cure. */
export async function openClusterAccess({ env, terminal }: ClusterCaller, flags: ClusterFlags): Promise<ClusterAccess> {
  const cluster = await connectCluster(flags.context, env);
  const namespace = flags.namespace ?? DEFAULT_NAMESPACE;
  const forwards = openForwards(cluster, namespace);
  const objects = () => readObjects(cluster, namespace);
  const archive = () => openClusterArchive(cluster, forwards, namespace);
  const opened: { close(): Promise<void> }[] = [];
  let opening: Promise<ClusterData> | undefined;

  async function open(): Promise<ClusterData> {
    const seen = await objects();
    const [settings, pipelines] = await Promise.all([
      readSettings(cluster, seen, namespace, flags.redis === undefined ? undefined : redisAddress(flags.redis)),
      readDeployedPipelines(cluster, seen, namespace),
    ]);
    if (settings.store.kind !== "redis") {
      throw new FailedError("each step has a store of its own (sqlite): set the chart's store.url to a Redis");
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
      archive: await archive().catch(notTold),
    });
    opened.push({ close });
    return { admin, pipelines, store: { at: showRedisAddress(address), missing }, log };
  }

  let told = false;
  function left(why: string): void {
    if (!told) terminal.err.write(`wadi: dead letters are not shown, because the log cannot be read: ${why}\n`);
    told = true;
  }

  return {
    cluster,
    namespace,
    objects,
    archive,
    data() {
      opening ??= open().catch((error: unknown) => {
        opening = undefined; // the next call tries again
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

/** Who may not look at Services is told all but of the archive; `wadi archive status` says why. */
function notTold(error: unknown): undefined {
  if (!(error instanceof ClusterError) || error.kind !== "forbidden") throw error;
}

/** The address itself is not shown: it may hold a password. */
function redisAddress(text: string): RedisAddress {
  const address = parseRedisAddress(text.trim());
  if (address === undefined)
    throw new UsageError(`--redis is not an address of a Redis; write ${REDIS_EXAMPLE}${loginCure(text)}`);
  return address;
}

/** The address under which the store can be reached from here. */
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
        "the nodes of a Redis Cluster use addresses inside the Kubernetes cluster: give one that can be reached from here (--redis)";
      return { local: address, missing: () => why };
    }
    // The certificate is for the host's name, not for the loopback.
    const local = { ...address, nodes: [node] as const, ...(address.tls && { servername: host }) };
    return { local, missing: () => forwards.failure(host, port) };
  } catch (error) {
    const why = asError(error).message;
    return { local: address, missing: () => why };
  }
}
