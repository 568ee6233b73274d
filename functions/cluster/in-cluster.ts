// The API server of the cluster that this process runs on, by the account of its pod. Without the Kubernetes client, which would
// take most of a second of a start from zero.

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { Env } from "../lib/config.ts";
import { asError } from "../lib/errors.ts";
import { ClusterError, IN_CLUSTER } from "./failure.ts";
import { type ClusterReader, readCluster } from "./reader.ts";

/** Where Kubernetes puts a pod's token and the authority of the API server. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Undefined outside a cluster. @param account the folder of the pod's account. */
export function connectInCluster(env: Env, account = ACCOUNT): ClusterReader | undefined {
  const [host, port = "443"] = [env["KUBERNETES_SERVICE_HOST"], env["KUBERNETES_SERVICE_PORT"]];
  if (host === undefined || host === "") return undefined;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  // One connection for one look after the other.
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const read = (name: string) => {
    try {
      return readFileSync(join(account, name), "utf8");
    } catch (error) {
      const message = `the pod has no token of its account (${asError(error).message}): install the chart again, whose dashboard mounts one`;
      throw new ClusterError("unknown-user", message, { cause: error });
    }
  };
  // Kubernetes writes a new token before the old one expires.
  return readCluster({ context: IN_CLUSTER, server }, async () => ({
    agent,
    ca: read("ca.crt"),
    headers: { authorization: `Bearer ${read("token").trim()}` },
  }));
}
