// Port-forwards to Services of a cluster: each Service is given a port on this machine's loopback for as long as the command
// runs. Hosts outside the cluster are used as they are.

import { createServer, type Server, type Socket } from "node:net";
import { asError } from "../lib/errors.ts";
import { FailedError } from "../lib/failure.ts";
import type { Cluster } from "./api.ts";
import { ClusterError } from "./failure.ts";
import { conditionOf, type List, type Pod, type Service } from "./objects.ts";
import { unschedulable } from "./pods.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Forwards {
  /** The address under which a host of the cluster can be reached from here. @throws FailedError, ClusterError. */
  reach(host: string, port: number): Promise<Endpoint>;
  /** Why the last connection to it failed; undefined where it did not. */
  failure(host: string, port: number): string | undefined;
  close(): void;
}

interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

interface Forward {
  readonly server: Server;
  readonly endpoint: Endpoint;
  failure: string | undefined;
}

/** A host without dots is a Service of the namespace. */
export function openForwards(cluster: Cluster, namespace: string): Forwards {
  const open = new Map<string, Promise<Forward | undefined>>();
  const found = new Map<string, Forward>();
  const sockets = new Set<Socket>();

  async function openForward(key: string, name: ServiceName, port: number): Promise<Forward | undefined> {
    // Before the first connection: is there such a Service at all, and may we reach it?
    const target = await podPortOf(cluster, name, port);
    if (target === undefined) return undefined;
    let first: PodPort | undefined = target;
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => {}); // the other end sees the connection close
      const known = first;
      first = undefined;
      void join(socket, async () => known ?? (await podPortOf(cluster, name, port)) ?? target);
    });
    const join = async (socket: Socket, aim: () => Promise<PodPort>) => {
      try {
        // A pod may have moved since.
        const { namespace: home, pod, port: at } = await aim();
        await cluster.forward(home, pod, at, socket);
        forward.failure = undefined;
        socket.resume();
      } catch (error) {
        forward.failure = asError(error).message;
        socket.destroy();
      }
    };
    const forward: Forward = { server, endpoint: await listen(server), failure: undefined };
    found.set(key, forward);
    return forward;
  }

  return {
    async reach(host, port) {
      const name = serviceNameOf(host, namespace);
      if (name === undefined) return { host, port };
      const key = `${host}:${port}`;
      const opening = open.get(key) ?? openForward(key, name, port);
      open.set(key, opening);
      try {
        return (await opening)?.endpoint ?? { host, port };
      } catch (error) {
        open.delete(key); // the next call tries again
        throw error;
      }
    },
    failure: (host, port) => found.get(`${host}:${port}`)?.failure,
    close() {
      for (const { server } of found.values()) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface ServiceName {
  readonly service: string;
  readonly namespace: string;
  /** A headless Service names each of its pods. */
  readonly pod?: string;
  /** Whether it can only be a name of the cluster. */
  readonly inCluster: boolean;
}

/** Reads a host as the name of a Service; undefined where it cannot be one. */
export function serviceNameOf(host: string, namespace: string): ServiceName | undefined {
  if (/^[\d.]+$/.test(host) || host.includes(":") || host === "localhost") return undefined;
  const labels = host.toLowerCase().replace(/\.$/, "").split(".");
  const end = labels.indexOf("svc");
  const [first = "", second, third] = end < 0 ? labels : labels.slice(0, end);
  if (end < 0 && labels.length > 2) return undefined;
  if (third !== undefined) return { pod: first, service: second ?? "", namespace: third, inCluster: true };
  return { service: first, namespace: second ?? namespace, inCluster: end > 0 };
}

/** Undefined where there is no such Service and the host may lie outside the cluster. */
async function podPortOf(cluster: Cluster, name: ServiceName, port: number): Promise<PodPort | undefined> {
  const { namespace, pod } = name;
  if (pod !== undefined) return { namespace, pod, port };
  const at = `${name.service} in namespace ${namespace}`;
  let service: Service;
  try {
    service = await cluster.get<Service>(`/api/v1/namespaces/${namespace}/services/${name.service}`);
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== "not-found") throw error;
    if (!name.inCluster) return undefined;
    throw new ClusterError(
      "not-found",
      `there is no Service ${at}: correct the address in the chart's values, or give another (--redis, --kafka)`,
      {
        cause: error,
      },
    );
  }
  const { selector, ports = [] } = service.spec ?? {};
  if (selector === undefined) {
    throw new FailedError(
      `the Service ${at} has no pods: give an address that can be reached from here (--redis, --kafka)`,
    );
  }
  const wanted = Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(wanted)}`;
  const pods = (await cluster.get<List<Pod>>(path)).items;
  const ready = pods.find(
    (one) => conditionOf(one, "Ready")?.status === "True" && one.metadata.deletionTimestamp === undefined,
  );
  if (ready === undefined) {
    const waiting = pods
      .map((one) => unschedulable(one, "lower its resource requests"))
      .find((one) => one !== undefined);
    const why =
      waiting === undefined
        ? `no pod of the Service ${at} is ready: see why with kubectl -n ${namespace} get pods -l ${wanted}`
        : `no pod of the Service ${at} is ready: ${waiting.message}; ${waiting.cure}`;
    throw new ClusterError("away", why);
  }
  const target = ports.find((one) => one.port === port)?.targetPort ?? port;
  return {
    namespace,
    pod: ready.metadata.name,
    port: typeof target === "number" ? target : namedPort(ready, target, port),
  };
}

function namedPort({ spec }: Pod, name: string, otherwise: number): number {
  const ports = spec?.containers?.flatMap((container) => container.ports ?? []) ?? [];
  return ports.find((one) => one.name === name)?.containerPort ?? otherwise;
}

function listen(server: Server): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
      resolve({ host: "127.0.0.1", port: address.port });
    });
  });
}
