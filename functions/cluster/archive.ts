// The archive of a Wadi on a cluster, seen from this machine: its pod is asked through a port-forward.

import type { ArchivePort } from "../admin/admin.ts";
import { askArchivePod } from "../admin/open/archive-pod.ts";
import { UnsupportedError } from "../lib/errors.ts";
import type { Cluster } from "./api.ts";
import { ClusterError } from "./failure.ts";
import type { Forwards } from "./forward.ts";
import type { Service } from "./objects.ts";

const SERVICE = "archive";
const PORT = 80;

/** Undefined where the chart keeps none. @throws ClusterError. */
export async function openClusterArchive(
  cluster: Pick<Cluster, "get">,
  forwards: Pick<Forwards, "reach">,
  namespace: string,
): Promise<ArchivePort | undefined> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${SERVICE}`;
  try {
    const { metadata } = await cluster.get<Service>(path);
    if (metadata.labels?.["app.kubernetes.io/name"] !== "wadi") return undefined;
  } catch (error) {
    if (error instanceof ClusterError && error.kind === "not-found") return undefined;
    throw error;
  }
  async function url(): Promise<string> {
    const { host, port } = await forwards.reach(`${SERVICE}.${namespace}.svc`, PORT);
    return `http://${host}:${port}`;
  }
  return {
    read: () => askArchivePod({ url, namespace }),
    async history() {
      throw new UnsupportedError(
        "archive-elsewhere",
        "the archive of a cluster is replayed by its dashboard: wadi replay --cluster --from-archive asks it to",
      );
    },
  };
}
